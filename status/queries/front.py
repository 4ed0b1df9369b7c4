"""The front page: areas with their direct children, what is wrong now, what is coming, what was lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.availability import Availability
from status.domain.states import COMING_WORK_STATES, OPEN_INCIDENT_STATES, RUNNING_WORK_STATES, Publication, PublicState
from status.models import Event
from status.queries.cards import Card, read_cards, worst_first
from status.queries.history import read_availability
from status.queries.snapshot import kept_last
from status.queries.tree import Node, Tree, read_tree

CHILDREN_SHOWN = 8
DEEPER_SHOWN = 10
COMING_SHOWN = 6
RECENT_DAYS = 7
RECENT_SHOWN = 10


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area: its children with bars (troubled ones first), and deeper components that are not well.

    `children_left`, `deeper_left` count what is not shown.
    """

    node: Node
    children: tuple[Node, ...]
    children_left: int
    deeper: tuple[Node, ...]
    deeper_left: int


@dataclass(frozen=True, slots=True)
class Front:
    """Everything the front page says. `bars` is by component id."""

    tree: Tree
    areas: tuple[AreaView, ...]
    incidents: tuple[Card, ...]
    works: tuple[Card, ...]
    coming: tuple[Card, ...]
    coming_left: int
    recent: tuple[Card, ...]
    bars: Mapping[int, Availability]

    @property
    def alone(self) -> Mapping[int, Node]:
        """Give, by area, the one direct child that is not well, where there is just one."""
        found: dict[int, Node] = {}
        for view in self.areas:
            bad = [child for child in self.tree.children_of(view.node) if child.state in _NOT_WELL]
            if len(bad) == 1:
                found[view.node.id] = bad[0]
        return found


def read_front(session: Session, audience: Audience, at: datetime, zone: ZoneInfo) -> Front:
    """Read the front page as of `at` (the time of the decider's last commit). A fixed number of statements."""
    key = (audience, at, zone.key)
    return kept_last(session, "front", key, lambda: _read_front(session, audience, at, zone))


def _read_front(session: Session, audience: Audience, at: datetime, zone: ZoneInfo) -> Front:
    tree = read_tree(session, audience)
    areas = tuple(_area(tree, node) for node in tree.areas)
    cards = read_cards(session, tree.places, now_and_lately(at), with_latest=True)
    incidents = [card for card in cards if card.state in OPEN_INCIDENT_STATES and is_live(card)]
    works = tuple(card for card in cards if card.state in RUNNING_WORK_STATES and is_live(card))
    coming = sorted((card for card in cards if card.state in COMING_WORK_STATES and is_live(card)), key=planned)
    shown = [tree.places.by_id[child.id] for area in areas for child in area.children]
    return Front(
        tree=tree,
        areas=areas,
        incidents=worst_first(incidents),
        works=works,
        coming=tuple(coming[:COMING_SHOWN]),
        coming_left=max(0, len(coming) - COMING_SHOWN),
        recent=tuple(card for card in cards if card.ended_at is not None)[:RECENT_SHOWN],
        bars=read_availability(session, tree.places, shown, at, zone),
    )


_NOT_WELL = (PublicState.DOWN, PublicState.DEGRADED)


def is_live(card: Card) -> bool:
    """Whether an event is neither withdrawn nor merged."""
    return card.publication is Publication.PUBLIC


def planned(card: Card) -> tuple[bool, datetime]:
    """Order coming works by when they begin, those without an hour last."""
    start = card.planned_start_at
    return (start is None, start or datetime.max.replace(tzinfo=ZoneInfo("UTC")))


def now_and_lately(at: datetime) -> sa.Select[Event]:
    """Choose what goes on or is to come, and what ended in the last days; who is over longest last."""
    running = Event.ended_at.is_(None) & Event.state.in_(
        (*OPEN_INCIDENT_STATES, *RUNNING_WORK_STATES, *COMING_WORK_STATES)
    )
    lately = Event.ended_at.is_not(None) & (Event.ended_at > at - timedelta(days=RECENT_DAYS))
    newest_end = Event.ended_at.desc().nulls_first()
    return sa.select(Event).where(running | lately).order_by(newest_end, Event.started_at.desc(), Event.n.desc())


def _area(tree: Tree, node: Node) -> AreaView:
    children = tree.children_of(node)
    ordered = children if len(children) <= CHILDREN_SHOWN else tuple(sorted(children, key=lambda child: child.rank))
    known = {child.id for child in ordered[:CHILDREN_SHOWN]}
    shown = tuple(child for child in children if child.id in known)
    deeper = [below for child in children for below in tree.below(child) if below.is_troubled and below.decides]
    deeper.sort(key=lambda below: below.rank)
    return AreaView(
        node=node,
        children=shown,
        children_left=len(children) - len(shown),
        deeper=tuple(deeper[:DEEPER_SHOWN]),
        deeper_left=max(0, len(deeper) - DEEPER_SHOWN),
    )
