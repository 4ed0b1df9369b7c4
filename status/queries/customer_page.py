"""A customer's own page: what he has with us, in which state, and the incidents and works that concern it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.states import COMING_WORK_STATES, OPEN_INCIDENT_STATES, RUNNING_WORK_STATES
from status.models import Event, EventComponent
from status.queries.cards import Card, read_cards
from status.queries.components import Place, read_places
from status.queries.front import is_live, now_and_lately, planned
from status.queries.owned import read_circuits
from status.queries.tree import Node, Tree, read_tree


@dataclass(frozen=True, slots=True)
class OwnComponent:
    """A component of his in service: its state, those above it from the area down, his circuits."""

    node: Node
    path: tuple[Place, ...]
    circuits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Everything the page says; `components` in the order of the tree."""

    tree: Tree
    components: tuple[OwnComponent, ...]
    incidents: tuple[Card, ...]
    works: tuple[Card, ...]
    coming: tuple[Card, ...]
    recent: tuple[Card, ...]


def read_customer_page(session: Session, audience: Audience, at: datetime) -> CustomerPage:
    """Read a customer's page as of `at`. `audience` is a customer. A fixed number of statements."""
    assert audience.customer_uid is not None
    tree, circuits = read_tree(session, audience), read_circuits(session, audience.customer_uid)
    components = tuple(
        OwnComponent(node, tree.places.path(node.place), circuits[id_])
        for id_, node in tree.by_id.items()
        if id_ in circuits
    )
    cards = read_cards(session, tree.places, _concerning(tree, components, at))
    live = [card for card in cards if is_live(card)]
    return CustomerPage(
        tree=tree,
        components=components,
        incidents=tuple(card for card in live if card.state in OPEN_INCIDENT_STATES),
        works=tuple(card for card in live if card.state in RUNNING_WORK_STATES),
        coming=tuple(sorted((card for card in live if card.state in COMING_WORK_STATES), key=planned)),
        recent=tuple(card for card in cards if card.ended_at is not None),
    )


def own_places(session: Session, audience: Audience) -> tuple[Place, ...]:
    """Give a customer's components in service, in the order of the tree. `audience` is a customer."""
    assert audience.customer_uid is not None
    circuits = read_circuits(session, audience.customer_uid)
    places = read_places(session, audience)
    return tuple(place for place in places.by_id.values() if place.id in circuits and place.retired_at is None)


def _concerning(tree: Tree, components: Collection[OwnComponent], at: datetime) -> sa.Select[Event]:
    """Choose what touches a component of his, or one above or below it (SPEC §4)."""
    family: set[int] = set()
    for each in components:
        family.update((each.node.id, *(place.id for place in each.path)))
        family.update(place.id for place in tree.places.below(each.node.place))
    touching = sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(sorted(family)))
    return now_and_lately(at).where(Event.uid.in_(touching))
