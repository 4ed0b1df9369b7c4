"""Works that come again as the desk reads them: the series, and the occurrences that are no events yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.recurrence import occurrences
from status.domain.rrule import read_rule
from status.domain.states import EventType, Impact
from status.models import Component, Event, WorkSeries


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A work to come that is not announced yet; it has no number and no page."""

    series_uid: str
    rule: str
    type: EventType
    title: Mapping[str, str]
    impacts: Mapping[int, Impact]
    start_at: datetime
    end_at: datetime


def going(session: Session, *, ended: bool = False) -> Sequence[WorkSeries]:
    """Give the series that go on, the youngest first; with `ended`, the others too."""
    rows = sa.select(WorkSeries).order_by(WorkSeries.created_at.desc(), WorkSeries.uid.desc())
    return session.scalars(rows if ended else rows.where(WorkSeries.ended_at.is_(None))).all()


def coming(session: Session, now: datetime, until: datetime) -> Sequence[Occurrence]:
    """Give the occurrences that start up to `until` and are no events yet, the soonest first."""
    found = [each for series in going(session) for each in _of(series, now, until)]
    return sorted(found, key=lambda each: (each.start_at, each.series_uid))


def next_start(series: WorkSeries, now: datetime, until: datetime) -> datetime | None:
    """Give the next start that is no event yet; None when none comes up to `until`, or the series has ended."""
    if series.ended_at is not None:
        return None
    return next(iter(starts_of(series, now, until)), None)


def starts_of(series: WorkSeries, now: datetime, until: datetime) -> tuple[datetime, ...]:
    """Give the starts between now and then that are no events yet, in UTC."""
    after = max(now, series.made_until or series.created_at)
    return occurrences(read_rule(series.rule), datetime.fromisoformat(series.starts), series.zone, after, until)


def announced(session: Session, series_uid: str, limit: int) -> Sequence[Event]:
    """Give the works of a series that are events, the latest first."""
    its = sa.select(Event).where(Event.series_uid == series_uid)
    return session.scalars(its.order_by(Event.occurrence_at.desc(), Event.uid).limit(limit)).all()


def names_of(session: Session, component_ids: Collection[int]) -> Mapping[int, Mapping[str, str]]:
    """Give the names of components by id."""
    return dict(session.execute(sa.select(Component.id, Component.name).where(Component.id.in_(component_ids))).all())


def _of(series: WorkSeries, now: datetime, until: datetime) -> list[Occurrence]:
    data, lasts = series.data, timedelta(seconds=series.lasts_s)
    impacts = {int(component_id): Impact(impact) for component_id, impact in data["impacts"].items()}
    return [
        Occurrence(
            series_uid=series.uid, rule=series.rule, type=EventType(data["type"]), title=data["title"],
            impacts=impacts, start_at=start, end_at=start + lasts,
        )
        for start in starts_of(series, now, until)
    ]  # fmt: skip
