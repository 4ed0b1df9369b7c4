"""How a person is reached when he is on duty: one way for each channel, in his order; two kinds are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Account, Actor, ContactWay
from status.services.accounts import subject
from status.services.auditing import record
from status.services.sealing import opened, seal
from status.services.subscribing import new_secret

ENOUGH: Final = 2
"""So many ways of different kind a person on duty should have."""

MAIL: Final = "email"


@dataclass(frozen=True, slots=True)
class Way:
    """A way as a person gives it: the channel, the address as the channel keeps it, whether the channel signs."""

    channel: str
    address: str
    signs: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """A way to reach somebody, ready to be used; `secret` is open."""

    channel: str
    address: str
    secret: str
    options: Mapping[str, Any]


def set_way(session: Session, data: Path, account: Account, way: Way, author: Actor, *, now: datetime) -> str:
    """Keep a person's way, the last in his order when it is new; give the secret it is signed with.

    The secret is made with the way where the channel signs, and told this once; empty otherwise.
    """
    rows = {row.channel: row for row in listed(session, account.uid)}
    row, secret = rows.get(way.channel), ""
    if row is None:
        secret = new_secret() if way.signs else ""
        row = ContactWay(
            account_uid=account.uid, channel=way.channel, address="", options={}, created_at=now,
            secret=seal(data, secret, now) if secret else "",
            position=max((each.position for each in rows.values()), default=0) + 1,
        )  # fmt: skip
        session.add(row)
    row.address = way.address
    record(session, author, "contact.set", subject(account), now, after={"channel": way.channel})
    return secret


def remove(session: Session, account: Account, channel: str, author: Actor, now: datetime) -> None:
    """Forget a way. Raise Refused when there is none on this channel."""
    session.delete(_of(session, account, channel))
    record(session, author, "contact.removed", subject(account), now, before={"channel": channel})


def put_first(session: Session, account: Account, channel: str, author: Actor, now: datetime) -> None:
    """Let a way be the first that is used. Raise Refused when there is none on this channel."""
    first = _of(session, account, channel)
    first.position = min(row.position for row in listed(session, account.uid)) - 1
    record(session, author, "contact.first", subject(account), now, after={"channel": channel})


def listed(session: Session, account_uid: str) -> Sequence[ContactWay]:
    """Give a person's ways in his order."""
    wanted = sa.select(ContactWay).where(ContactWay.account_uid == account_uid)
    return session.scalars(wanted.order_by(ContactWay.position, ContactWay.id)).all()


def reached(session: Session, data: Path, account: Account) -> tuple[Reached, ...]:
    """Give the ways a person is reached by, in his order; without any, the mail address of his account."""
    rows = listed(session, account.uid)
    if not rows and account.email:
        return (Reached(MAIL, account.email, "", {}),)
    return tuple(
        Reached(row.channel, row.address, opened(data, row.secret) if row.secret else "", row.options) for row in rows
    )


def _of(session: Session, account: Account, channel: str) -> ContactWay:
    row = next((each for each in listed(session, account.uid) if each.channel == channel), None)
    if row is None:
        raise Refused("no_such_way", f"{account.name} has no contact way {channel[:40]!r}")
    return row
