"""Events that have to do with one another; each one's page names the other once both are public."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Actor, Event, EventLink
from status.services.auditing import record
from status.services.changing import line_up
from status.services.publishing import raise_revision


def link(session: Session, event: Event, other: Event, author: Actor, now: datetime) -> None:
    """Link two events. Raise Refused for an event and itself, and for two that are linked already."""
    if event.uid == other.uid:
        raise Refused("itself", "an event cannot be linked to itself: name another one")
    line_up(session)
    if _row(session, event, other) is not None:
        raise Refused("linked", f"{_name(event)} and {_name(other)} are linked already")
    first, second = sorted((event.uid, other.uid))
    session.add(EventLink(event_uid=first, other_uid=second, at=now, actor_id=author.id))
    raise_revision(session)
    record(session, author, "event.link", f"event:{event.uid}", now, after={"n": event.n, "other": other.uid})


def unlink(session: Session, event: Event, other: Event, author: Actor, now: datetime) -> None:
    """Take a link away. Raise Refused when there is none."""
    line_up(session)
    row = _row(session, event, other)
    if row is None:
        raise Refused("not_linked", f"{_name(event)} and {_name(other)} are not linked")
    session.delete(row)
    raise_revision(session)
    record(session, author, "event.unlink", f"event:{event.uid}", now, before={"n": event.n, "other": other.uid})


def linked(session: Session, event: Event) -> list[str]:
    """Give the uids of the events linked to one, in the order they were linked."""
    wanted = sa.select(EventLink).where((EventLink.event_uid == event.uid) | (EventLink.other_uid == event.uid))
    rows = session.scalars(wanted.order_by(EventLink.at))
    return [row.other_uid if row.event_uid == event.uid else row.event_uid for row in rows]


def _row(session: Session, event: Event, other: Event) -> EventLink | None:
    first, second = sorted((event.uid, other.uid))
    return session.get(EventLink, (first, second))


def _name(event: Event) -> str:
    return f"FS#{event.n}" if event.n else event.uid
