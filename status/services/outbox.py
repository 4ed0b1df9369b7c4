"""The way of a message: deliveries that are due are frozen into one, and given to a sender (then: `settling`).

    waiting deliveries of a subscription ─freeze─▶ message (letter, key) ─▶ sent │ tried again │ dead │ stopped

At most one message of a subscription is on its way: what came meanwhile goes in the next one, in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from status.domain.subscriptions import MessageState, Pace, SubscriptionState
from status.models import Delivery, Letter, Message, Notice, Subscription, Told
from status.services.identifiers import new_uid

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """News of one event that wait for one subscription: the delivery, and from which update on they are new."""

    delivery_id: int
    event_uid: str
    after_k: int
    upto_k: int
    reminder: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """A subscription whose news are due, with all that wait for it.

    `is_active` False: it stopped or was paused while a notice was fanned out to it.
    """

    subscription_id: int
    language: str
    customer_uid: str | None
    per_hour: int | None
    maintnote: bool
    is_active: bool
    quiet: tuple[int, int] | None
    waiting: tuple[Waiting, ...]


def ready(session: Session, channel: str, now: datetime, limited: Collection[str], limit: int) -> Sequence[Ready]:
    """Give subscriptions of a channel whose news are due, the longest waiting first; one message each at a time.

    Left out are those of domains that are told fast enough: what is frozen before its turn takes no later news in.
    """
    on_way = sa.exists().where(
        Message.subscription_id == Delivery.subscription_id, Message.state == MessageState.WAITING
    )
    due = (
        sa.select(Delivery.subscription_id)
        .where(Delivery.message_id.is_(None), Delivery.channel == channel, Delivery.due_at <= now, ~on_way)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
    )
    if limited:
        due = due.join(Subscription).where(Subscription.domain.not_in(tuple(limited)))
    ids = list(dict.fromkeys(session.scalars(due)))
    if not ids:
        return ()
    subscriptions = {row.id: row for row in session.scalars(sa.select(Subscription).where(Subscription.id.in_(ids)))}
    waiting: dict[int, list[Waiting]] = {id_: [] for id_ in ids}
    was_told = sa.and_(Told.subscription_id == Delivery.subscription_id, Told.event_uid == Delivery.event_uid)
    rows = session.execute(
        sa.select(
            Delivery.id, Delivery.subscription_id, Delivery.event_uid, Delivery.upto_k, Delivery.reminder, Told.upto_k
        )
        .outerjoin(Told, was_told)
        .where(Delivery.message_id.is_(None), Delivery.subscription_id.in_(ids))
        .order_by(Delivery.id)
    )
    for delivery_id, id_, event_uid, upto_k, reminder, told_k in rows:
        waiting[id_].append(Waiting(delivery_id, event_uid, told_k or 0, upto_k, reminder))
    return [
        Ready(
            id_,
            row.language,
            row.customer_uid,
            row.per_hour,
            row.contact is not None and row.contact.is_told_maintnote,
            row.state is SubscriptionState.ACTIVE,
            row.quiet,
            tuple(waiting[id_]),
        )
        for id_ in ids
        if (row := subscriptions.get(id_)) is not None
    ]


def freeze(session: Session, batch: Sequence[tuple[Ready, int]], channel: str, now: datetime) -> int:
    """Freeze what waits for subscriptions into a message each, with a key of its own; it counts as told from now on.

    A batch is of (ready, id of its letter). What took newer news in meanwhile is left for the next time. Give how many
    were frozen.
    """
    taken = _unchanged(session, batch)
    if not taken:
        return 0
    rows = [
        {
            "uid": new_uid(now), "subscription_id": one.subscription_id, "letter_id": letter_id, "channel": channel,
            "state": MessageState.WAITING, "attempts": 0, "due_at": now, "frozen_at": now, "error": "",
        }
        for one, letter_id in taken
    ]  # fmt: skip
    ids = session.scalars(sa.insert(Message).returning(Message.id, sort_by_parameter_order=True), rows).all()
    frozen = [
        {"b_id": waiting.delivery_id, "message_id": message_id}
        for message_id, (one, _) in zip(ids, taken, strict=True)
        for waiting in one.waiting
    ]
    deliveries = sa.update(Delivery.__table__).where(Delivery.__table__.c.id == sa.bindparam("b_id"))  # type: ignore[arg-type]
    session.connection().execute(deliveries.values(message_id=sa.bindparam("message_id")), frozen)
    _tell(session, [one for one, _ in taken], now)
    return len(taken)


def _tell(session: Session, batch: Sequence[Ready], now: datetime) -> None:
    told = [
        {"subscription_id": one.subscription_id, "event_uid": waiting.event_uid, "upto_k": waiting.upto_k, "at": now}
        for one in batch
        for waiting in one.waiting
    ]
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Told)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Told.subscription_id, Told.event_uid],
            set_={"upto_k": statement.excluded.upto_k, "at": statement.excluded.at},
        ),
        told,
    )


def _unchanged(session: Session, batch: Sequence[tuple[Ready, int]]) -> list[tuple[Ready, int]]:
    """Give those of which all that was read as waiting still waits so."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    ids = [one.subscription_id for one, _ in batch]
    rows = session.execute(
        sa.select(Delivery.subscription_id, Delivery.id, Delivery.upto_k).where(
            Delivery.subscription_id.in_(ids), Delivery.message_id.is_(None)
        )
    )
    for subscription_id, delivery_id, upto_k in rows:
        found[subscription_id][delivery_id] = upto_k
    return [
        (one, letter_id)
        for one, letter_id in batch
        if found[one.subscription_id] == {each.delivery_id: each.upto_k for each in one.waiting}
    ]


def free_at(session: Session, one: Ready, now: datetime) -> datetime | None:
    """Give when a capped subscription may be told again; None: now."""
    if one.per_hour is None:
        return None
    frozen = session.scalars(
        sa.select(Message.frozen_at)
        .where(Message.subscription_id == one.subscription_id)
        .where(Message.frozen_at > now - HOUR, Message.frozen_at <= now)  # later: by a clock that was ahead
        .where(sa.exists().where(Delivery.message_id == Message.id))  # neither the asking nor tests count
        .order_by(Message.frozen_at.desc())
        .limit(one.per_hour)
    ).all()
    return None if len(frozen) < one.per_hour else frozen[-1] + HOUR


def put_off(session: Session, one: Ready, until: datetime) -> None:
    """Let what waits for a subscription wait until a time."""
    ids = [waiting.delivery_id for waiting in one.waiting]
    session.execute(sa.update(Delivery).where(Delivery.id.in_(ids)).values(due_at=until))


def drop(session: Session, one: Ready) -> None:
    """Take away what waits for a subscription: it says nothing new, or nobody is there any more."""
    session.execute(sa.delete(Delivery).where(Delivery.id.in_([waiting.delivery_id for waiting in one.waiting])))


def due_messages(  # noqa: PLR0917 - which of them, and how many
    session: Session, channel: str, now: datetime, held: Collection[int], limited: Collection[str], limit: int
) -> Sequence[tuple[Message, Subscription]]:
    """Give frozen messages whose time has come, the longest due first.

    Left out are those a sender holds already, and those to domains that are told fast enough.
    """
    wanted = (
        sa.select(Message, Subscription)
        .join(Subscription, Subscription.id == Message.subscription_id)
        .where(Message.state == MessageState.WAITING, Message.channel == channel, Message.due_at <= now)
        .where(Message.id.not_in(tuple(held)), Subscription.domain.not_in(tuple(limited)))
        .order_by(Message.due_at, Message.id)
        .limit(limit)
    )
    return [(message, subscription) for message, subscription in session.execute(wanted)]


def untried(session: Session, channel: str, held: Collection[int], limit: int) -> Sequence[int]:
    """Give frozen messages of a channel that no try was made of and that no sender holds."""
    waiting = sa.select(Message.id).where(Message.state == MessageState.WAITING, Message.channel == channel)
    untouched = waiting.where(Message.attempts == 0, Message.id.not_in(tuple(held)))
    return session.scalars(untouched.limit(limit)).all()


def words_to_send(session: Session, uid: str) -> Mapping[str, Any] | None:
    """Give the words the message of a key has just now; None when it is not to go out (any more, or with these)."""
    waiting = sa.select(Letter.words).join(Message, Message.letter_id == Letter.id)
    words = session.scalar(waiting.where(Message.uid == uid, Message.state == MessageState.WAITING))
    return words or None


@dataclass(frozen=True, slots=True)
class Ahead:
    """Ids of what a clock that was ahead wrote: news, messages, and subscriptions by when they were confirmed."""

    news: Sequence[int]
    messages: Sequence[int]
    subscriptions: Sequence[int]

    def __len__(self) -> int:
        """Give how many there are."""
        return len(self.news) + len(self.messages) + len(self.subscriptions)


def ahead(session: Session, now: datetime, *, pauses: bool, limit: int) -> Ahead:
    """Give what a clock that was ahead wrote, `limit` of each at most; with `pauses` what it put off as well.

    That is messages between two tries, and news that were to go at once: freezing puts off anew what has to wait.
    """
    at_once = sa.exists().where(Subscription.id == Delivery.subscription_id, Subscription.pace == Pace.AT_ONCE)
    goes_at_once = (Delivery.due_at == Delivery.created_at) | at_once
    ahead_ = (Delivery.created_at > now) | (Delivery.due_at > now) if pauses else Delivery.created_at > now
    late = ahead_ & goes_at_once & Delivery.message_id.is_(None)
    wrong = (Message.frozen_at > now) | (Message.due_at > now) if pauses else Message.frozen_at > now
    return Ahead(
        session.scalars(sa.select(Delivery.id).where(late).limit(limit)).all(),
        session.scalars(sa.select(Message.id).where(Message.state == MessageState.WAITING, wrong).limit(limit)).all(),
        session.scalars(sa.select(Subscription.id).where(Subscription.confirmed_at > now).limit(limit)).all(),
    )


def bring_forward(session: Session, found: Ahead, now: datetime) -> None:
    """Let nothing wait for hours that a clock which was ahead wrote.

    News that were to go at once are due now, messages are tried now. Times of the day that somebody chose (gathered
    news) are kept. Who said yes by such a clock would be taken for somebody who came after the news: he came before
    what is not fanned out yet.
    """
    created = sa.case((Delivery.created_at > now, now), else_=Delivery.created_at)
    session.execute(sa.update(Delivery).where(Delivery.id.in_(found.news)).values(due_at=now, created_at=created))
    earlier = sa.case((Message.frozen_at > now, now), else_=Message.frozen_at)
    session.execute(sa.update(Message).where(Message.id.in_(found.messages)).values(due_at=now, frozen_at=earlier))
    came = sa.update(Subscription).where(Subscription.id.in_(found.subscriptions))
    oldest = session.scalar(sa.select(sa.func.min(Notice.at)).where(Notice.fanned_out_at.is_(None)))
    session.execute(came.values(confirmed_at=min(now, oldest or now)))


def rows_of(session: Session, uids: Collection[str]) -> Mapping[str, int]:
    """Give the ids of messages by their keys, of those that are there: SQLite gives the id of an erased one again."""
    found = session.execute(sa.select(Message.uid, Message.id).where(Message.uid.in_(uids)))
    return {row.uid: row.id for row in found}


def ids_of(session: Session, uids: Collection[str]) -> Sequence[int]:
    """Give the ids of messages by their keys, those still waiting."""
    waiting = sa.select(Message.id).where(Message.uid.in_(uids), Message.state == MessageState.WAITING)
    return session.scalars(waiting).all()
