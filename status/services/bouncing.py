"""Mails that came back: a report is believed when it names a message we sent to that very address, and counted once.

    report (RFC 3464, web-hook) ─▶ whose message? ─▶ to that address? ─▶ hard or soft ─▶ the third in a row pauses

The key of a message stands in that message alone: who does not have it can pause nobody.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.bounces import code_of, is_hard
from status.domain.subscriptions import MessageState
from status.models import Message, Subscription
from status.services import settling

_KEY: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Counted(Enum):
    """What a report was counted as. Known: this message's was counted before. Unknown: it names none of ours."""

    HARD = "hard"
    SOFT = "soft"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """That a mail came back, as somebody says: its Message-ID (or key), to whom it went, what the server said."""

    message_id: str
    address: str
    said: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """What became of a report; `subscription` is the uid of the address, once it is believed."""

    counted: Counted
    subscription: str = ""
    is_paused: bool = False


def count(session: Session, report: Report, now: datetime) -> Bounced:
    """Count a report. Never raises for what it says."""
    found = _named(session, report)
    if found is None:
        return Bounced(Counted.UNKNOWN)
    message, subscription = found
    if message.bounced_at is not None:
        return Bounced(Counted.KNOWN, subscription.uid)
    message.error = f"{settling.CAME_BACK}{code_of(report.said) or 'no code'}"
    if not is_hard(report.said):
        return Bounced(Counted.SOFT, subscription.uid)
    return Bounced(Counted.HARD, subscription.uid, settling.count_bounce(session, message, now))


def _named(session: Session, report: Report) -> tuple[Message, Subscription] | None:
    """Find the message a report names, when it went to the address it names."""
    key = _KEY.search(report.message_id)
    if key is None:
        return None
    named = (
        sa.select(Message, Subscription)
        .join(Subscription, Subscription.id == Message.subscription_id)
        .where(Message.uid == key[0].lower(), Message.state != MessageState.STOPPED)
        .with_for_update()
    )
    row = session.execute(named).one_or_none()
    if row is None or not row[1].address or _folded(row[1].address) != _folded(report.address):
        return None
    return row[0], row[1]


def _folded(address: str) -> str:
    """Give an address without what servers change on its way: brackets, the letters' case."""
    return unicodedata.normalize("NFC", address.strip().removeprefix("<").removesuffix(">")).casefold()
