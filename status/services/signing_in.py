"""How fast somebody may try to sign in: slowed by account and by address, without locking the owner out.

    begin (counts as a failure at once) ─▶ the password is checked ─▶ forget_try, then the code ─▶ succeeded

Tries are counted before they are judged: many at the same moment count as many. From an address he signed in from
lately a person is slowed by the failures of that address on his name alone, whatever others do elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import SignInAttempt
from status.services.accounts import by_name, fold
from status.services.changing import line_up

MOST_DOUBLINGS: Final = 20
NETWORK_BITS: Final = 64
"""One customer has at least that of IPv6: its addresses count as one."""


@dataclass(frozen=True, slots=True)
class Pace:
    """So many wrong tries within `window` are free; each more doubles the wait, from `wait` up to `wait_most`."""

    tries: int
    address_tries: int
    window: timedelta
    wait: timedelta
    wait_most: timedelta
    known: timedelta


class TooFast(Refused):
    """Tried again before the wait was over. `wait_s`: seconds until the next try is looked at."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("slow_down", f"too many wrong tries: try again in {wait_s} s")
        self.wait_s = wait_s


def begin(session: Session, name: str, address: str, now: datetime, pace: Pace) -> int:
    """Count a try as failed, before it is judged, and give its number. Raise TooFast; then nothing is counted."""
    line_up(session)
    who, place = _who(session, name), place_of(address)
    known = _known(session, who, now - pace.known)
    since = now - pace.window
    tried = _since(session, SignInAttempt.name == who, since)
    if place in known:
        waits = [_wait(_failures([row for row in tried if row.address == place]), pace.tries, now, pace)]
    else:
        strange = [row for row in tried if row.address not in known]
        from_here = [row for row in _since(session, SignInAttempt.address == place, since) if not row.succeeded]
        waits = [
            _wait(_failures(strange), pace.tries, now, pace),
            _wait([row.at for row in from_here], pace.address_tries, now, pace),
        ]
    if max(waits) > timedelta(0):
        raise TooFast(int(max(waits).total_seconds()) + 1)
    attempt = SignInAttempt(at=now, name=who, address=place, succeeded=False)
    session.add(attempt)
    session.flush()
    return attempt.id


def forget_try(session: Session, number: int) -> None:
    """Forget a try whose password was right: what follows is counted by itself."""
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.id == number))


def succeeded(session: Session, number: int) -> None:
    """Note that a try was right: its address is one of the person's own from now on."""
    session.execute(sa.update(SignInAttempt).where(SignInAttempt.id == number).values(succeeded=True))


def place_of(address: str) -> str:
    """Give what counts as one address: an IPv4 address, or an IPv6 /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((found, NETWORK_BITS), strict=False))
    return str(found)


def _who(session: Session, name: str) -> str:
    """Give an account's name; an unknown one by its hash: people type passwords there."""
    folded = fold(name)
    return folded if by_name(session, folded) else f"?{sha256(folded.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _known(session: Session, who: str, since: datetime) -> set[str]:
    wanted = sa.select(SignInAttempt.address).where(
        SignInAttempt.name == who, SignInAttempt.succeeded, SignInAttempt.at >= since
    )
    return set(session.scalars(wanted.distinct()))


def _since(session: Session, which: sa.ColumnElement[bool], since: datetime) -> Sequence[SignInAttempt]:
    wanted = sa.select(SignInAttempt).where(which, SignInAttempt.at >= since)
    return session.scalars(wanted.order_by(SignInAttempt.at, SignInAttempt.id)).all()


def _failures(rows: Sequence[SignInAttempt]) -> list[datetime]:
    """Give the times of the failures since the last success."""
    times: list[datetime] = []
    for row in rows:
        times = [] if row.succeeded else [*times, row.at]
    return times


def _wait(failures: Sequence[datetime], free: int, now: datetime, pace: Pace) -> timedelta:
    """Give how long to wait yet after these failures."""
    over = len(failures) - free
    if over < 0:
        return timedelta(0)
    wait = min(pace.wait * float(2 ** min(over, MOST_DOUBLINGS)), pace.wait_most)
    return failures[-1] + wait - now
