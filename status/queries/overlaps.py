"""Works in the way of one another: on the same component, above or below it, or on the other path of a pair."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import COMING_WORK_STATES, RUNNING_WORK_STATES, EventState, EventType, Impact, Publication
from status.models import Component, Event, EventComponent
from status.queries.series import coming

CUTS: Final = (Impact.PARTIAL, Impact.FULL, Impact.INTERRUPTION)
"""Impacts that take a path away from somebody. A work announced without impact (none) takes nothing away."""

LONGEST: Final = timedelta(days=31)
"""No occurrence of a series lasts longer."""


class Way(Enum):
    """Why another work is in the way: the same component, one above it, one below it, or the other path of a pair."""

    SAME = "same"
    ABOVE = "above"
    BELOW = "below"
    OTHER_PATH = "other-path"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another work at that time. `component` is the slug of ours that is concerned, `other` the one of theirs.

    `uid` and `n` are the work's; an occurrence that is not announced yet has neither, only its `series_uid`. `impact`
    is what that work does to `other`. `pair` names the two redundant components, ours first (OTHER_PATH only).
    """

    uid: str | None
    n: int | None
    series_uid: str | None
    title: Mapping[str, str]
    state: EventState
    start_at: datetime
    end_at: datetime
    component_id: int
    component: str
    other: str
    impact: Impact
    way: Way
    pair: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """A work at the time asked for."""

    event: Event | None
    series_uid: str | None
    title: Mapping[str, str]
    start_at: datetime
    end_at: datetime
    impacts: Mapping[int, Impact]


def overlaps(
    session: Session, component_ids: Collection[int], start_at: datetime, end_at: datetime, *, but: str | None = None
) -> Sequence[Overlap]:
    """Give the works between the two times that are in the way, the soonest first; the one with uid `but` left out.

    Drafts and occurrences of a series that are not announced yet count; `but` may be a series, too. One row for each
    work and component of ours, the nearest way.
    """
    tree = _Tree(session)
    found = [
        row
        for work in (*_events(session, start_at, end_at, but), *_occurrences(session, start_at, end_at, but))
        for row in _rows(tree, work, component_ids)
    ]
    return sorted(found, key=lambda row: (row.start_at, row.n or 0, row.component))


def cut_both(found: Sequence[Overlap], impacts: Mapping[int, Impact]) -> Sequence[Overlap]:
    """Give those by which both paths of a redundant pair would be cut at once; `impacts` are our work's."""
    return [
        row for row in found if row.pair is not None and row.impact in CUTS and impacts.get(row.component_id) in CUTS
    ]


def own_pairs(session: Session, impacts: Mapping[int, Impact]) -> Sequence[tuple[str, str]]:
    """Give the redundant pairs whose both paths one work would cut by itself."""
    tree = _Tree(session)
    cut = sorted(component_id for component_id, impact in impacts.items() if impact in CUTS)
    pairs = [tree.pair(one, other) for place, one in enumerate(cut) for other in cut[place + 1 :]]
    return sorted({pair for pair in pairs if pair is not None})


class _Tree:
    """The components: what lies below each, and which are redundant with which (either may say so)."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(
            sa.select(Component.id, Component.slug, Component.parent_id, Component.redundant_with).order_by(
                Component.position, Component.id
            )
        ).all()
        self.slugs = {row.id: row.slug for row in rows}
        ids = {row.slug: row.id for row in rows}
        self._children: dict[int, list[int]] = {}
        self._twins: dict[int, set[int]] = {}
        for row in rows:
            if row.parent_id is not None:
                self._children.setdefault(row.parent_id, []).append(row.id)
            for twin in (ids[slug] for slug in row.redundant_with if slug in ids):
                self._twins.setdefault(row.id, set()).add(twin)
                self._twins.setdefault(twin, set()).add(row.id)
        self._below: dict[int, frozenset[int]] = {}

    def below(self, component_id: int) -> frozenset[int]:
        """Give the component and all below it: what a work on it touches."""
        if component_id not in self._below:
            found, waiting = {component_id}, [component_id]
            while waiting:
                children = self._children.get(waiting.pop(), ())
                waiting.extend(child for child in children if child not in found)
                found.update(children)
            self._below[component_id] = frozenset(found)
        return self._below[component_id]

    def way(self, ours: int, theirs: int) -> Way | None:
        """Say how the other component is in the way of ours."""
        if ours == theirs:
            return Way.SAME
        if ours in self.below(theirs):
            return Way.ABOVE
        if theirs in self.below(ours):
            return Way.BELOW
        return Way.OTHER_PATH if self.pair(ours, theirs) is not None else None

    def pair(self, ours: int, theirs: int) -> tuple[str, str] | None:
        """Give two redundant components of which a work on the one cuts the first, on the other the second."""
        there = self.below(theirs)
        for one in sorted(self.below(ours)):
            for twin in sorted(self._twins.get(one, ())):
                if twin in there:
                    return self.slugs[one], self.slugs[twin]
        return None


def _rows(tree: _Tree, work: _Work, component_ids: Collection[int]) -> Iterator[Overlap]:
    order = list(Way)
    for ours in component_ids:
        if ours not in tree.slugs:
            continue
        ways = [(way, theirs) for theirs in work.impacts if (way := tree.way(ours, theirs)) is not None]
        if not ways:
            continue
        way, theirs = min(ways, key=lambda found: (order.index(found[0]), found[1]))
        event = work.event
        yield Overlap(
            uid=event.uid if event else None, n=event.n if event else None, series_uid=work.series_uid,
            title=work.title, state=event.state if event else EventState.CONFIRMED, start_at=work.start_at,
            end_at=work.end_at, component_id=ours, component=tree.slugs[ours], other=tree.slugs[theirs],
            impact=work.impacts[theirs], way=way, pair=tree.pair(ours, theirs) if way is Way.OTHER_PATH else None,
        )  # fmt: skip


def _events(session: Session, start_at: datetime, end_at: datetime, but: str | None) -> Iterator[_Work]:
    ends = sa.func.coalesce(Event.expected_end_at, Event.planned_end_at)
    events = session.scalars(
        sa.select(Event)
        .where(Event.type != EventType.INCIDENT, Event.state.in_((*COMING_WORK_STATES, *RUNNING_WORK_STATES)))
        .where(Event.publication.not_in((Publication.WITHDRAWN, Publication.MERGED)))
        .where(Event.planned_start_at < end_at, ends > start_at)
        .order_by(Event.planned_start_at, Event.uid)
    ).all()
    impacts: dict[str, dict[int, Impact]] = {}
    touched = sa.select(EventComponent).where(EventComponent.left_at.is_(None))
    for row in session.scalars(touched.where(EventComponent.event_uid.in_([event.uid for event in events]))):
        impacts.setdefault(row.event_uid, {})[row.component_id] = row.impact
    for event in events:
        end = event.expected_end_at or event.planned_end_at
        if event.uid != but and event.planned_start_at is not None and end is not None:
            yield _Work(event, event.series_uid, event.title, event.planned_start_at, end, impacts.get(event.uid, {}))


def _occurrences(session: Session, start_at: datetime, end_at: datetime, but: str | None) -> Iterator[_Work]:
    for each in coming(session, start_at - LONGEST, end_at):
        if each.series_uid != but and each.start_at < end_at and each.end_at > start_at:
            yield _Work(None, each.series_uid, each.title, each.start_at, each.end_at, each.impacts)
