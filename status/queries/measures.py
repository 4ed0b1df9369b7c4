"""How long the checks of one component took, and what each location saw last. Names no check, host or reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Outcome
from status.clock import utc
from status.domain.audience import Audience
from status.domain.latency import HOUR_S, QUARTER_S, Period, Point, Window, by_day, by_hour, by_quarter
from status.domain.states import EventType, Publication
from status.models import Check, Event, EventComponent, LatencyHour, Location, Observation
from status.queries.cards import Card, read_cards
from status.queries.components import Place, Places, read_places

CHECKS_MEASURED: Final = 12
"""So many checks of a component are read, the oldest ones."""

RUNS_READ: Final = 20_000
"""About so many runs of 24 hours are read at most; of more, those at the beginning of each quarter of an hour."""

LAST_WITHIN_S: Final = 3_600
"""What was seen longer ago is not told as the last look."""

WORKS_READ: Final = 50
DAY_S: Final = 86_400
GOOD: Final = (Outcome.OK.value, Outcome.SLOW.value)


@dataclass(frozen=True, slots=True)
class Look:
    """The last look from a location, which is known by a number only. `outcome` is what that one run saw."""

    location: int
    began_at: datetime
    took_s: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Measured:
    """All checks of one kind, taken together. `interval_s` is the shortest between two looks of one check."""

    kind: str
    checks: int
    interval_s: float
    points: tuple[Point, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class MeasuresPage:
    """Everything a component's measures say; `works` are those that ran in the time that is shown."""

    place: Place
    path: tuple[Place, ...]
    shown: Window
    kinds: tuple[Measured, ...]
    works: tuple[Card, ...]
    checks_left: int


@dataclass(frozen=True, slots=True)
class _Check:
    id: int
    kind: str
    interval_s: float


def read_measures(session: Session, audience: Audience, slug: str, shown: Window) -> MeasuresPage | None:
    """Read the measures; None when `audience` may not know of the component. A fixed number of statements."""
    places = read_places(session, audience)
    place = places.by_slug(slug)
    if place is None:
        return None
    all_checks = _checks(session, place)
    checks = all_checks[:CHECKS_MEASURED]
    points = _points(session, checks, shown)
    looks = _looks(session, checks, shown.at)
    kinds = dict.fromkeys(check.kind for check in checks)
    return MeasuresPage(
        place=place,
        path=places.path(place),
        shown=shown,
        kinds=tuple(_measured(kind, checks, points, looks) for kind in kinds),
        works=_works(session, places, place, shown),
        checks_left=len(all_checks) - len(checks),
    )


def _measured(
    kind: str, checks: Sequence[_Check], points: Mapping[str, tuple[Point, ...]], looks: Mapping[str, tuple[Look, ...]]
) -> Measured:
    ours = [check for check in checks if check.kind == kind]
    interval_s = min(check.interval_s for check in ours)
    return Measured(kind, len(ours), interval_s, points.get(kind, ()), looks.get(kind, ()))


def _checks(session: Session, place: Place) -> list[_Check]:
    wanted = sa.select(Check.id, Check.kind, Check.interval_s).where(
        Check.component_id == place.id, Check.retired_at.is_(None)
    )
    return [_Check(*row) for row in session.execute(wanted.order_by(Check.id))]


def _points(session: Session, checks: Sequence[_Check], shown: Window) -> dict[str, tuple[Point, ...]]:
    if not checks:
        return {}
    if shown.period is Period.DAY:
        return {kind: by_quarter(runs) for kind, runs in _runs(session, checks, shown).items()}
    hours = _hours(session, checks, shown)
    if shown.period is Period.WEEK:
        return {kind: by_hour(found) for kind, found in hours.items()}
    return {kind: by_day(found, shown.zone) for kind, found in hours.items()}


def _runs(session: Session, checks: Sequence[_Check], shown: Window) -> dict[str, list[tuple[float, float]]]:
    """Give the start (Unix seconds) and length (seconds) of the good runs by kind."""
    kind_of = {check.id: check.kind for check in checks}
    locations = session.scalar(sa.select(sa.func.count()).select_from(Location).where(Location.retired_at.is_(None)))
    expected = sum(DAY_S / check.interval_s for check in checks) * max(1, locations or 1)
    quarter_ms = QUARTER_S * 1000
    wanted = sa.select(Observation.check_id, Observation.due_ms + Observation.late_ms, Observation.duration_us).where(
        Observation.check_id.in_(tuple(kind_of)),
        Observation.outcome.in_(GOOD),
        Observation.due_ms >= round(shown.began.timestamp() * 1000),
        Observation.due_ms <= round(shown.at.timestamp() * 1000),
    )
    if expected > RUNS_READ:
        wanted = wanted.where(Observation.due_ms % quarter_ms < round(quarter_ms * RUNS_READ / expected))
    runs: dict[str, list[tuple[float, float]]] = {}
    for check_id, began_ms, duration_us in session.execute(wanted):
        runs.setdefault(kind_of[check_id], []).append((began_ms / 1000, duration_us / 1e6))
    return runs


def _hours(session: Session, checks: Sequence[_Check], shown: Window) -> dict[str, dict[int, float]]:
    """Give the 95th percentile (seconds) of each hour by kind: the worst check's of that hour."""
    kind_of = {check.id: check.kind for check in checks}
    wanted = sa.select(LatencyHour.check_id, LatencyHour.hour, LatencyHour.p95_us).where(
        LatencyHour.check_id.in_(tuple(kind_of)),
        LatencyHour.hour >= int(shown.began.timestamp() // HOUR_S),
        LatencyHour.hour <= int(shown.at.timestamp() // HOUR_S),
    )
    hours: dict[str, dict[int, float]] = {}
    for check_id, hour, p95_us in session.execute(wanted):
        found = hours.setdefault(kind_of[check_id], {})
        found[hour] = max(found.get(hour, 0.0), p95_us / 1e6)
    return hours


def _looks(session: Session, checks: Sequence[_Check], at: datetime) -> dict[str, tuple[Look, ...]]:
    """Give the last look of each kind from each location, in the order of the locations' numbers."""
    if not checks:
        return {}
    kind_of = {check.id: check.kind for check in checks}
    at_ms = round(at.timestamp() * 1000)
    lately = sa.and_(
        Observation.check_id.in_(tuple(kind_of)),
        Observation.due_ms > at_ms - LAST_WITHIN_S * 1000,
        Observation.due_ms <= at_ms,
    )
    columns = (Observation.check_id, Observation.location_id)
    newest = sa.select(*columns, sa.func.max(Observation.sequence)).where(lately).group_by(*columns)
    rows = session.scalars(sa.select(Observation).where(sa.tuple_(*columns, Observation.sequence).in_(newest)))
    last: dict[tuple[str, int], Observation] = {}
    for row in sorted(rows, key=lambda row: row.due_ms):
        last[kind_of[row.check_id], row.location_id] = row
    looks: dict[str, list[Look]] = {}
    for number, location_id in enumerate(_locations(session), 1):
        for (kind, where), row in last.items():
            if where == location_id:
                seen = Look(number, utc((row.due_ms + row.late_ms) / 1000), row.duration_us / 1e6, Outcome(row.outcome))
                looks.setdefault(kind, []).append(seen)
    return {kind: tuple(found) for kind, found in looks.items()}


def _locations(session: Session) -> Iterable[int]:
    return session.scalars(sa.select(Location.id).where(Location.retired_at.is_(None)).order_by(Location.id))


def _works(session: Session, places: Places, place: Place, shown: Window) -> tuple[Card, ...]:
    """Give the works that ran on the component or above it, the newest first."""
    above = [place.id, *(each.id for each in places.path(place))]
    touching = sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(above))
    events = sa.select(Event).where(
        Event.uid.in_(touching),
        Event.type != EventType.INCIDENT,
        Event.publication == Publication.PUBLIC,
        Event.started_at <= shown.at,
        Event.ended_at.is_(None) | (Event.ended_at > shown.began),
    )
    return read_cards(session, places, events.order_by(Event.started_at.desc()).limit(WORKS_READ))
