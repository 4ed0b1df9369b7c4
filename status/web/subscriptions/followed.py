"""The events somebody follows by themselves: by their public numbers in forms, none that the public may not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import ENDED_STATES, Publication
from status.models import Event
from status.queries.cards import known
from status.queries.components import Places, read_places
from status.services.subscribing import MOST_FOLLOWS
from status.web.scope import request_scope

MOST_DIGITS: Final = 9
MOST_MERGES: Final = 20
"""One into the other; far more than ever were."""


@dataclass(frozen=True, slots=True)
class FollowedEvent:
    """An event as the form names it. `is_over`: ended or withdrawn, so there is nothing to follow any more."""

    n: int
    uid: str
    title: Mapping[str, str]
    is_over: bool


def followed(numbers: Collection[str]) -> Sequence[FollowedEvent]:
    """Give the events of these numbers that the reader may know, the newest first; the others are left out.

    Of one that was merged, the one it went into.
    """
    scope = request_scope()
    places = read_places(scope.session, scope.audience)
    found = {event.n: event for event in _by_number(scope.session, places, numbers).values()}
    return [found[n] for n in sorted(found, reverse=True)]


def uids_of(session: Session, places: Places, numbers: Collection[str], held: Collection[str] = ()) -> set[str]:
    """Give the uids of events by their numbers; of one that was merged, of the one it went into.

    Raise Refused for one the reader may not know, or that never was; also for one that is over, unless it is among the
    numbers of `held`.
    """
    if len(numbers) > MOST_FOLLOWS:
        raise Refused("follows", f"found {len(numbers)} events, expected at most {MOST_FOLLOWS}")
    found = _by_number(session, places, numbers)
    missing = set(numbers) - found.keys()
    if missing:
        raise Refused("event", f"there is no event {min(missing)[:20]!r}")
    over = [event.n for event in found.values() if event.is_over and str(event.n) not in held]
    if over:
        raise Refused("over", f"event {min(over)} is over: there is nothing to follow")
    return {event.uid for event in found.values()}


def numbers_of(session: Session, uids: Collection[str]) -> frozenset[str]:
    """Give the public numbers of events by their uids; of those that were merged, of what they went into."""
    if not uids:
        return frozenset()
    wanted = sa.select(Event.n).where(Event.uid.in_(set(_into(session, uids).values())), Event.n.is_not(None))
    return frozenset(str(n) for n in session.scalars(wanted))


def _by_number(session: Session, places: Places, numbers: Collection[str]) -> dict[str, FollowedEvent]:
    """Give what the reader may know of the events of these numbers, by the numbers that were asked for."""
    asked = [int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS]
    if not asked:
        return {}
    named = session.execute(sa.select(Event.n, Event.uid).where(Event.n.in_(asked), known(places)))
    uids = {str(n): uid for n, uid in named}
    into = _into(session, uids.values())
    wanted = sa.select(Event.n, Event.uid, Event.title, Event.state, Event.publication)
    found = {
        uid: FollowedEvent(n, uid, title, state in ENDED_STATES or publication is Publication.WITHDRAWN)
        for n, uid, title, state, publication in session.execute(
            wanted.where(Event.uid.in_(set(into.values())), known(places))
        )
        if n is not None
    }
    return {n: found[into[uid]] for n, uid in uids.items() if n in numbers and into[uid] in found}


def _into(session: Session, uids: Collection[str]) -> dict[str, str]:
    """Give what each event went into, down the chain of merges; itself where it was not merged."""
    into = {uid: uid for uid in uids}
    for _ in range(MOST_MERGES):
        merged = Event.uid.in_(set(into.values())) & Event.merged_into.is_not(None)
        rows = session.execute(sa.select(Event.uid, Event.merged_into).where(merged))
        further = {uid: target for uid, target in rows if target is not None}
        if not further:
            break
        into = {uid: further.get(target, target) for uid, target in into.items()}
    return into
