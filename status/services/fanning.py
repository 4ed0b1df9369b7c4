"""Fanning a notice out: what it tells becomes a delivery for each subscription it concerns, a slice at a time.

The cursor moves in the transaction of the slice: whoever dies between two slices goes on where he was, and nobody is
taken twice. News of an event that wait already take the newer ones in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from status.models import Delivery, Event, EventUpdate, Notice

TELLS_NOBODY: Final = "merged"
"""The post on the event that went into another: the other one's notice tells it."""

REMINDER: Final = "reminder"
NOT_FROZEN: Final = Delivery.message_id.is_(None)


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription a notice concerns, and when it wants the news."""

    subscription_id: int
    channel: str
    at: datetime


def next_notice(session: Session, besides: Collection[int] = ()) -> Notice | None:
    """Give the oldest notice that is not fanned out to its end, `besides` some."""
    waiting = sa.select(Notice).where(Notice.fanned_out_at.is_(None), Notice.id.not_in(tuple(besides)))
    return session.scalars(waiting.order_by(Notice.id).limit(1)).first()


def subject_of(session: Session, notice: Notice) -> tuple[Event, EventUpdate] | None:
    """Give what a notice tells: None when it is told to nobody, or its update was never published."""
    event, update = session.get(Event, notice.event_uid), session.get(EventUpdate, notice.update_id)
    if event is None or update is None or update.k is None or notice.action == TELLS_NOBODY:
        return None
    return event, update


def take_slice(session: Session, notice: Notice, k: int, due: Sequence[Due], now: datetime) -> None:
    """Write the deliveries of a slice and move the cursor behind it. `due` is by id and not empty."""
    reminder = notice.action == REMINDER
    rows = [
        {
            "subscription_id": one.subscription_id, "channel": one.channel, "event_uid": notice.event_uid,
            "upto_k": k, "reminder": reminder, "due_at": one.at, "created_at": now, "message_id": None,
        }
        for one in due
    ]  # fmt: skip
    _upsert(session, rows)
    _move(session, notice, due[-1].subscription_id, None)


def drop_waiting(session: Session, ids: Collection[int]) -> None:
    """Take these news away, as far as they still wait."""
    session.execute(sa.delete(Delivery).where(Delivery.id.in_(ids), NOT_FROZEN))


def end(session: Session, notice: Notice, now: datetime) -> None:
    """Say that a notice has no more subscriptions to concern."""
    _move(session, notice, notice.cursor, now)


def _move(session: Session, notice: Notice, cursor: int, ended_at: datetime | None) -> None:
    moved = sa.update(Notice).where(Notice.id == notice.id).values(cursor=cursor, fanned_out_at=ended_at)
    session.execute(moved)


def _upsert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Delivery)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Delivery.subscription_id, Delivery.event_uid],
            index_where=NOT_FROZEN,
            set_={
                "upto_k": sa.case((new.upto_k > Delivery.upto_k, new.upto_k), else_=Delivery.upto_k),
                "reminder": Delivery.reminder | new.reminder,
                "due_at": sa.case((new.due_at < Delivery.due_at, new.due_at), else_=Delivery.due_at),
            },
        ),
        rows,
    )
