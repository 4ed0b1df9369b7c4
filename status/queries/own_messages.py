"""What was sent to one subscriber, for his own eyes: the delivery log of docs/subscriptions.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.subscriptions import MessageState
from status.models import Letter, Message


@dataclass(frozen=True, slots=True)
class Sent:
    """A message: its key, when it was frozen, what it is about, where it stands after how many tries.

    `answered` is the status of the last answer, None where there was none; `next_try_at` is None once it is settled.
    """

    uid: str
    at: datetime
    subject: str
    state: MessageState
    tries: int
    answered: int | None
    error: str
    next_try_at: datetime | None


def last_messages(session: Session, subscription_id: int, at_most: int) -> Sequence[Sent]:
    """Give the last messages of a subscription, the newest first. One whose words were taken back has no subject."""
    rows = session.execute(
        sa.select(Message, Letter.words)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.subscription_id == subscription_id)
        .order_by(Message.frozen_at.desc(), Message.id.desc())
        .limit(at_most)
    )
    return [_sent(message, words.get("subject", "")) for message, words in rows]


def _sent(message: Message, subject: str) -> Sent:
    is_waiting = message.state is MessageState.WAITING
    return Sent(
        uid=message.uid, at=message.frozen_at, subject=subject, state=message.state,
        tries=message.attempts + (message.state is MessageState.SENT), answered=message.answered, error=message.error,
        next_try_at=message.due_at if is_waiting else None,
    )  # fmt: skip
