"""Bringing subscribers in from a file, a slice a transaction: nothing that watches waits for a long list.

Who is known already keeps what he chose; who said stop, or was erased, is left out. So a second run of the same file
changes nothing, and one that was cut short goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.subscriptions import FollowKind, SubscriptionState, bits_of
from status.models import EndedAddress, Follow, Subscription
from status.services import subscribing
from status.services.identifiers import new_uid
from status.services.import_file import Fault
from status.services.subscriber_file import Wanted
from status.services.subscribing import hash_of

SLICE: Final = 25
"""So many subscribers a transaction: well under 50 ms of the write lock."""

SAID_YES: Final = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)
ASKED: Final = (*SAID_YES, SubscriptionState.UNCONFIRMED)
"""Nobody is asked a second time by a second import."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What stands for those of whom the file does not say how and when they said yes."""

    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """How many were added, were known already, and had ended: those are never brought back."""

    added: int = 0
    known: int = 0
    ended: int = 0

    def __add__(self, other: BroughtIn) -> BroughtIn:
        """Add up two slices."""
        return BroughtIn(self.added + other.added, self.known + other.known, self.ended + other.ended)


def faults_of_consent(wanted: Sequence[Wanted], said: str, now: datetime) -> tuple[Fault, ...]:
    """Give what is wrong with lines that are to be taken as confirmed: none says how, or it lies ahead."""
    faults = []
    for one in wanted:
        if not one.consent and not said:
            faults.append(Fault(one.place, "consent is empty: say how this address said yes, here or by --consent"))
        if one.confirmed_at is not None and one.confirmed_at > now:
            faults.append(Fault(one.place, f"confirmed_at: found {one.confirmed_at.isoformat()}, which lies ahead"))
    return tuple(faults)


def sort_out(
    session: Session, key: bytes, wanted: Sequence[Wanted], known_in: Collection[SubscriptionState]
) -> tuple[Sequence[Wanted], BroughtIn]:
    """Give those of a slice that are to be added, and how many are not. Two statements; writes nothing.

    `known_in`: the states in which an address is known already, SAID_YES or ASKED.
    """
    hashes = [hash_of(key, one.address.channel, one.address.text) for one in wanted]
    ended_as = [subscribing.ended_as(hashed, one.customer_uid) for hashed, one in zip(hashes, wanted, strict=True)]
    kept = EndedAddress.address_hash.in_({hashed for each in ended_as for hashed in each})
    ended = set(session.scalars(sa.select(EndedAddress.address_hash).where(kept)))
    here = (
        sa.select(Subscription.address_hash, Subscription.customer_uid)
        .where(Subscription.address_hash.in_(hashes))
        .where(Subscription.state.in_(known_in))
    )
    known = {(hashed, customer) for hashed, customer in session.execute(here)}
    live = [
        (hashed, one)
        for hashed, each, one in zip(hashes, ended_as, wanted, strict=True)
        if ended.isdisjoint(each)
    ]  # fmt: skip
    new = [one for hashed, one in live if (hashed, one.customer_uid) not in known]
    return new, BroughtIn(len(new), len(live) - len(new), len(wanted) - len(live))


def bring_in(
    session: Session, key: bytes, new: Sequence[Wanted], consent: Consent, seal: Callable[[Wanted], str]
) -> None:
    """Add subscribers that said yes elsewhere. `seal` gives the sealed secret of one, "" where it has none."""
    rows = [_row(key, one, consent, seal) for one in new]
    session.add_all(rows)
    session.flush()
    for row, one in zip(rows, new, strict=True):
        follows = one.wish.follows or {(FollowKind.ALL, "")}
        session.add_all(Follow(subscription_id=row.id, kind=kind, key=key_) for kind, key_ in sorted(follows, key=str))
    session.flush()


def ask_all(  # noqa: PLR0917 - whom, for whom, when, how
    session: Session, key: bytes, new: Sequence[Wanted], site: str, now: datetime, seal: Callable[[Wanted], str]
) -> None:
    """Ask addresses whether they want to be told; nothing else is sent to them before they say yes."""
    for one in new:
        row = subscribing.subscribe(session, key, one.address, one.wish, one.language, now, one.customer_uid, seal(one))
        subscribing.ask(session, row, site, now)


def _row(key: bytes, one: Wanted, consent: Consent, seal: Callable[[Wanted], str]) -> Subscription:
    wish = one.wish
    begins, ends = wish.quiet or (None, None)
    at = one.confirmed_at or consent.at
    return Subscription(
        uid=new_uid(consent.at), channel=one.address.channel, address=one.address.text,
        address_hash=hash_of(key, one.address.channel, one.address.text), domain=one.address.domain,
        language=one.language, customer_uid=one.customer_uid, state=one.state, types=bits_of(wish.types),
        least_impact=wish.least_impact, pace=wish.pace, digest_minute=wish.digest_minute,
        digest_weekday=wish.digest_weekday, quiet_from=begins, quiet_to=ends, per_hour=wish.per_hour,
        secret=seal(one), options=dict(wish.options), created_at=consent.at, confirmed_at=at,
        consent=one.consent or consent.said, ended_at=consent.at if one.state is SubscriptionState.PAUSED else None,
    )  # fmt: skip
