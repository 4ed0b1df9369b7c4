"""What the checks saw up to a time, from the rows that are still kept (48 h)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Outcome
from status.clock import utc
from status.models import Actor, Check, Event, Evidence, Location, Observation, Reason

LOOKS: Final = 3
"""How many of the last looks of a check are told, by location."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One run of a check. `outcome` None: its row is no longer kept. `detail` is what an engineer reads."""

    check: str
    location: str
    sequence: int
    began_at: datetime | None
    duration_s: float | None
    outcome: Outcome | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """A check with its last looks by location, the newest first."""

    name: str
    kind: str
    looks: Mapping[str, tuple[Looked, ...]]


class Names:
    """What numbers stand for; read once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.locations = dict(session.execute(sa.select(Location.id, Location.slug)).all())
        self.location_ids = {slug: id_ for id_, slug in self.locations.items()}
        self.reasons = dict(session.execute(sa.select(Reason.id, Reason.slug)).all())
        self.actors = dict(session.execute(sa.select(Actor.id, Actor.name)).all())
        self.checks = dict(session.execute(sa.select(Check.id, Check.name)).all())

    def event(self, uid: str | None) -> str | None:
        """Give an event's number, else its uid."""
        if uid is None:
            return None
        n = self.session.scalar(sa.select(Event.n).where(Event.uid == uid))
        return f"FS#{n}" if n is not None else uid


def last_looks(session: Session, names: Names, check: Check, at: datetime) -> CheckSeen:
    """Give a check with its last looks that had answered by then, from each location."""
    at_ms = round(at.timestamp() * 1000)
    arrived = Observation.due_ms + Observation.late_ms + Observation.duration_us / 1000
    looks = {}
    for location_id, slug in sorted(names.locations.items(), key=lambda pair: pair[1]):
        rows = session.scalars(
            sa.select(Observation)
            .where(Observation.check_id == check.id, Observation.location_id == location_id)
            .where(Observation.due_ms <= at_ms, arrived <= at_ms)
            .order_by(Observation.sequence.desc())
            .limit(LOOKS)
        ).all()
        if rows:
            keys = [(check.id, location_id, row.sequence) for row in rows]
            looks[slug] = looks_of(session, names, keys)
    return CheckSeen(check.name, check.kind, looks)


def looks_of(session: Session, names: Names, keys: Iterable[tuple[int, int, int]]) -> tuple[Looked, ...]:
    """Give the runs with these keys (check, location, sequence), in this order."""
    keys = list(keys)
    rows = _by_key(session, Observation, keys)
    kept = _by_key(session, Evidence, keys)
    found = []
    for key in keys:
        row, evidence = rows.get(key), kept.get(key)
        found.append(
            Looked(
                check=names.checks.get(key[0], str(key[0])),
                location=names.locations.get(key[1], str(key[1])),
                sequence=key[2],
                began_at=utc((row.due_ms + row.late_ms) / 1000) if row else None,
                duration_s=row.duration_us / 1e6 if row else None,
                outcome=Outcome(row.outcome) if row else None,
                reason=names.reasons.get(row.reason_id, "") if row else "",
                detail=str(evidence.data.get("detail", "")) if evidence else "",
            )
        )
    return tuple(found)


def _by_key(session: Session, table: Any, keys: Sequence[tuple[int, int, int]]) -> dict[tuple[int, int, int], Any]:
    if not keys:
        return {}
    columns = sa.tuple_(table.check_id, table.location_id, table.sequence)
    rows = session.scalars(sa.select(table).where(columns.in_(keys)))
    return {(row.check_id, row.location_id, row.sequence): row for row in rows}
