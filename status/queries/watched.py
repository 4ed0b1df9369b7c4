"""Checks and their runs, for programs with a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Check, Component, DetectionState, Evidence, Hold, Location, Observation, Reason

LookKey = tuple[int, int, int]
"""When a run was due (Unix milliseconds), its location's id, its sequence: the order runs are listed in."""


@dataclass(frozen=True, slots=True)
class WatchedCheck:
    """A check with its component's slug, its verdict in detection's own word, and its holds not ended."""

    check: Check
    component: str
    verdict: str | None
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it is kept. `detail` is what an engineer reads of one that was not ok."""

    row: Observation
    location: str
    reason: str
    detail: str


def list_checks(session: Session, which: sa.ColumnElement[bool], now: datetime) -> tuple[WatchedCheck, ...]:
    """Give checks by id. Three statements."""
    rows = session.execute(
        sa.select(Check, Component.slug)
        .join(Component, Component.id == Check.component_id)
        .where(which)
        .order_by(Check.id)
    ).all()  # fmt: skip
    ids = [check.id for check, _ in rows]
    states: Mapping[int, str | None] = {
        row.check_id: row.data.get("verdict")
        for row in session.scalars(sa.select(DetectionState).where(DetectionState.check_id.in_(ids)))
    }
    held: dict[int, list[Hold]] = {}
    active = Hold.ended_at.is_(None) & (Hold.until.is_(None) | (Hold.until > now))
    for hold in session.scalars(sa.select(Hold).where(Hold.check_id.in_(ids), active).order_by(Hold.id)):
        held.setdefault(hold.check_id, []).append(hold)
    return tuple(WatchedCheck(check, slug, states.get(check.id), tuple(held.get(check.id, ()))) for check, slug in rows)


def list_runs(
    session: Session, check_id: int, limit: int, *,
    since: datetime | None = None, until: datetime | None = None, location_id: int | None = None,
    before: LookKey | None = None,
) -> tuple[Run, ...]:  # fmt: skip
    """Give at most `limit` runs of a check that are still kept, the youngest first. Four statements."""
    key = sa.tuple_(Observation.due_ms, Observation.location_id, Observation.sequence)
    statement = sa.select(Observation).where(Observation.check_id == check_id)
    if since is not None:
        statement = statement.where(Observation.due_ms >= round(since.timestamp() * 1000))
    if until is not None:
        statement = statement.where(Observation.due_ms < round(until.timestamp() * 1000))
    if location_id is not None:
        statement = statement.where(Observation.location_id == location_id)
    if before is not None:
        statement = statement.where(key < sa.tuple_(*(sa.literal(part) for part in before)))
    order = (Observation.due_ms.desc(), Observation.location_id.desc(), Observation.sequence.desc())
    rows = session.scalars(statement.order_by(*order).limit(limit)).all()
    return _runs(session, rows)


def _runs(session: Session, rows: Sequence[Observation]) -> tuple[Run, ...]:
    locations = dict(session.execute(sa.select(Location.id, Location.slug)).all())
    reasons = dict(session.execute(sa.select(Reason.id, Reason.slug)).all())
    details: dict[tuple[int, int], str] = {}
    if rows:
        kept = sa.select(Evidence).where(
            Evidence.check_id == rows[0].check_id, Evidence.sequence.in_([row.sequence for row in rows])
        )
        details = {(row.location_id, row.sequence): str(row.data.get("detail", "")) for row in session.scalars(kept)}
    return tuple(
        Run(
            row, locations.get(row.location_id, str(row.location_id)), reasons.get(row.reason_id, ""),
            details.get((row.location_id, row.sequence), ""),
        )
        for row in rows
    )  # fmt: skip
