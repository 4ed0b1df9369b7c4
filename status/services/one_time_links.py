"""Links that do one thing for one person, once: set up the first account, take an invitation, reset, demonstrate.

The link is in the person's hands, its SHA-256 in the database. It is used up by `take`; looking does not use it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Account, Actor, OneTimeLink
from status.services.accounts import subject
from status.services.auditing import record
from status.services.sessions import hash_of

SET_UP: Final = "set-up"
INVITE: Final = "invite"
RESET: Final = "reset"
DEMONSTRATION: Final = "demonstration"

LASTS: Final = {
    SET_UP: timedelta(hours=24),
    INVITE: timedelta(hours=1),
    RESET: timedelta(hours=1),
    DEMONSTRATION: timedelta(hours=24),
}
CHANCE_BYTES: Final = 24
"""192 bits."""


def make(session: Session, purpose: str, account: Account | None, author: Actor, now: datetime) -> str:
    """Make a link's token and give it; it is kept nowhere. An earlier one of this purpose and person ends."""
    token = secrets.token_urlsafe(CHANCE_BYTES)
    uid = account.uid if account else None
    earlier = sa.update(OneTimeLink).where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None))
    mine = OneTimeLink.account_uid.is_(None) if uid is None else OneTimeLink.account_uid == uid
    session.execute(earlier.where(mine).values(used_at=now))
    session.add(
        OneTimeLink(
            token_hash=hash_of(token), purpose=purpose, account_uid=uid, event_uid=None, created_at=now,
            expires_at=now + LASTS[purpose], used_at=None,
        )
    )  # fmt: skip
    record(session, author, "link.made", subject(account) if account else "installation", now, after={"for": purpose})
    return token


def find(session: Session, token: str, now: datetime) -> OneTimeLink:
    """Find a link that can still be used. Raise Refused: unknown, used, or run out."""
    row = session.get(OneTimeLink, hash_of(token))
    if row is None or row.purpose not in LASTS:
        raise Refused("link_unknown", "this link is not known: was it copied whole?")
    if row.used_at is not None:
        raise Refused("link_used", "this link has done its work: ask for another one")
    if now >= row.expires_at:
        raise Refused("link_expired", "this link has run out: ask for another one")
    return row


def take(session: Session, row: OneTimeLink, now: datetime) -> None:
    """Use a link up. Raise Refused when somebody else did at the same moment."""
    use = sa.update(OneTimeLink).where(OneTimeLink.token_hash == row.token_hash, OneTimeLink.used_at.is_(None))
    if cast("sa.CursorResult[Any]", session.execute(use.values(used_at=now))).rowcount != 1:
        raise Refused("link_used", "this link has done its work: ask for another one")
