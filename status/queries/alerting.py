"""What rules look at, and what became of alerts: a fixed number of statements a look, few when all is well."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.alerting import AlertOf, Subject, TryKind, TryState
from status.domain.states import OPEN_INCIDENT_STATES, EventState, EventType, Impact, Publication
from status.models import Account, Alert, AlertTry, Event, EventComponent, EventUpdate
from status.queries.felt import felt_by_all

GONE: Final = (Publication.WITHDRAWN, Publication.MERGED)
UNCONFIRMED_FOR: Final = timedelta(days=1)
"""So long after its hour a work that nobody confirmed is still worth an alert."""


def subjects(session: Session, now: datetime) -> Mapping[str, Subject]:
    """Give the open incidents, drafts too, and the works that came to their hour unconfirmed, by their uid."""
    events = session.scalars(sa.select(Event).where(*_is_subject(now)).order_by(Event.created_at)).all()
    paths = _paths(session, [event.uid for event in events])
    felt = felt_by_all(session, events)
    return {event.uid: _subject(event, felt[event.uid], tuple(paths.get(event.uid, ()))) for event in events}


def open_alerts(session: Session) -> Sequence[Alert]:
    """Give the alerts whose event is not over."""
    return session.scalars(sa.select(Alert).where(Alert.ended_at.is_(None)).order_by(Alert.id)).all()


def tries_of(session: Session, alert_ids: Collection[int]) -> Mapping[int, Sequence[AlertTry]]:
    """Give the tries of some alerts in the order they were made."""
    if not alert_ids:
        return {}
    found: dict[int, list[AlertTry]] = {}
    for row in session.scalars(sa.select(AlertTry).where(AlertTry.alert_id.in_(alert_ids)).order_by(AlertTry.id)):
        assert row.alert_id is not None
        found.setdefault(row.alert_id, []).append(row)
    return found


def left_unconfirmed(session: Session, uids: Collection[str], now: datetime) -> Collection[str]:
    """Give which of these are works that nobody confirmed so long after their hour that nobody is alerted any more."""
    if not uids:
        return ()
    late = (Event.state == EventState.PLANNED) & (Event.planned_start_at < now - UNCONFIRMED_FOR)
    return session.scalars(sa.select(Event.uid).where(Event.uid.in_(uids), Event.publication.not_in(GONE), late)).all()


def watched_since_given_up(session: Session, alert_ids: Collection[int]) -> Collection[int]:
    """Give which of these alerts have an event that had come back and was watched since nobody answered."""
    if not alert_ids:
        return ()
    watched = sa.select(Alert.id).join(EventUpdate, EventUpdate.event_uid == Alert.event_uid)
    since = (EventUpdate.state == EventState.MONITORING) & (EventUpdate.written_at > Alert.given_up_at)
    return session.scalars(watched.where(Alert.id.in_(alert_ids), since).distinct()).all()


def waiting(session: Session) -> Sequence[AlertTry]:
    """Give the tries that the other side has not accepted yet, in the order they were made."""
    return session.scalars(sa.select(AlertTry).where(AlertTry.state == TryState.WAITING).order_by(AlertTry.id)).all()


class When(Enum):
    """When a try is to be sent: at once, once its event is not watched any more (if ever), or not at all."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


def when_wanted(session: Session, try_id: int, now: datetime) -> When:
    """Give when a try is to be sent: never, of an alert that was answered or whose event needs nobody any more."""
    row = session.execute(
        sa.select(AlertTry.kind, Event)
        .outerjoin(Alert, (Alert.id == AlertTry.alert_id) & Alert.ended_at.is_(None))
        .outerjoin(Event, sa.and_(Event.uid == Alert.event_uid, *_is_subject(now)))
        .where(AlertTry.id == try_id, AlertTry.state == TryState.WAITING)
    ).one_or_none()
    if row is None:
        return When.NEVER
    kind, event = row
    if kind is not TryKind.ALERT:
        return When.NOW
    if event is None or is_answered(event):
        return When.NEVER
    return When.LATER if event.state is EventState.MONITORING else When.NOW


def is_answered(event: Event) -> bool:
    """Whether somebody is on it: it is acknowledged, or a person holds it."""
    return event.acknowledged_at is not None or event.taken_by is not None


@dataclass(frozen=True, slots=True)
class TryLine:
    """A try, for people to see."""

    account: str
    channel: str
    kind: TryKind
    state: TryState
    round: int
    attempts: int
    at: datetime
    settled_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert, for people to see, with its tries, the newest first."""

    rule: str
    event_uid: str
    event_n: int | None
    title: Mapping[str, str]
    began_at: datetime
    answered_at: datetime | None
    given_up_at: datetime | None
    ended_at: datetime | None
    tries: tuple[TryLine, ...]


def latest(session: Session, since: datetime, most: int) -> Sequence[AlertLine]:
    """Give the alerts under way and those that ended since a moment, the newest first."""
    rows = session.execute(
        sa.select(Alert, Event)
        .join(Event, Event.uid == Alert.event_uid)
        .where(Alert.ended_at.is_(None) | (Alert.ended_at >= since))
        .order_by(Alert.ended_at.is_not(None), Alert.id.desc())
        .limit(most)
    ).all()
    lines: dict[int, list[TryLine]] = {}
    for row, name in _named_tries(session, AlertTry.alert_id.in_([alert.id for alert, _ in rows])):
        assert row.alert_id is not None
        lines.setdefault(row.alert_id, []).append(_line(row, name))
    return [
        AlertLine(
            alert.rule, event.uid, event.n, event.title, alert.began_at, alert.answered_at, alert.given_up_at,
            alert.ended_at, tuple(lines.get(alert.id, ())),
        )
        for alert, event in rows
    ]  # fmt: skip


def tests_of(session: Session, account_uid: str, since: datetime) -> Sequence[TryLine]:
    """Give the tests of a person's own contact ways since a moment, the newest first."""
    mine = (AlertTry.account_uid == account_uid) & (AlertTry.kind == TryKind.TEST) & (AlertTry.at >= since)
    return [_line(row, name) for row, name in _named_tries(session, mine)]


def _named_tries(session: Session, wanted: sa.ColumnElement[bool]) -> Sequence[tuple[AlertTry, str]]:
    rows = session.execute(
        sa.select(AlertTry, Account.name).join(Account, Account.uid == AlertTry.account_uid).where(wanted)
        .order_by(AlertTry.id.desc())
    )  # fmt: skip
    return [(row, name) for row, name in rows]


def _line(row: AlertTry, name: str) -> TryLine:
    return TryLine(name, row.channel, row.kind, row.state, row.round, row.attempts, row.at, row.settled_at, row.error)


def _is_subject(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    incident = (Event.type == EventType.INCIDENT) & Event.state.in_(OPEN_INCIDENT_STATES)
    work = (Event.type != EventType.INCIDENT) & (Event.state == EventState.PLANNED)
    due = Event.planned_start_at.between(now - UNCONFIRMED_FOR, now)
    states = Event.state.in_((*OPEN_INCIDENT_STATES, EventState.PLANNED))
    return states, Event.publication.not_in(GONE), incident | (work & due)


def _subject(event: Event, impact: Impact, paths: tuple[str, ...]) -> Subject:
    of = AlertOf.WORKS if event.type.is_work else AlertOf.LOCAL if event.internal else AlertOf.INCIDENTS
    return Subject(event.uid, of, event.state, event.severity, impact, paths, is_answered(event))


def _paths(session: Session, uids: Collection[str]) -> Mapping[str, Sequence[str]]:
    if not uids:
        return {}
    rows = session.execute(
        sa.select(EventComponent.event_uid, EventComponent.path)
        .where(EventComponent.event_uid.in_(uids), EventComponent.left_at.is_(None))
        .order_by(EventComponent.path)
    )
    found: dict[str, list[str]] = {}
    for uid, path in rows:
        found.setdefault(uid, []).append(path)
    return found
