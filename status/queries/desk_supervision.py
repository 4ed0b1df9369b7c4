"""Supervision as the desk reads it: where it looks from and how well, which processes live, what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Inbox, Installation, Instruction, Lease, Location, Observation
from status.queries.locations import Place, places

LOOKS_OVER: Final = timedelta(minutes=5)
LATE_AFTER: Final = timedelta(seconds=60)
"""The monitor commits every 5 s, the supervisor kills a process that says nothing for a minute."""


@dataclass(frozen=True, slots=True)
class LookingPlace:
    """A location with its last self-test (None: it has no references) and how often it looked in five minutes."""

    place: Place
    tested_at: datetime | None
    tested_well: int | None
    tested_of: int | None
    looks: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for the monitor: how many, and since when the oldest does (None: none)."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Supervised:
    """Who decides, and what waits for him. `verified_at`: the decider's last commit, None before the first one."""

    verified_at: datetime | None
    leases: tuple[Lease, ...]
    inbox: Queue
    instructions: Queue


def looking_places(session: Session, here: str, now: datetime, silent_after_s: float) -> Sequence[LookingPlace]:
    """Give every location, the retired ones last. Three statements."""
    rows = {row.slug: row for row in session.scalars(sa.select(Location))}
    since_ms = round((now - LOOKS_OVER).timestamp() * 1000)
    counted = sa.select(Observation.location_id, sa.func.count()).where(Observation.due_ms >= since_ms)
    looks = dict(session.execute(counted.group_by(Observation.location_id)).all())
    found = []
    for place in places(session, here, now, silent_after_s):
        row = rows[place.slug]
        count = looks.get(row.id, 0)
        found.append(LookingPlace(place, row.tested_at, row.tested_well, row.tested_of, count))
    return found


def supervised(session: Session) -> Supervised:
    """Give who decides and what waits for him. Four statements."""
    installation = session.get(Installation, 1)
    return Supervised(
        verified_at=installation.verified_at if installation else None,
        leases=tuple(session.scalars(sa.select(Lease).order_by(Lease.name))),
        inbox=_queue(session, sa.select(sa.func.count(), sa.func.min(Inbox.received_at))),
        instructions=_queue(
            session, sa.select(sa.func.count(), sa.func.min(Instruction.at)).where(Instruction.done_at.is_(None))
        ),
    )


def is_late(at: datetime | None, now: datetime) -> bool:
    """Whether a sign of life is older than a minute, or never came."""
    return at is None or now - at > LATE_AFTER


def _queue(session: Session, statement: sa.Select[int, datetime]) -> Queue:
    count, since = session.execute(statement).one()
    return Queue(count, since)
