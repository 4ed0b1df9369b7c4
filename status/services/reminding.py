"""Reminders of announced works: a notice some hours before the start. The page says nothing new, so it stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import COMING_WORK_STATES, EventType, Publication
from status.models import Event, EventUpdate, Notice
from status.services.changing import line_up

REMINDER: Final = "reminder"
TELLING_TIMES: Final = ("plan", "new-times")


def remind_due(session: Session, now: datetime, before: Sequence[timedelta]) -> int:
    """Leave a notice for each work whose moment (so long before its start) has come; give how many.

    None for a work whose present times were announced after that moment. Several moments missed are one reminder.
    """
    if not before:
        return 0
    soon = sa.select(Event).where(
        Event.type != EventType.INCIDENT,
        Event.state.in_(COMING_WORK_STATES),
        Event.publication == Publication.PUBLIC,
        Event.planned_start_at > now,
        Event.planned_start_at <= now + max(before),
    )
    events = [event for event in session.scalars(soon).all() if _last_moment(event, now, before) is not None]
    due = [event for event in events if not _was_told(session, event, _last_moment(event, now, before))]
    return sum(_remind(session, event, now) for event in due)


def _last_moment(event: Event, now: datetime, before: Sequence[timedelta]) -> datetime | None:
    """Give the latest moment of a reminder that has come, unless it was used."""
    assert event.planned_start_at is not None
    moments = [event.planned_start_at - span for span in before if event.planned_start_at - span <= now]
    last = max(moments, default=None)
    if last is None or (event.reminded_at is not None and event.reminded_at >= last):
        return None
    return last


def _was_told(session: Session, event: Event, moment: datetime | None) -> bool:
    """Whether customers were told of the present times after that moment anyway."""
    told = sa.select(sa.func.max(EventUpdate.published_at)).where(
        EventUpdate.event_uid == event.uid, EventUpdate.action.in_(TELLING_TIMES)
    )
    latest = session.scalar(told) or event.announced_at
    return moment is not None and latest is not None and latest > moment


def _remind(session: Session, event: Event, now: datetime) -> bool:
    """Leave the notice, with the latest update to be told from, unless the work changed meanwhile."""
    line_up(session)
    unchanged = Event.reminded_at.is_(None) if event.reminded_at is None else Event.reminded_at == event.reminded_at
    statement = (
        sa.update(Event)
        .where(Event.uid == event.uid, Event.version == event.version, unchanged)
        .values(reminded_at=now)
        .execution_options(synchronize_session=False)
    )
    if cast("sa.CursorResult[Any]", session.execute(statement)).rowcount != 1:
        return False
    session.refresh(event)
    newest = sa.select(EventUpdate.id).where(EventUpdate.event_uid == event.uid, EventUpdate.k.is_not(None))
    update_id = session.scalars(newest.order_by(EventUpdate.k.desc()).limit(1)).one()
    session.add(Notice(at=now, event_uid=event.uid, update_id=update_id, action=REMINDER, fanned_out_at=None))
    session.flush()
    return True
