"""One door of help: the components that carry a symptom, what is wrong with them, what is being done there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.public_state import children_sum
from status.domain.states import (
    COMING_WORK_STATES,
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    Publication,
    PublicState,
)
from status.models import Component, Event, EventComponent
from status.queries.cards import Card, read_cards, worst_first
from status.queries.snapshot import kept_last
from status.queries.tree import Node, Tree, read_tree

SHOWN = 10
COMING_SHOWN = 3
COMING_WITHIN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Help:
    """What stands behind a door. `components`: worst first, `left` more of them; `state` sums all of them up.

    `counts` are all of them by state; `works` run now, `coming` begin within a week.
    """

    tree: Tree
    state: PublicState
    components: tuple[Node, ...]
    left: int
    counts: Counter[PublicState]
    incidents: tuple[Card, ...]
    works: tuple[Card, ...]
    coming: tuple[Card, ...]


def read_help(session: Session, audience: Audience, symptom: str, area: str, at: datetime) -> Help:
    """Read what is known of a symptom; of the whole `area` where no component names it. Fixed number of statements."""
    key = (audience, symptom, area, at)
    return kept_last(session, "help", key, lambda: _read_help(session, audience, symptom, area, at))


def _read_help(session: Session, audience: Audience, symptom: str, area: str, at: datetime) -> Help:
    tree = read_tree(session, audience)
    nodes = _carriers(session, tree, symptom) or [node for node in tree.areas if node.place.slug == area]
    nodes.sort(key=lambda node: node.rank)
    cards = read_cards(session, tree.places, _events_of(_concerned(tree, nodes)), with_latest=True)
    live = [card for card in cards if card.publication is Publication.PUBLIC]
    soon = at + timedelta(days=COMING_WITHIN_DAYS)
    coming = [card for card in live if card.state in COMING_WORK_STATES and card.began_at and card.began_at <= soon]
    return Help(
        tree=tree,
        state=children_sum(Counter(node.state for node in nodes)) or PublicState.UNWATCHED,
        components=tuple(nodes[:SHOWN]),
        left=max(0, len(nodes) - SHOWN),
        counts=Counter(node.state for node in nodes),
        incidents=worst_first(card for card in live if card.state in OPEN_INCIDENT_STATES),
        works=tuple(card for card in live if card.state in RUNNING_WORK_STATES),
        coming=tuple(coming[-COMING_SHOWN:][::-1]),
    )


def _carriers(session: Session, tree: Tree, symptom: str) -> list[Node]:
    rows = session.execute(sa.select(Component.id, Component.symptoms).where(Component.retired_at.is_(None))).all()
    return [tree.by_id[id_] for id_, symptoms in rows if symptom in symptoms and id_ in tree.by_id]


def _concerned(tree: Tree, nodes: Collection[Node]) -> set[int]:
    """Give the components whose events concern these: themselves, those above and those below (SPEC §4)."""
    concerned: set[int] = set()
    for node in nodes:
        above = (place.id for place in tree.places.path(node.place))
        below = (place.id for place in tree.places.below(node.place))
        concerned.update((node.id, *above, *below))
    return concerned


def _events_of(component_ids: Collection[int]) -> sa.Select[Event]:
    running = Event.ended_at.is_(None) & Event.state.in_(
        (*OPEN_INCIDENT_STATES, *RUNNING_WORK_STATES, *COMING_WORK_STATES)
    )
    # Among open events alone, which are few; the components may be thousands.
    touching = sa.select(EventComponent.event_uid, EventComponent.component_id).where(EventComponent.left_at.is_(None))
    pairs = touching.subquery()
    uids = sa.select(pairs.c.event_uid).where(pairs.c.component_id.in_(sorted(component_ids)))
    return sa.select(Event).where(running, Event.uid.in_(uids)).order_by(Event.planned_start_at.desc(), Event.n.desc())
