"""Sign-ins: begun, found by their cookie, kept alive, ended. A session is a row; the cookie holds only chance."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Account, DeskSession
from status.services.identifiers import new_uid

COOKIE_BYTES: Final = 32
SEEN_EVERY: Final = timedelta(seconds=30)
"""A session that is used is noted as seen so often at most."""

SIGNED_OUT: Final = "signed_out"
REVOKED: Final = "revoked"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts without being used, and at all."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Found:
    """A session row with its account. `live`: it may be used; else it ran out, or was ended (`row.ended`)."""

    row: DeskSession
    account: Account
    live: bool
    ends_at: datetime


def begin(session: Session, account: Account, now: datetime, *, address: str = "", browser: str = "") -> str:
    """Begin a session and give its cookie, which is kept nowhere."""
    cookie = secrets.token_urlsafe(COOKIE_BYTES)
    session.add(
        DeskSession(
            cookie_hash=hash_of(cookie), uid=new_uid(now), account_uid=account.uid,
            csrf=secrets.token_urlsafe(COOKIE_BYTES), began_at=now, seen_at=now, ended_at=None, ended="",
            address=address[:64], browser=browser[:200],
        )
    )  # fmt: skip
    account.signed_in_at = now
    session.flush()
    return cookie


def find(session: Session, cookie: str, now: datetime, limits: Limits) -> Found | None:
    """Find the session of a cookie, live or not; None for a cookie we never gave. A disabled account has none."""
    row = session.get(DeskSession, hash_of(cookie))
    account = session.get(Account, row.account_uid) if row is not None else None
    if row is None or account is None or account.disabled_at is not None:
        return None
    ends_at = min(row.seen_at + limits.idle, row.began_at + limits.absolute)
    return Found(row, account, live=row.ended_at is None and now < ends_at, ends_at=ends_at)


def row_of(session: Session, cookie: str) -> DeskSession | None:
    """Give the row of a cookie, whatever became of it."""
    return session.get(DeskSession, hash_of(cookie))


def is_due(row: DeskSession, now: datetime) -> bool:
    """Whether it is time to note that the session is used."""
    return now - row.seen_at >= SEEN_EVERY


def note_seen(session: Session, cookie: str, now: datetime) -> None:
    """Note that a session is used: its idle time begins anew."""
    row = session.get(DeskSession, hash_of(cookie))
    if row is not None and row.ended_at is None:
        row.seen_at = max(row.seen_at, now)


def end(row: DeskSession, how: str, now: datetime) -> None:
    """End a session for good; `how` is SIGNED_OUT or REVOKED."""
    if row.ended_at is None:
        row.ended_at, row.ended = now, how


def sign_out(session: Session, uid: str, now: datetime) -> None:
    """End the session with this uid as its person asked."""
    row = session.scalar(sa.select(DeskSession).where(DeskSession.uid == uid))
    if row is not None:
        end(row, SIGNED_OUT, now)


def revoke(session: Session, account_uid: str, uid: str, now: datetime) -> int:
    """Revoke one session of an account by its uid; give 1, or 0 when it has none such."""
    rows = [row for row in _open(session, account_uid) if row.uid == uid]
    for row in rows:
        end(row, REVOKED, now)
    return len(rows)


def end_all(session: Session, account_uid: str, now: datetime, *, but: str = "") -> int:
    """Revoke every session of an account that has not ended, but the one with the uid `but`; give how many."""
    rows = _open(session, account_uid)
    for row in rows:
        if row.uid != but:
            end(row, REVOKED, now)
    return sum(row.uid != but for row in rows)


def listed(session: Session, account_uid: str, now: datetime, limits: Limits) -> Sequence[DeskSession]:
    """Give an account's live sessions, the one seen last first."""
    rows = _open(session, account_uid)
    return [row for row in rows if now < min(row.seen_at + limits.idle, row.began_at + limits.absolute)]


def hash_of(secret: str) -> str:
    """Give what is stored of a secret of at least 128 bits of chance."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _open(session: Session, account_uid: str) -> Sequence[DeskSession]:
    wanted = sa.select(DeskSession).where(DeskSession.account_uid == account_uid, DeskSession.ended_at.is_(None))
    return session.scalars(wanted.order_by(DeskSession.seen_at.desc())).all()
