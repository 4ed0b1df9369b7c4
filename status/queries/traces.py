"""What runs left that were not well, or that a person asked for: phase times, evidence, the lines of the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Evidence, Location


@dataclass(frozen=True, slots=True)
class Trace:
    """One run's. `reason` empty: it was well; `phases` in seconds; `request` is the uid a person's run is found by."""

    at: datetime
    location: str
    sequence: int
    reason: str
    detail: str
    phases: Mapping[str, float]
    evidence: Mapping[str, Any]
    lines: Sequence[str]
    request: str


def last_traces(session: Session, check_id: int, limit: int) -> list[Trace]:
    """Give a check's last ones, the newest first."""
    rows = session.execute(_kept(check_id).order_by(Evidence.at.desc()).limit(limit)).all()
    return [_trace(row, slug) for row, slug in rows]


def trace_of(session: Session, check_id: int, request_uid: str) -> Trace | None:
    """Give what the run of this request left, however many came after it; None while there is none."""
    its = _kept(check_id).where(Evidence.data["request"].as_string() == request_uid)
    found = session.execute(its.order_by(Evidence.at).limit(1)).first()
    return _trace(*found) if found is not None else None


def _kept(check_id: int) -> sa.Select[Evidence, str]:
    kept = sa.select(Evidence, Location.slug).join(Location, Location.id == Evidence.location_id)
    return kept.where(Evidence.check_id == check_id)


def _trace(row: Evidence, location: str) -> Trace:
    data = row.data
    return Trace(
        at=row.at, location=location, sequence=row.sequence, reason=str(data.get("reason", "")),
        detail=str(data.get("detail", "")), phases=data.get("phases_s", {}), evidence=data.get("evidence", {}),
        lines=tuple(map(str, data.get("trace", ()))), request=str(data.get("request", "")),
    )  # fmt: skip
