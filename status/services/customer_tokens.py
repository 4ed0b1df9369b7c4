"""The tokens that open a customer's private pages: shown once, known by their hash, refused once revoked or retired."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Actor, Customer, CustomerToken
from status.services.auditing import record
from status.services.identifiers import new_uid
from status.services.sessions import hash_of

CHANCE_BYTES: Final = 24
"""192 bits: 32 characters of base64url."""

LENGTH: Final = 32
START_LENGTH: Final = 6
MOST: Final = 20
"""So many tokens of one customer are good at once."""


def make(session: Session, customer: Customer, author: Actor, now: datetime) -> str:
    """Make a token beside those a customer has, and give it; it is kept nowhere. Raise Refused."""
    if customer.retired_at is not None:
        raise Refused("retired", f"{customer.external_ref} is retired: import it again before it gets a token")
    if len(live(session, customer.uid)) >= MOST:
        raise Refused("taken", f"{customer.external_ref} has {MOST} tokens: revoke one, or rotate them all")
    token = secrets.token_urlsafe(CHANCE_BYTES)
    row = CustomerToken(
        uid=new_uid(now), customer_uid=customer.uid, token_hash=hash_of(token), start=token[:START_LENGTH],
        created_at=now, revoked_at=None,
    )  # fmt: skip
    session.add(row)
    record(session, author, "customer.token-made", f"customer:{customer.uid}", now, after={"token": row.uid})
    return token


def rotate(session: Session, customer: Customer, author: Actor, now: datetime) -> str:
    """Revoke every token of a customer and give a new one. Raise Refused."""
    for row in live(session, customer.uid):
        revoke(session, row, author, now)
    return make(session, customer, author, now)


def revoke(session: Session, row: CustomerToken, author: Actor, now: datetime) -> None:
    """Let a token open nothing from now on. Revoking again does nothing."""
    if row.revoked_at is None:
        row.revoked_at = now
        subject = f"customer:{row.customer_uid}"
        record(session, author, "customer.token-revoked", subject, now, after={"token": row.uid})


def find(session: Session, customer: Customer, name: str) -> CustomerToken:
    """Find a token of a customer by its uid, or by how it starts when one alone does. Raise Refused."""
    rows = [row for row in listed(session, customer.uid) if name in {row.uid, row.start}]
    if len(rows) != 1:
        found = f"{len(rows)} tokens start so, give the uid" if rows else "`travaux customer show` has them"
        raise Refused("no_such_token", f"{customer.external_ref} has no single token {name[:40]!r}: {found}")
    return rows[0]


def listed(session: Session, customer_uid: str) -> Sequence[CustomerToken]:
    """Give a customer's tokens, the newest first, revoked ones too."""
    wanted = sa.select(CustomerToken).where(CustomerToken.customer_uid == customer_uid)
    return session.scalars(wanted.order_by(CustomerToken.created_at.desc(), CustomerToken.uid)).all()


def live(session: Session, customer_uid: str) -> list[CustomerToken]:
    """Give those that are good."""
    return [row for row in listed(session, customer_uid) if row.revoked_at is None]


def customer_of(session: Session, token: str) -> Customer | None:
    """Give whom a token is of; None when unknown or revoked, or when the customer is retired. One statement."""
    if len(token) != LENGTH or not token.isascii():
        return None
    # The look-up sees only a hash of 192 random bits: how long it takes says nothing of the token.
    return session.scalar(
        sa.select(Customer)
        .join(CustomerToken, CustomerToken.customer_uid == Customer.uid)
        .where(CustomerToken.token_hash == hash_of(token), CustomerToken.revoked_at.is_(None))
        .where(Customer.retired_at.is_(None))
    )
