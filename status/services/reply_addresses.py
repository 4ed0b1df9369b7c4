"""Addresses by which a person's mail about an event comes in: made, and believed only with our signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from status.domain.mail_address import Claim, make_address, read_address, written_start
from status.domain.refused import Refused
from status.models import Account, Event
from status.services.sealing import KEY_FILE, make_key

LASTS: Final = timedelta(hours=24)
ALIKE: Final = 100
"""At most so many rows that begin alike are compared with a signature."""

Row = TypeVar("Row", Account, Event)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where replies come to, and the key that their addresses are signed with."""

    address: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom and what a believed address stands for."""

    account: Account
    event: Event


def key_of(data: Path) -> bytes:
    """Derive the key of addresses from the installation's secret key (HKDF, RFC 5869). Raise OSError."""
    make_key(data)
    secret = (data / KEY_FILE).read_bytes().strip()
    return HKDF(SHA256(), 32, salt=None, info=b"travaux mail address").derive(secret)


def address_for(mailbox: Mailbox, account: Account, event: Event, now: datetime) -> str:
    """Give the address a person answers to about an event, for a day. Raise Refused where no mail is taken in."""
    if not mailbox.address:
        raise Refused("no_mail_in", "no mail is taken in here: set [mail_in] address")
    return make_address(mailbox.address, mailbox.key, account.uid, event.uid, now + LASTS)


def believed(session: Session, mailbox: Mailbox, address: str, now: datetime) -> Sender:
    """Find whom and what an address was made for.

    Raise Refused: `bad_address` for one we did not make, `expired` for one that was, but has ended.
    """
    claim = read_address(mailbox.address, address)
    sender = _signed(session, mailbox, claim) if claim is not None else None
    if claim is None or sender is None:
        raise Refused("bad_address", "this address was not made here, or was changed: answer to the one you were given")
    if claim.until <= now:
        raise Refused("expired", "this address has ended, a day after it was made: use the desk, or a newer one")
    return sender


def _signed(session: Session, mailbox: Mailbox, claim: Claim) -> Sender | None:
    accounts = _beginning(session, Account, claim.account_start)
    events = _beginning(session, Event, claim.event_start)
    for account in accounts:
        for event in events:
            if claim.is_signed(mailbox.key, account.uid, event.uid):
                return Sender(account, event)
    return None


def _beginning(session: Session, model: type[Row], start: bytes) -> list[Row]:
    """Give the rows whose uid begins so: as a rule one, as the start holds the millisecond it was made."""
    wanted = sa.select(model).where(model.uid.startswith(written_start(start))).order_by(model.uid).limit(ALIKE)
    return list(session.scalars(wanted))
