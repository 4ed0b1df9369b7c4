"""One component's page: its state and since when, its children, its 90 days, its incidents and works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.availability import Availability
from status.domain.states import COMING_WORK_STATES, ENDED_STATES
from status.models import Event, EventComponent
from status.queries.cards import Card, read_cards
from status.queries.components import Place
from status.queries.history import read_availability
from status.queries.tree import Node, Tree, read_tree

ENDED_SHOWN = 20
CHILDREN_WITH_BARS = 60


@dataclass(frozen=True, slots=True)
class ComponentPage:
    """Everything a component's page says. `node` is None for a retired one, which keeps its history only."""

    tree: Tree
    place: Place
    node: Node | None
    path: tuple[Place, ...]
    children: tuple[Node, ...]
    bars: Mapping[int, Availability]
    current: tuple[Card, ...]
    coming: tuple[Card, ...]
    ended: tuple[Card, ...]


def read_component(
    session: Session, audience: Audience, slug: str, at: datetime, zone: ZoneInfo
) -> ComponentPage | None:
    """Read the page of the component at `slug`; None when `audience` may not know of it. Fixed number of statements."""
    tree = read_tree(session, audience)
    place = tree.places.by_slug(slug)
    if place is None:
        return None
    node = tree.by_id.get(place.id)
    children = tree.children_of(node) if node is not None else ()
    shown = [tree.places.by_id[child.id] for child in children[:CHILDREN_WITH_BARS]]
    family = [place.id, *(below.id for below in tree.places.below(place))]
    cards = read_cards(session, tree.places, _events_of(family))
    return ComponentPage(
        tree=tree,
        place=place,
        node=node,
        path=tree.places.path(place),
        children=children,
        bars=read_availability(session, tree.places, [place, *shown], at, zone),
        current=tuple(card for card in cards if card.state not in (*ENDED_STATES, *COMING_WORK_STATES)),
        coming=tuple(card for card in cards if card.state in COMING_WORK_STATES),
        ended=tuple(card for card in cards if card.state in ENDED_STATES)[:ENDED_SHOWN],
    )


def _events_of(family: list[int]) -> sa.Select[Event]:
    touching = sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(family))
    ended_last = Event.ended_at.desc().nulls_first()
    events = sa.select(Event).where(Event.uid.in_(touching)).order_by(ended_last, Event.n.desc())
    return events.limit(ENDED_SHOWN * 5)
