"""What is on its way to subscribers, for the desk: what waits, what was given up, who is paused. No words of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.subscriptions import TEST, MessageState, SubscriptionState
from status.models import ClosedChannel, Delivery, Letter, Message, Subscription

LATE: Final = timedelta(minutes=10)
"""What waits longer than that is somebody's business."""

SHOWN: Final = 100

_GIVEN_UP: Final = (Message.state == MessageState.DEAD) & Message.bounced_at.is_(None)
_NOT_FROZEN: Final = Delivery.message_id.is_(None)


@dataclass(frozen=True, slots=True)
class Queue:
    """A channel: news that are due, messages on their way, news that wait because he wished so; since when the oldest.

    `oldest_at` is of what should have gone by now; None: nothing. `closed`: its way out is, and why.
    """

    channel: str
    due: int
    on_way: int
    later: int
    oldest_at: datetime | None
    closed: ClosedChannel | None


@dataclass(frozen=True, slots=True)
class Dead:
    """Messages of a channel that were given up for one reason; `refused`: the addresses don't exist."""

    channel: str
    why: str
    refused: bool
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """An address that is told nothing any more since its third hard bounce."""

    uid: str
    channel: str
    address: str
    domain: str
    hard_bounces: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the overview must say: messages given up, and how many things are late since when."""

    dead: int
    late: int
    since: datetime | None


def queues(session: Session, channels: Sequence[str], now: datetime) -> Sequence[Queue]:
    """Give every channel, in the order given. Four statements."""
    due, later = _waiting(session, Delivery.due_at <= now), _waiting(session, Delivery.due_at > now)
    on_way = {
        channel: (count, at)
        for channel, count, at in session.execute(
            sa.select(Message.channel, sa.func.count(), sa.func.min(Message.frozen_at))
            .where(Message.state == MessageState.WAITING)
            .group_by(Message.channel)
        )
    }
    closed = {row.channel: row for row in session.scalars(sa.select(ClosedChannel))}
    found = []
    for channel in channels:
        times = [at for _, at in (due.get(channel, (0, None)), on_way.get(channel, (0, None))) if at is not None]
        count, sent, put_off = (of.get(channel, (0, None))[0] for of in (due, on_way, later))
        found.append(Queue(channel, count, sent, put_off, min(times, default=None), closed.get(channel)))
    return found


def dead(session: Session) -> Sequence[Dead]:
    """Give what was given up, by channel and reason, the most first."""
    refused = Message.bounced_at.is_not(None)
    rows = session.execute(
        sa.select(
            Message.channel, Message.error, refused, sa.func.count(), sa.func.min(Message.settled_at),
            sa.func.max(Message.settled_at),
        )
        .where(Message.state == MessageState.DEAD)
        .group_by(Message.channel, Message.error, refused)
        .order_by(sa.func.count().desc(), Message.channel, Message.error)
        .limit(SHOWN)
    )  # fmt: skip
    return [
        Dead(channel, why, bool(gone), count, first, last)
        for channel, why, gone, count, first, last in rows
        if first is not None and last is not None
    ]


def paused(session: Session) -> tuple[Sequence[Paused], int]:
    """Give the addresses that are paused, the latest first, and how many there are in all."""
    is_paused = Subscription.state == SubscriptionState.PAUSED
    of = Subscription
    rows = session.execute(
        sa.select(of.uid, of.channel, of.address, of.domain, of.hard_bounces, of.ended_at)
        .where(is_paused)
        .order_by(of.ended_at.desc(), of.id)
        .limit(SHOWN)
    )
    found = [Paused(*row) for row in rows]
    total = session.scalar(sa.select(sa.func.count()).select_from(of).where(is_paused)) or 0
    return found, total


def trouble(session: Session, now: datetime) -> Trouble:
    """Give what somebody must look at; a test that was given up is its subscriber's own business. Three statements."""
    letters = sa.select(Message.letter_id, sa.func.count().label("count")).where(_GIVEN_UP).group_by(Message.letter_id)
    of = letters.subquery()
    kind = sa.func.coalesce(Letter.words["payload"]["kind"].as_string(), "")
    given_up = session.scalar(sa.select(sa.func.sum(of.c.count)).where(of.c.letter_id == Letter.id, kind != TEST)) or 0
    due = sa.select(sa.func.count(), sa.func.min(Delivery.due_at)).where(_NOT_FROZEN, Delivery.due_at < now - LATE)
    waiting = Message.state == MessageState.WAITING
    sent = sa.select(sa.func.count(), sa.func.min(Message.frozen_at)).where(waiting, Message.frozen_at < now - LATE)
    late = [session.execute(each).one() for each in (due, sent)]
    return Trouble(int(given_up), sum(count for count, _ in late), min((at for _, at in late if at), default=None))


def _waiting(session: Session, when: sa.ColumnElement[bool]) -> dict[str, tuple[int, datetime | None]]:
    rows = session.execute(
        sa.select(Delivery.channel, sa.func.count(), sa.func.min(Delivery.due_at))
        .where(_NOT_FROZEN, when)
        .group_by(Delivery.channel)
    )
    return {channel: (count, at) for channel, count, at in rows}
