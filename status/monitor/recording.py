"""Observations into the database: small rows in one statement, evidence only for what was not ok."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.sequence import BLOCK
from probes.types import Observation, Outcome
from status.clock import utc
from status.models import Counter, Evidence, Reason
from status.models import Observation as ObservationRow

COLUMNS = (
    "check_id",
    "location_id",
    "sequence",
    "due_ms",
    "late_ms",
    "duration_us",
    "outcome",
    "reason_id",
    "standing",
)
LONGEST_US = 2_000_000_000
"""Durations and delays are stored in 32 bits; longer ones are cut (they can't come from a check)."""


class Recorder:
    """Writes observations of the locations it was told of. Keeps the reasons' numbers; owned by one decider."""

    def __init__(self, locations: dict[str, int]) -> None:
        self._locations = locations
        self._reasons: dict[str, int] = {"": 0}
        table = ObservationRow.__table__
        assert isinstance(table, sa.Table)
        self._insert = table.insert()
        self._sql: str | None = None

    def record(self, session: Session, seen: Sequence[Observation]) -> None:
        """Store these observations. The same one twice raises IntegrityError: nothing of the batch is kept then."""
        if not seen:
            return
        rows = [self._row(session, observation) for observation in seen]
        connection = session.connection()
        connection.exec_driver_sql(self._statement(connection), rows)
        kept = [self._evidence(each) for each in seen if each.outcome is not Outcome.OK or each.request]
        if kept:
            session.execute(sa.insert(Evidence), kept)

    def _row(self, session: Session, seen: Observation) -> tuple[Any, ...]:
        reason = self._reasons.get(seen.reason)
        if reason is None:
            reason = self._reason(session, seen.reason)
        return (
            seen.check_id,
            self._locations[seen.location],
            seen.sequence,
            round(seen.due.wall * 1000),
            min(round((seen.began.steady - seen.due.steady) * 1000), LONGEST_US),
            min(round(seen.duration_s * 1_000_000), LONGEST_US),
            int(seen.outcome),
            reason,
            seen.standing,
        )

    def _evidence(self, seen: Observation) -> dict[str, Any]:
        return {
            "check_id": seen.check_id,
            "location_id": self._locations[seen.location],
            "sequence": seen.sequence,
            "at": utc(seen.began.wall),
            "data": {
                "reason": seen.reason,
                "detail": seen.detail,
                "phases_s": {phase: round(seconds, 6) for phase, seconds in seen.phases_s.items()},
                "evidence": dict(seen.evidence),
                "trace": list(seen.trace),
                **({"request": seen.request} if seen.request else {}),
            },
        }

    def _reason(self, session: Session, slug: str) -> int:
        number = session.scalar(sa.select(Reason.id).where(Reason.slug == slug))
        if number is None:
            number = (session.scalar(sa.select(sa.func.max(Reason.id))) or 0) + 1
            session.add(Reason(id=number, slug=slug))
            session.flush()
            sa.event.listen(session, "after_rollback", lambda _session: self._reasons.pop(slug, None), once=True)
        self._reasons[slug] = number
        return number

    def _statement(self, connection: sa.Connection) -> str:
        if self._sql is None:
            mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
            marks = ", ".join(mark for _ in COLUMNS)
            self._sql = f"INSERT INTO observation ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608 - constants
        return self._sql


def reserve(session: Session, name: str, blocks: int) -> tuple[int, int]:
    """Reserve `blocks` × 1,000 numbers of a persisted counter; give the first one and how many."""
    counter = session.scalar(
        sa.select(Counter).where(Counter.name == name).with_for_update().execution_options(populate_existing=True)
    )
    if counter is None:
        counter = Counter(name=name, next=1)
        session.add(counter)
    start, count = counter.next, blocks * BLOCK
    counter.next = start + count
    session.flush()
    return start, count


def forget_before(session: Session, before_ms: int, *, at_most: int) -> int:
    """Delete at most `at_most` observations due before then (Unix ms), with their evidence; give the count."""
    old = (
        sa.select(ObservationRow.check_id, ObservationRow.location_id, ObservationRow.sequence)
        .where(ObservationRow.due_ms < before_ms)
        .limit(at_most)
    )
    keys: Iterable[Any] = session.execute(old).all()
    keys = list(keys)
    for table in (Evidence, ObservationRow):
        columns = sa.tuple_(table.check_id, table.location_id, table.sequence)
        for start in range(0, len(keys), 300):
            session.execute(sa.delete(table).where(columns.in_([tuple(key) for key in keys[start : start + 300]])))
    return len(keys)
