"""API tokens: shown once, known by their hash, refused once expired or revoked or their owner disabled."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.permissions import Person, Scope
from status.domain.refused import Refused
from status.models import Account, Actor, ApiToken
from status.services.auditing import record
from status.services.identifiers import new_uid
from status.services.sessions import hash_of

PREFIX: Final = "trv_"
CHANCE_BYTES: Final = 20
"""160 bits: 32 characters of base32."""

START_LENGTH: Final = len(PREFIX) + 4
USED_EVERY: Final = timedelta(minutes=1)
NAME_LENGTH: Final = 120
LONGEST: Final = timedelta(days=3_660)


def make(  # noqa: PLR0917 - what a token is made of
    session: Session, account: Account, name: str, scopes: Collection[Scope], expires_at: datetime | None,
    author: Actor, now: datetime,
) -> str:  # fmt: skip
    """Make a token of an account and give it; it is kept nowhere. Raise Refused. None: it never expires."""
    _require_sound(account, name.strip(), scopes, expires_at, now)
    token = PREFIX + b32encode(secrets.token_bytes(CHANCE_BYTES)).decode().lower()
    named = [scope.value for scope in Scope if scope in scopes]
    row = ApiToken(
        uid=new_uid(now), token_hash=hash_of(token), start=token[:START_LENGTH], name=name.strip(),
        account_uid=account.uid, scopes=named, created_at=now, expires_at=expires_at, used_at=None, revoked_at=None,
    )  # fmt: skip
    session.add(row)
    after = {"account": account.name, "name": row.name, "scopes": named, "expires_at": expires_at and str(expires_at)}
    record(session, author, "token.made", f"token:{row.uid}", now, after=after)
    return token


def of_token(session: Session, token: str, now: datetime) -> tuple[ApiToken, Account] | None:
    """Give a token's row and its account; None when unknown, expired or revoked, or when the account is disabled."""
    wanted = hash_of(token)
    row = session.scalar(sa.select(ApiToken).where(ApiToken.token_hash == wanted))
    # The look-up sees only a hash of 160 random bits; comparing it again costs nothing and takes constant time.
    if row is None or not hmac.compare_digest(row.token_hash, wanted) or not is_live(row, now):
        return None
    account = session.get_one(Account, row.account_uid)
    return None if account.disabled_at is not None else (row, account)


def is_live(row: ApiToken, now: datetime) -> bool:
    """Whether a token is neither revoked nor expired."""
    return row.revoked_at is None and (row.expires_at is None or now < row.expires_at)


def is_due(row: ApiToken, now: datetime) -> bool:
    """Whether it is time to note that a token is used: once a minute, or when the clock was set back."""
    return row.used_at is None or abs(now - row.used_at) >= USED_EVERY


def note_used(session: Session, row: ApiToken, now: datetime) -> None:
    """Note that a token is used, at most once a minute. `row` may come from another session."""
    if is_due(row, now):
        session.execute(sa.update(ApiToken).where(ApiToken.uid == row.uid).values(used_at=now))


def person_of_token(row: ApiToken, account: Account) -> Person:
    """Give the person who asks with a token: his role and areas, the token's scopes."""
    known = {scope.value: scope for scope in Scope}
    scopes = frozenset(known[name] for name in row.scopes if name in known)
    areas = frozenset(account.areas)
    return Person(account.uid, account.name, account.role, account.language, areas, scopes)


def revoke(session: Session, row: ApiToken, author: Actor, now: datetime) -> None:
    """Let a token be refused from now on. Revoking again does nothing."""
    if row.revoked_at is None:
        row.revoked_at = now
        record(session, author, "token.revoked", f"token:{row.uid}", now, after={"name": row.name})


def revoke_all(session: Session, account: Account, author: Actor, now: datetime) -> int:
    """Revoke every token of an account that is not revoked; give how many."""
    rows = [row for row in listed(session, account.uid) if row.revoked_at is None]
    for row in rows:
        revoke(session, row, author, now)
    return len(rows)


def find(session: Session, uid: str) -> ApiToken:
    """Find a token's row by its uid, or by how it starts when one alone does. Raise Refused."""
    wanted = sa.select(ApiToken).where(sa.or_(ApiToken.uid == uid, ApiToken.start == uid))
    rows = session.scalars(wanted).all()
    if len(rows) != 1:
        found = f"{len(rows)} tokens start so, give the uid" if rows else "`travaux token list` has all"
        raise Refused("no_such_token", f"there is no single token {uid[:40]!r}: {found}")
    return rows[0]


def listed(session: Session, account_uid: str | None = None) -> Sequence[ApiToken]:
    """Give an account's tokens (None: everybody's), the newest first, revoked and expired ones too."""
    wanted = sa.select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.uid)
    if account_uid is not None:
        wanted = wanted.where(ApiToken.account_uid == account_uid)
    return session.scalars(wanted).all()


def _require_sound(
    account: Account, name: str, scopes: Collection[Scope], expires_at: datetime | None, now: datetime
) -> None:
    if account.disabled_at is not None:
        raise Refused("account_disabled", f"{account.name} is disabled: enable the account before it gets a token")
    if not name or len(name) > NAME_LENGTH:
        raise Refused(
            "token_name", f"found a name of {len(name)} characters, expected 1 to {NAME_LENGTH}: what it is for"
        )
    if not scopes:
        raise Refused("scopes", f"found no scope, expected one or more of {', '.join(scope.value for scope in Scope)}")
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise Refused("expires_at", f"found {expires_at:%Y-%m-%d %H:%M}, expected a time to come, within ten years")
