"""The acknowledge link: for an hour one person may say of one event "I am on it", without signing in.

It may be pressed more than once: the first press acknowledges, later ones tell who has. Looking changes nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from status.domain.permissions import Deed, Person
from status.domain.refused import Refused
from status.models import Account, Actor, Event, OneTimeLink
from status.services import actors, allowing, assigning
from status.services.auditing import record
from status.services.changing import line_up
from status.services.sessions import hash_of

PURPOSE: Final = "acknowledge"
LASTS: Final = timedelta(hours=1)
CHANCE_BYTES: Final = 24
"""192 bits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks of whom. `by` is who has acknowledged the event already."""

    link: OneTimeLink
    account: Account
    event: Event
    by: Actor | None


def make_link(session: Session, account: Account, event: Event, author: Actor, now: datetime) -> str:
    """Make a link's token and give it; only its hash is kept. Raise Refused when this person may not acknowledge."""
    _require(session, account, event)
    token = secrets.token_urlsafe(CHANCE_BYTES)
    session.add(
        OneTimeLink(
            token_hash=hash_of(token), purpose=PURPOSE, account_uid=account.uid, event_uid=event.uid,
            created_at=now, expires_at=now + LASTS, used_at=None,
        )
    )  # fmt: skip
    record(session, author, "link.made", f"account:{account.uid}", now, after={"for": PURPOSE, "event": event.uid})
    return token


def find(session: Session, token: str, now: datetime) -> Asked:
    """Find what a link asks. Raise Refused: unknown, run out, or its person may not (any more)."""
    link = session.get(OneTimeLink, hash_of(token))
    if link is None or link.purpose != PURPOSE:
        raise Refused("link_unknown", "this link is not known: was it copied whole?")
    if now >= link.expires_at:
        raise Refused("link_expired", "this link has run out, an hour after it was made: sign in to the desk")
    account, event = session.get_one(Account, link.account_uid), session.get_one(Event, link.event_uid)
    _require(session, account, event)
    by = session.get_one(Actor, event.acknowledged_by) if event.acknowledged_by is not None else None
    return Asked(link, account, event, by)


def press(session: Session, token: str, now: datetime) -> Asked:
    """Acknowledge the event, unless somebody has; give what then holds. Raise Refused as `find` does."""
    line_up(session)
    asked = find(session, token, now)
    if asked.by is not None:
        return asked
    author = actors.of_account(session, asked.account.uid, asked.account.name)
    assigning.acknowledge(session, asked.event, author, now)
    asked.link.used_at = now
    session.flush()
    return Asked(asked.link, asked.account, asked.event, author)


def _require(session: Session, account: Account, event: Event) -> None:
    if account.disabled_at is not None:
        raise Refused("link_unknown", "the account of this link is disabled")
    person = Person(account.uid, account.name, account.role, account.language, frozenset(account.areas))
    allowing.require_on_event(session, person, Deed.ACKNOWLEDGE, event)
