"""What became of a message: sent, tried again later, given up, stopped; and how long that is remembered."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.bounces import IN_A_ROW, LOOKED_AT, in_a_row
from status.domain.subscriptions import MessageState, SubscriptionState, retry_after
from status.models import Delivery, Event, Letter, Message, Subscription, Told
from status.services.thawing import untell

ERROR_LENGTH: Final = 300
CAME_BACK: Final = "came back: "
_CHANCE: Final = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Retrying:
    """How long is tried: first and last pause in seconds, and after how many seconds a message is given up."""

    first_s: float
    last_s: float
    dead_after_s: float


def sent(
    session: Session, message_ids: Collection[int], now: datetime, answered: Mapping[int, int] = MappingProxyType({})
) -> None:
    """Settle messages the other side took. A relay takes what comes back later, so this ends no row of bounces.

    One may have come back before this is written: that stays. `answered` gives the status of the answer, by message,
    where there was one.
    """
    error = sa.case((Message.error.startswith(CAME_BACK), Message.error), else_="")
    done = {"state": MessageState.SENT, "settled_at": now, "error": error}
    session.execute(sa.update(Message).where(Message.id.in_(message_ids)).values(**done))
    for status in set(answered.values()):
        ids = [id_ for id_, each in answered.items() if each == status]
        session.execute(sa.update(Message).where(Message.id.in_(ids)).values(answered=status))


def failed(  # noqa: PLR0917 - what failed, why, and when it is tried again
    session: Session, message: Message, why: str, now: datetime, retrying: Retrying, after_s: float | None
) -> None:
    """Note a failed try: the next one is later each time, and given up after `dead_after_s`."""
    message.attempts += 1
    message.error = why[:ERROR_LENGTH]
    if _is_too_old(message, now, retrying):
        give_up(session, message, now)
        return
    pause_s = retry_after(message.attempts, retrying.first_s, retrying.last_s, _CHANCE.random())
    message.due_at = now + timedelta(seconds=max(pause_s, after_s or 0.0))


def waited(session: Session, message: Message, why: str, now: datetime, retrying: Retrying) -> None:
    """Note that the way out was closed: no try of this message, but it is given up in the end all the same.

    The next one to try the way is another.
    """
    message.error = why[:ERROR_LENGTH]
    message.due_at = max(message.due_at, now)
    if _is_too_old(message, now, retrying):
        give_up(session, message, now)


def give_up(session: Session, message: Message, now: datetime) -> None:
    """Leave a message for dead. What it told was not told: the next one to its reader carries it."""
    message.state, message.settled_at = MessageState.DEAD, now
    untell(session, message)


def _is_too_old(message: Message, now: datetime, retrying: Retrying) -> bool:
    return (now - message.frozen_at).total_seconds() >= retrying.dead_after_s


def stop_letter(session: Session, letter_id: int, now: datetime) -> None:
    """Settle all that wait with a letter that has nothing left to say."""
    waiting = sa.update(Message).where(Message.letter_id == letter_id, Message.state == MessageState.WAITING)
    session.execute(waiting.values(state=MessageState.STOPPED, settled_at=now))


def bounced(session: Session, message: Message, why: str, now: datetime) -> bool:
    """Note that the relay refused the address: the message is dead. Tell whether the address is paused now."""
    message.attempts += 1
    message.error = why[:ERROR_LENGTH]
    give_up(session, message, now)
    return count_bounce(session, message, now)


def count_bounce(session: Session, message: Message, now: datetime) -> bool:
    """Count a hard bounce of a message; tell whether it is the third in a row, and the address paused now.

    Whatever order bounces come in, after more messages went out: the row is that of the messages.
    """
    message.bounced_at = now
    session.flush()
    subscription = session.get_one(Subscription, message.subscription_id)
    subscription.hard_bounces = in_a_row(_came_back(session, subscription))
    if subscription.hard_bounces < IN_A_ROW or subscription.state is not SubscriptionState.ACTIVE:
        return False
    subscription.state, subscription.ended_at = SubscriptionState.PAUSED, now
    waiting = (Delivery.subscription_id == subscription.id) & Delivery.message_id.is_(None)
    session.execute(sa.delete(Delivery).where(waiting))  # untold: who is resumed hears it with what follows
    return True


def _came_back(session: Session, subscription: Subscription) -> list[bool]:
    """Tell of its last messages whether each came back; those that were given up say nothing of the address."""
    reached = (Message.state == MessageState.SENT) | Message.bounced_at.is_not(None)
    wanted = sa.select(Message.bounced_at).where(Message.subscription_id == subscription.id, reached)
    if subscription.resumed_at is not None:
        wanted = wanted.where(Message.frozen_at > subscription.resumed_at)
    return [at is not None for at in session.scalars(wanted.order_by(Message.id.desc()).limit(LOOKED_AT))]


def put_off(session: Session, until: Mapping[int, datetime]) -> None:
    """Let messages wait until a time of their own; what was settled meanwhile stays."""
    for message_id, due_at in until.items():
        waiting = sa.update(Message).where(Message.id == message_id, Message.state == MessageState.WAITING)
        session.execute(waiting.values(due_at=due_at))


def put_off_letter(session: Session, letter_id: int, until: datetime) -> None:
    """Let all that wait with a letter wait until a time."""
    waiting = sa.update(Message).where(Message.letter_id == letter_id, Message.state == MessageState.WAITING)
    session.execute(waiting.values(due_at=until))


def settled_before(session: Session, before: datetime, at_most: int) -> Sequence[int]:
    """Give messages settled before then, the oldest first."""
    # What was settled was frozen earlier: by that column there is an index.
    old = sa.select(Message.id).where(Message.frozen_at < before, Message.settled_at < before)
    return session.scalars(old.order_by(Message.frozen_at).limit(at_most)).all()


def forget_settled(session: Session, message_ids: Collection[int]) -> None:
    """Take away messages with their deliveries."""
    session.execute(sa.delete(Delivery).where(Delivery.message_id.in_(message_ids)))
    session.execute(sa.delete(Message).where(Message.id.in_(message_ids)))


def told_before(session: Session, before: datetime, at_most: int) -> Sequence[tuple[int, str]]:
    """Give, as subscription and event, who was told before then of what ended before then, the oldest first."""
    ended = sa.select(Event.uid).where(Event.ended_at < before)
    old = sa.select(Told.subscription_id, Told.event_uid).where(Told.at < before, Told.event_uid.in_(ended))
    return [(subscription, event) for subscription, event in session.execute(old.order_by(Told.at).limit(at_most))]


def forget_told(session: Session, told: Collection[tuple[int, str]], before: datetime) -> None:
    """Forget that these were told, but for who was told again meanwhile."""
    these = sa.tuple_(Told.subscription_id, Told.event_uid).in_(told)
    session.execute(sa.delete(Told).where(these, Told.at < before))


def unused_letters(session: Session, before: datetime, at_most: int) -> Sequence[int]:
    """Give letters made before then that no message has any more."""
    unused = sa.select(Letter.id).where(Letter.created_at < before, ~sa.exists().where(Message.letter_id == Letter.id))
    return session.scalars(unused.limit(at_most)).all()


def forget_letters(session: Session, letter_ids: Collection[int]) -> None:
    """Take away letters, but for one that got a message meanwhile."""
    unused = ~sa.exists().where(Message.letter_id == Letter.id)
    session.execute(sa.delete(Letter).where(Letter.id.in_(letter_ids), unused))
