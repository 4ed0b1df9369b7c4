"""What stands at each place: the components and the open events that name it, and its state from them (SPEC §1).

A place's own state is what open events say of it; its components' states sum up like children's. An event that touches
components of the place speaks through these, so that one exchange that is cut does not make its whole department down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.departments import find_department
from status.domain.event import shown_by
from status.domain.public_state import children_sum, worst
from status.domain.states import (
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    WORST_FIRST,
    PlaceKind,
    Publication,
    PublicState,
)
from status.models import Component, Event, EventPlace, Place
from status.queries.cards import Card, read_cards, worst_first
from status.queries.tree import TROUBLED, Node, Tree

CODES_A_STATEMENT: Final = 500

Key = tuple[PlaceKind, str]
"""A kind and a code: a department's own, an exchange's or a resource's as written."""


@dataclass(frozen=True, slots=True)
class PlaceState:
    """A place now. `components` name it (or an exchange in it); `events` are open and concern it. Both: worst first.

    `since` is when its present state began; None when nothing was ever decided.
    """

    state: PublicState
    since: datetime | None
    components: tuple[Node, ...]
    events: tuple[Card, ...]

    @property
    def rank(self) -> int:
        """Give its place in the order of worst first."""
        return WORST_FIRST.index(self.state)

    @property
    def is_troubled(self) -> bool:
        """Whether it is anything but operational or unwatched."""
        return self.state in TROUBLED


@dataclass(frozen=True, slots=True)
class Naming:
    """Who names which place. `cards` are all open events; `exchanges` says which are known to lie in a department."""

    tree: Tree
    cards: tuple[Card, ...]
    components: Mapping[Key, tuple[int, ...]]
    events: Mapping[Key, tuple[Card, ...]]
    exchanges: Mapping[str, tuple[str, ...]]

    def at(self, kind: PlaceKind, code: str) -> PlaceState:
        """Give the state of one place; unwatched when nothing in service and no open event names it.

        A department sums up what names it, what names an exchange in it, and the exchanges that only an event names.
        """
        key = (kind, code)
        within = self.exchanges.get(code, ()) if kind is PlaceKind.DEPARTMENT else ()
        below: list[Key] = [(PlaceKind.EXCHANGE, each) for each in within]
        nodes = self._nodes([key, *below])
        ids = {node.id for node in nodes}
        own = self.events.get(key, ())
        inside = _unique(card for each in below for card in self.events.get(each, ()) if card not in own)
        touching = (card for card in self.cards if _touches(card, ids))
        return _sum(
            nodes,
            tuple(card for card in own if not _touches(card, ids)),
            tuple(card for card in inside if not _touches(card, ids)),
            worst_first(_unique((*own, *inside, *touching))),
        )

    def _nodes(self, keys: Iterable[Key]) -> tuple[Node, ...]:
        ids = dict.fromkeys(id_ for key in keys for id_ in self.components.get(key, ()))
        return tuple(sorted((self.tree.by_id[id_] for id_ in ids), key=lambda node: node.rank))


def read_naming(session: Session, tree: Tree) -> Naming:
    """Read who names which place. Six statements, and one for each 500 exchanges that are named."""
    components = _components(session, tree)
    cards = tuple(card for card in read_cards(session, tree.places, _open()) if card.publication is Publication.PUBLIC)
    events, departments = _events(session, cards)
    departments |= _departments(session, [code for kind, code in components if kind is PlaceKind.EXCHANGE])
    within: dict[str, list[str]] = {}
    for code, department in departments.items():
        within.setdefault(department, []).append(code)
    return Naming(tree, cards, components, events, {code: tuple(sorted(some)) for code, some in within.items()})


def _components(session: Session, tree: Tree) -> dict[Key, tuple[int, ...]]:
    columns = sa.select(Component.id, Component.departments, Component.exchanges, Component.resources)
    found: dict[Key, list[int]] = {}
    for id_, departments, exchanges, resources in session.execute(columns.where(Component.retired_at.is_(None))):
        if id_ not in tree.by_id:
            continue
        keys: list[Key] = [(PlaceKind.EXCHANGE, code.strip()) for code in exchanges]
        keys += [(PlaceKind.RESOURCE, code.strip()) for code in resources]
        keys += [(PlaceKind.DEPARTMENT, code) for each in departments if (code := find_department(each)) is not None]
        for key in dict.fromkeys(keys):
            found.setdefault(key, []).append(id_)
    return {key: tuple(ids) for key, ids in found.items()}


def _open() -> sa.Select[Event]:
    states = (*OPEN_INCIDENT_STATES, *RUNNING_WORK_STATES)
    return sa.select(Event).where(Event.state.in_(states)).order_by(Event.started_at.desc(), Event.n.desc())


def _events(session: Session, cards: Sequence[Card]) -> tuple[dict[Key, tuple[Card, ...]], dict[str, str]]:
    """Give the open events by place, and the departments of the exchanges they name."""
    if not cards:
        return {}, {}
    joined = sa.and_(Place.kind == EventPlace.kind, Place.slug == EventPlace.slug)
    columns = sa.select(EventPlace.event_uid, EventPlace.kind, EventPlace.slug, Place.code, Place.department)
    named = columns.outerjoin(Place, joined).where(EventPlace.event_uid.in_([card.uid for card in cards]))
    uids: dict[Key, set[str]] = {}
    departments: dict[str, str] = {}
    for uid, kind, slug, code, department in session.execute(named):
        key = (kind, code or slug.upper())
        uids.setdefault(key, set()).add(uid)
        if kind is PlaceKind.EXCHANGE and department:
            departments[key[1]] = department
    return {key: tuple(card for card in cards if card.uid in some) for key, some in uids.items()}, departments


def _departments(session: Session, codes: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(codes), CODES_A_STATEMENT):
        some = Place.code.in_(codes[start : start + CODES_A_STATEMENT])
        wanted = sa.select(Place.code, Place.department).where(Place.kind == PlaceKind.EXCHANGE, some)
        found.update(session.execute(wanted.where(Place.department != "")).all())
    return found


def _unique(cards: Iterable[Card]) -> tuple[Card, ...]:
    return tuple({card.uid: card for card in cards}.values())


def _touches(card: Card, ids: Collection[int]) -> bool:
    return any(touched.component_id in ids and touched.left_at is None for touched in card.touched)


def _state_of(card: Card) -> PublicState:
    return PublicState.MAINTENANCE if card.type.is_work else shown_by(card.impact)


def _sum(nodes: Sequence[Node], own: Sequence[Card], inside: Sequence[Card], cards: tuple[Card, ...]) -> PlaceState:
    """Give the worst of the place's own state and the sum of what is there."""
    total = children_sum(Counter((*(node.state for node in nodes), *(_state_of(card) for card in inside))))
    shown = worst([*(_state_of(card) for card in own), *([total] if total is not None else [])])
    times = [node.since for node in nodes if _shares(node.state, shown)]
    times += [card.began_at for card in (*own, *inside) if _shares(_state_of(card), shown)]
    known = [at for at in times if at is not None]
    pick = max if shown is PublicState.OPERATIONAL else min
    return PlaceState(shown, pick(known, default=None), tuple(nodes), cards)


def _shares(each: PublicState, shown: PublicState) -> bool:
    if shown is PublicState.DEGRADED:
        return each in (PublicState.DEGRADED, PublicState.DOWN)
    return each is shown
