"""What an agent is told: its standing orders and self-test, and the single orders that wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.agent_messages import CheckToRun, SingleOrder, Standing, to_run
from status.config.model import Settings
from status.config.reference import reference_check
from status.domain.phases import phase_at
from status.models import Check, OrderOut
from status.queries.locations import grid

STANDING_FOR_S: Final = 3_600.0
LONGEST_S: Final = 600.0
"""An order further ahead than this comes of a clock that was set."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Single orders younger than the cursor given, whether a self-test is asked for, and the next cursor."""

    orders: tuple[SingleOrder, ...]
    self_test: bool
    cursor: int


def standing_orders(session: Session, settings: Settings, location: str) -> Standing:
    """Give the standing orders of a location: every check, at its place on the grid there; secrets are references."""
    order = grid(session, settings.monitor.location)
    index = order.index(location) if location in order else 0
    rows = session.scalars(sa.select(Check).where(Check.retired_at.is_(None)).order_by(Check.id))
    tested = settings.self_test
    return Standing(
        checks=tuple(_check(row, index, max(1, len(order))) for row in rows),
        references=tuple(
            to_run(reference_check(reference, -1 - number, tested.interval_s))
            for number, reference in enumerate(tested.reference)
        ),
        self_test_interval_s=tested.interval_s,
        valid_s=STANDING_FOR_S,
    )


def waiting_orders(session: Session, location_id: int, cursor: int, now: datetime) -> Waiting:
    """Give the single orders after `cursor`. One above the last order there is comes of another database: all are new.

    A location that never had an order stands at 0.
    """
    last = session.scalar(sa.select(sa.func.max(OrderOut.id))) or 0
    if cursor > last:
        cursor = 0
    rows = session.scalars(
        sa.select(OrderOut)
        .where(OrderOut.location_id == location_id, OrderOut.id > cursor, OrderOut.valid_until > now)
        .order_by(OrderOut.id)
    ).all()
    orders = tuple(_order(row, now) for row in rows if "check" in row.data)
    return Waiting(orders, any("self_test" in row.data for row in rows), last)


def _check(row: Check, index: int, count: int) -> CheckToRun:
    return CheckToRun(
        id=row.id,
        name=row.name,
        kind=row.kind,
        interval_s=row.interval_s,
        timeout_s=row.timeout_s,
        options=row.options,
        phase=phase_at(row.phase, index, count),
    )


def _order(row: OrderOut, now: datetime) -> SingleOrder:
    data: dict[str, Any] = row.data
    return SingleOrder(
        uid=f"{data['uid']}/{row.id}",
        check=data["check"],
        after_s=min(max(0.0, data["not_before"] - now.timestamp()), LONGEST_S),
        valid_s=min((row.valid_until - now).total_seconds(), LONGEST_S),
        timeout_s=data["timeout_s"],
        lane=data["lane"],
    )
