"""Messages that were given up after a day: their news wait again, or are dropped for good.

    dead message ─▶ his subscription active, nothing newer told? ─▶ its news wait again, with all that came since

It is not the old message that goes: it would tell what was, after he may have heard what is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.subscriptions import CONFIRM, MessageState, SubscriptionState
from status.models import Delivery, EventUpdate, Letter, Message, Subscription, Told

AT_ONCE: Final = 500
"""So many are tried again at once: the write lock is others' too. A second press goes on."""

DROPPED_AT_ONCE: Final = 5_000


def try_again(session: Session, channel: str, why: str, now: datetime) -> int:
    """Let what was given up on a channel for a reason wait again, the newest first; give how many messages that were.

    Those of addresses that are paused stay: resume these first.
    """
    dead = (
        sa.select(Message, Subscription, Letter)
        .join(Subscription, Subscription.id == Message.subscription_id)
        .join(Letter, Letter.id == Message.letter_id)
        .where(_given_up(channel, why))
        .where(Subscription.state.in_((SubscriptionState.ACTIVE, SubscriptionState.UNCONFIRMED)))
        .order_by(Message.id.desc())
        .limit(AT_ONCE)
    )
    rows = session.execute(dead).all()
    for message, subscription, letter in rows:
        if letter.words.get("payload", {}).get("kind") == CONFIRM:
            _send_again(message, now)
        else:
            _let_wait(session, subscription, letter.made_from.get("wanted", ()), now)
            message.state = MessageState.STOPPED
        session.flush()
    return len(rows)


def drop(session: Session, channel: str, why: str) -> int:
    """Drop what was given up on a channel for a reason; give how many messages that were."""
    ids = sa.select(Message.id).where(_given_up(channel, why)).order_by(Message.id).limit(DROPPED_AT_ONCE)
    found = session.scalars(ids).all()
    session.execute(sa.update(Message).where(Message.id.in_(found)).values(state=MessageState.STOPPED))
    return len(found)


def _given_up(channel: str, why: str) -> sa.ColumnElement[bool]:
    return (Message.state == MessageState.DEAD) & (Message.channel == channel) & (Message.error == why)


def _send_again(message: Message, now: datetime) -> None:
    message.state, message.attempts, message.error = MessageState.WAITING, 0, ""
    message.due_at = message.frozen_at = now
    message.settled_at = message.bounced_at = None


def _let_wait(session: Session, subscription: Subscription, wanted: Sequence[Sequence[Any]], now: datetime) -> None:
    """Let these updates wait, but for those a later message told: giving up took back that they were told."""
    for event_uid, after_k, upto_k, reminder in wanted:
        told = session.get(Told, (subscription.id, event_uid))
        told_k = told.upto_k if told is not None else 0
        if told_k > upto_k or after_k < told_k == upto_k:
            continue
        since = session.scalar(sa.select(sa.func.max(EventUpdate.k)).where(EventUpdate.event_uid == event_uid))
        _wait(session, subscription, event_uid, max(upto_k, since or 0), now, reminder=reminder)


def _wait(
    session: Session, subscription: Subscription, event_uid: str, upto_k: int, now: datetime, *, reminder: bool
) -> None:
    waiting = session.scalars(
        sa.select(Delivery).where(
            Delivery.subscription_id == subscription.id, Delivery.event_uid == event_uid, Delivery.message_id.is_(None)
        )
    ).one_or_none()
    if waiting is None:
        waiting = Delivery(
            subscription_id=subscription.id, channel=subscription.channel, event_uid=event_uid, upto_k=upto_k,
            reminder=reminder, due_at=now, created_at=now, message_id=None,
        )  # fmt: skip
        session.add(waiting)
    waiting.upto_k, waiting.due_at = max(waiting.upto_k, upto_k), now
    session.flush()
