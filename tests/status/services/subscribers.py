"""Subscriptions and messages as the services leave them, for tests of what comes after."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from status.domain.subscriptions import MessageState
from status.models import Message, Subscription
from status.services import subscribing
from status.services.identifiers import new_uid
from status.services.letters import Written, keep_letter
from status.services.subscribing import Address, Wish
from tests.status.services.conftest import NOW

KEY = b"k" * 32
ANNE = "anne@example.org"


def subscriber(session: Session, text: str = ANNE, wish: Wish | None = None, key: bytes = KEY, **row) -> Subscription:
    """Somebody who said yes by the link."""
    address = Address(row.pop("channel", "email"), text, text.rpartition("@")[2])
    found = subscribing.subscribe(session, key, address, wish or Wish(), row.pop("language", "fr"), NOW)
    subscribing.confirm(session, found, NOW)
    for name, value in row.items():
        setattr(found, name, value)
    session.flush()
    return found


def message(session: Session, whose: Subscription, state: MessageState = MessageState.SENT, n: int = 1, **row):
    """A message to somebody, the n-th."""
    at = NOW + timedelta(minutes=n)
    words = {"language": "fr", "subject": "FS#42", "text": "Panne.", "html": "", "short": "", "link": "", "payload": {}}
    letter = keep_letter(session, Written("0" * 64, "fr", words, {}, ()), NOW)
    values = {
        "uid": new_uid(at), "subscription_id": whose.id, "letter_id": letter, "channel": whose.channel, "state": state,
        "attempts": 1, "due_at": at, "frozen_at": at, "error": "",
        "settled_at": None if state is MessageState.WAITING else at, **row,
    }  # fmt: skip
    made = Message(**values)
    session.add(made)
    session.flush()
    return made
