"""What the publisher looks at before each turn: three words of one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.models import Installation


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database says now. `day` is today where the site is: at midnight every day bar changes.

    `redactions` counts the words that were taken away so far: no kept generation may hold them.
    """

    revision: int
    redactions: int
    verified_at: datetime | None
    day: date


def look(session: Session, now: Instant, zone: ZoneInfo) -> Seen | None:
    """Read how the data stands; None before the installation's first start."""
    counters = sa.select(Installation.revision, Installation.redactions, Installation.verified_at)
    row = session.execute(counters.where(Installation.id == 1)).one_or_none()
    return Seen(row[0], row[1], row[2], utc(now.wall).astimezone(zone).date()) if row else None


def must_see(session: Session, now: Instant, zone: ZoneInfo) -> Seen:
    """Read how the data stands in a snapshot, once it was seen before."""
    seen = look(session, now, zone)
    assert seen is not None, "the installation's row is never deleted"
    return seen
