"""Which events were written on since somebody looked: by rows that are only ever added, two look-ups by key.

A guess: a link, a place or a row committed late is not among them. The marks find all that differs
(`status.queries.marks`), which takes a thousand times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import AuditEntry, Event, EventUpdate

_SUBJECT: Final = "event:"


@dataclass(frozen=True, slots=True)
class Written:
    """How far the posts (people's and the robot's) and the deeds of people reach."""

    post: int
    deed: int


def read_written(session: Session) -> Written:
    """Say how far they reach now."""
    post = session.scalar(sa.select(sa.func.max(EventUpdate.id)))
    return Written(post or 0, session.scalar(sa.select(sa.func.max(AuditEntry.n))) or 0)


def written_since(session: Session, then: Written) -> frozenset[int]:
    """Give the numbers of the events with a newer post or deed, hidden ones too."""
    deeds = sa.select(sa.func.substr(AuditEntry.subject, len(_SUBJECT) + 1)).where(
        AuditEntry.n > then.deed, AuditEntry.subject.startswith(_SUBJECT)
    )
    posts = sa.select(EventUpdate.event_uid).where(EventUpdate.id > then.post)
    numbers = session.scalars(sa.select(Event.n).where(Event.uid.in_(sa.union(posts, deeds)), Event.n.is_not(None)))
    return frozenset(n for n in numbers if n is not None)
