"""The past of components as spans of public states, for bars and availability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.availability import (
    Availability,
    Span,
    availability,
    combine,
    complete,
    window_start,
)
from status.domain.public_state import SHOWN_VERDICT, children_sum, worst
from status.domain.states import PublicState, Verdict
from status.models import VerdictInterval
from status.queries.components import Place, Places
from status.queries.decided import Decided
from status.queries.snapshot import kept


def read_availability(
    session: Session, places: Places, shown: Iterable[Place], until: datetime, zone: ZoneInfo
) -> Mapping[int, Availability]:
    """Give the last 90 days of each shown component, its descendants included.

    Detected time, and a person's word over it where there is one. Three statements, at most four, however many.
    """
    pasts = kept(session, ("pasts", id(places), until, zone.key), lambda: _read_pasts(session, places, until, zone))
    return {place.id: pasts.of(place) for place in shown}


@dataclass(slots=True)
class Lines:
    """The past of components as spans: `own` as watched, `of` as it would have been shown with all that hangs below."""

    places: Places
    own: Mapping[int, tuple[Span, ...]]
    shown: dict[int, tuple[Span, ...]] = field(default_factory=dict)

    def of(self, place: Place) -> tuple[Span, ...]:
        """Give a component's past: the worst of its own and of its children's sum."""
        if place.id not in self.shown:
            below = [self.of(child) for child in self.places.children.get(place.id, ())]
            own = self.own.get(place.id, ())
            total = combine([line for line in below if line], _sum)
            self.shown[place.id] = combine([own, total], worst) if own and total else own or total
        return self.shown[place.id]


@dataclass(slots=True)
class _Pasts:
    """The days of every component until one moment."""

    lines: Lines
    until: datetime
    zone: ZoneInfo
    shared_out: dict[int, Availability] = field(default_factory=dict)

    def of(self, place: Place) -> Availability:
        """Give a component's days."""
        if place.id not in self.shared_out:
            self.shared_out[place.id] = availability(self.lines.of(place), self.until, self.zone)
        return self.shared_out[place.id]


def read_lines(session: Session, places: Places, begin: datetime, until: datetime) -> tuple[Lines, Lines]:
    """Give the past between two moments: with what people decided, and as it was detected alone (SPEC §1 f).

    Three statements, at most four, however many components. Both are the same object where nobody decided anything.
    """
    watched_since = _watched_since(session)
    troubles = _troubles(session, begin, until)
    decided = Decided(session, begin, until)
    detected = {
        component_id: complete(troubles.get(component_id, ()), max(since, begin), until)
        for component_id, since in watched_since.items()
        if component_id in places.by_id
    }
    alone = Lines(places, detected)
    if not decided:
        return alone, alone
    applied = {component_id: decided.applied(component_id, line) for component_id, line in detected.items()}
    return Lines(places, applied), alone


def _read_pasts(session: Session, places: Places, until: datetime, zone: ZoneInfo) -> _Pasts:
    lines, _ = read_lines(session, places, window_start(until, zone), until)
    return _Pasts(lines, until, zone)


def _sum(counts: Counter[PublicState]) -> PublicState:
    return children_sum(counts) or PublicState.UNWATCHED


def _watched_since(session: Session) -> dict[int, datetime]:
    """Say when each component's first verdict began."""
    statement = sa.select(VerdictInterval.component_id, sa.func.min(VerdictInterval.began_at))
    rows = session.execute(statement.group_by(VerdictInterval.component_id)).all()
    return {component_id: began_at for component_id, began_at in rows if began_at is not None}


def _troubles(session: Session, begin: datetime, until: datetime) -> dict[int, list[Span]]:
    statement = (
        sa.select(
            VerdictInterval.component_id, VerdictInterval.verdict, VerdictInterval.began_at, VerdictInterval.ended_at
        )
        .where(
            VerdictInterval.superseded_by.is_(None),
            VerdictInterval.verdict.not_in((Verdict.OPERATIONAL, Verdict.LOCAL)),
            VerdictInterval.ended_at.is_(None) | (VerdictInterval.ended_at > begin),
            VerdictInterval.began_at < until,
        )
        .order_by(VerdictInterval.component_id, VerdictInterval.began_at)
    )
    troubles: dict[int, list[Span]] = {}
    for row in session.connection().execute(statement).all():
        ended = row.ended_at or datetime.max.replace(tzinfo=begin.tzinfo)
        span = Span(SHOWN_VERDICT[row.verdict], max(row.began_at, begin), ended)
        troubles.setdefault(row.component_id, []).append(span)
    return troubles
