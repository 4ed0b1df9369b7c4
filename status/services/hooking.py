"""What a subscriber does with the program at his address: sends it a test, changes the secret it knows us by."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.subscriptions import TEST, MessageState, SubscriptionState
from status.models import Letter, Message, Subscription
from status.services.sealing import opened, seal
from status.services.subscribing import Said, new_secret, send_alone
from status.wording import mails

HOUR: Final = timedelta(hours=1)
TWICE_WITHIN: Final = timedelta(minutes=1)
"""Two changes of a secret so near to each other are one, made twice."""


def send_test(session: Session, row: Subscription, site: str, per_hour: int, now: datetime) -> Message:
    """Let a test go out, signed as news are; it is tried once. Raise Refused when there were enough within an hour.

    Also while one waits, and for a subscription that has ended; one that is paused may be tried.
    """
    if row.state not in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        raise Refused("stopped", "this subscription has ended: subscribe again")
    tests = (
        sa.select(Message.state, Letter.words)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.subscription_id == row.id, Message.frozen_at > now - HOUR)
    )
    states = [state for state, words in session.execute(tests) if words.get("payload", {}).get("kind") == TEST]
    if len(states) >= per_hour or MessageState.WAITING in states:
        raise Refused("tests", f"found {len(states)} tests within an hour, expected at most {per_hour}")
    text = mails.test_text(row.language, site)
    return send_alone(session, row, Said(TEST, mails.test_subject(row.language, site), text, text), now)


def change_secret(session: Session, row: Subscription, data: Path, now: datetime) -> None:
    """Sign with a fresh secret from now on; the one before signs beside it for a while (`[notices] former_secret_h`).

    One that can't be read any more is only replaced. A second change shortly after the first, as by a button pressed
    twice, leaves the one before them: that is the one the program knows. Raise Refused for a subscription without one.
    """
    if not row.secret or row.state not in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        raise Refused("secret", "this subscription has no secret of ours")
    if not _was_just_changed(row, data, now):
        try:
            row.former_secret = seal(data, opened(data, row.secret), now)
        except Refused:
            row.former_secret = ""
    row.secret = seal(data, new_secret(), now)
    session.flush()


def _was_just_changed(row: Subscription, data: Path, now: datetime) -> bool:
    try:
        return bool(row.former_secret and opened(data, row.former_secret, now, TWICE_WITHIN))
    except Refused:
        return False
