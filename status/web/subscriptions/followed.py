"""The events somebody follows by themselves: by their public numbers in forms, none that the public may not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Event
from status.queries.cards import known
from status.queries.components import Places, read_places
from status.services.subscribing import MOST_FOLLOWS
from status.web.scope import request_scope

MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class FollowedEvent:
    """An event as the form names it."""

    n: int
    title: Mapping[str, str]


def followed(numbers: Collection[str]) -> Sequence[FollowedEvent]:
    """Give the events of these numbers that the reader may know, the newest first; the others are left out."""
    scope = request_scope()
    if not numbers:
        return ()
    rows = _rows(scope.session, read_places(scope.session, scope.audience), numbers)
    return [FollowedEvent(row.n, row.title) for row in rows if row.n is not None]


def uids_of(session: Session, places: Places, numbers: Collection[str]) -> set[str]:
    """Give the uids of events by their numbers. Raise Refused for one the reader may not know, or that never was."""
    if len(numbers) > MOST_FOLLOWS:
        raise Refused("follows", f"found {len(numbers)} events, expected at most {MOST_FOLLOWS}")
    rows = _rows(session, places, numbers) if numbers else ()
    missing = set(numbers) - {str(row.n) for row in rows}
    if missing:
        raise Refused("event", f"there is no event {min(missing)[:20]!r}")
    return {row.uid for row in rows}


def numbers_of(session: Session, uids: Collection[str]) -> frozenset[str]:
    """Give the public numbers of events by their uids."""
    wanted = sa.select(Event.n).where(Event.uid.in_(uids), Event.n.is_not(None))
    return frozenset(str(n) for n in session.scalars(wanted)) if uids else frozenset()


def _rows(
    session: Session, places: Places, numbers: Collection[str]
) -> Sequence[sa.Row[int | None, str, dict[str, str]]]:
    asked = [int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS]
    wanted = sa.select(Event.n, Event.uid, Event.title).where(Event.n.in_(asked), known(places))
    return session.execute(wanted.order_by(Event.n.desc())).all()
