"""Giving news back: what was frozen into a message that never left, or never will, has not been told.

Thawed, it waits again and takes later news in. Of a message that was given up the next one to its reader carries all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.subscriptions import MessageState
from status.models import Delivery, Letter, Message, Told


def thaw(session: Session, message_ids: Collection[int]) -> frozenset[int]:
    """Let the news of messages that no try was made of wait as before they were frozen; give which these were.

    What asks an address whether it wants to be told holds no news: it stays as it is.
    """
    found = session.execute(
        sa.select(Message.id, Message.subscription_id, Letter.made_from)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.id.in_(message_ids), Message.state == MessageState.WAITING, Message.attempts == 0)
    )
    frozen = {row.id: (row.subscription_id, row.made_from) for row in found if row.made_from}
    if not frozen:
        return frozenset()
    _untell(session, frozen.values())
    _wait_again(session, list(frozen), {subscription_id for subscription_id, _ in frozen.values()})
    session.execute(sa.delete(Message).where(Message.id.in_(list(frozen))))
    return frozenset(frozen)


def untell(session: Session, message: Message) -> None:
    """Say that a message's news were not told after all: it was given up."""
    made_from = session.get_one(Letter, message.letter_id).made_from
    if made_from:
        _untell(session, [(message.subscription_id, made_from)])


def _untell(session: Session, frozen: Iterable[tuple[int, dict[str, Any]]]) -> None:
    before = [
        {"b_id": subscription_id, "b_event": event_uid, "b_k": after_k, "b_upto": upto_k}
        for subscription_id, made_from in frozen
        for event_uid, after_k, upto_k, _ in made_from["wanted"]
    ]
    told = Told.__table__
    same = sa.and_(
        told.c.subscription_id == sa.bindparam("b_id"),
        told.c.event_uid == sa.bindparam("b_event"),
        told.c.upto_k == sa.bindparam("b_upto"),
    )
    again = [row for row in before if row["b_k"]]
    never = [{key: row[key] for key in ("b_id", "b_event", "b_upto")} for row in before if not row["b_k"]]
    if again:
        session.connection().execute(sa.update(told).where(same).values(upto_k=sa.bindparam("b_k")), again)  # type: ignore[arg-type]
    if never:
        session.connection().execute(sa.delete(told).where(same), never)  # type: ignore[arg-type]


def _wait_again(session: Session, message_ids: list[int], subscription_ids: set[int]) -> None:
    waiting = {
        (row.subscription_id, row.event_uid): row
        for row in session.scalars(
            sa.select(Delivery).where(Delivery.message_id.is_(None), Delivery.subscription_id.in_(subscription_ids))
        )
    }
    for old in session.scalars(sa.select(Delivery).where(Delivery.message_id.in_(message_ids))).all():
        newer = waiting.get((old.subscription_id, old.event_uid))
        if newer is None:
            old.message_id = None
        else:
            newer.reminder = newer.reminder or old.reminder
            newer.due_at = min(newer.due_at, old.due_at)
            session.delete(old)
    session.flush()
