"""Works as the desk's front reads them: those of today and tomorrow, and those whose hour came unconfirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import COMING_WORK_STATES, RUNNING_WORK_STATES, EventState, EventType, Impact, Publication
from status.models import Event, EventComponent

_GONE = (Publication.WITHDRAWN, Publication.MERGED)


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A work on the desk. `components` are the touched components' paths by slugs; drafts have no number.

    `is_late`: it still runs after its announced end.
    """

    uid: str
    n: int | None
    type: EventType
    title: Mapping[str, str]
    state: EventState
    impact: Impact
    publication: Publication
    start_at: datetime
    end_at: datetime
    started_at: datetime | None
    series_uid: str | None
    is_late: bool
    components: tuple[str, ...]


def unconfirmed(session: Session, now: datetime) -> Sequence[WorkLine]:
    """Give the works whose announced start has come without anybody's confirmation: they don't start by themselves."""
    wanted = _works().where(Event.state == EventState.PLANNED, Event.planned_start_at <= now)
    return _lines(session, wanted, now)


def coming(session: Session, now: datetime, until: datetime) -> Sequence[WorkLine]:
    """Give the works that run, and those that start up to `until`, the soonest first; drafts included.

    Occurrences of a series that are no events yet are `queries.series.coming`.
    """
    to_come = Event.state.in_(COMING_WORK_STATES) & (Event.planned_start_at <= until)
    return _lines(session, _works().where(Event.state.in_(RUNNING_WORK_STATES) | to_come), now)


def _works() -> sa.Select[Event]:
    works = sa.select(Event).where(Event.type != EventType.INCIDENT, Event.publication.not_in(_GONE))
    return works.where(Event.planned_start_at.is_not(None), Event.planned_end_at.is_not(None)).order_by(
        Event.planned_start_at, Event.uid
    )


def _lines(session: Session, works: sa.Select[Event], now: datetime) -> Sequence[WorkLine]:
    events = session.scalars(works).all()
    touched = sa.select(EventComponent).where(
        EventComponent.event_uid.in_([event.uid for event in events]), EventComponent.left_at.is_(None)
    )
    paths: dict[str, list[str]] = {}
    for row in session.scalars(touched.order_by(EventComponent.path)):
        paths.setdefault(row.event_uid, []).append(row.path)
    return [_line(event, tuple(paths.get(event.uid, ())), now) for event in events]


def _line(event: Event, components: tuple[str, ...], now: datetime) -> WorkLine:
    assert event.planned_start_at is not None
    assert event.planned_end_at is not None
    end_at = event.expected_end_at or event.planned_end_at
    return WorkLine(
        uid=event.uid, n=event.n, type=event.type, title=event.title, state=event.state, impact=event.impact,
        publication=event.publication, start_at=event.planned_start_at, end_at=end_at, started_at=event.started_at,
        series_uid=event.series_uid, is_late=event.state in RUNNING_WORK_STATES and end_at < now,
        components=components,
    )  # fmt: skip
