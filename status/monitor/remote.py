"""The decider's orders to agents: rows in the transaction of its turn, handed out by the web process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.domain.check_state import Ask
from status.models import Location, OrderOut

SINGLE_FOR_S: Final = 30.0
"""A confirmation nobody could run within this time is worth nothing any more."""

SELF_TEST_FOR_S: Final = 15.0
SELF_TEST_PACE_S: Final = 2.0


def send_orders(session: Session, asks: Iterable[Ask], self_tests: Iterable[str], now: Instant) -> None:
    """Leave these runs and self-tests for the agents of their locations; those of the monitor's own are not touched.

    Orders that expired are dropped, save the very last row: its number must never be given twice.
    """
    asks, self_tests = tuple(asks), tuple(self_tests)
    if not asks and not self_tests:
        return
    watching = sa.select(Location.slug, Location.id).where(
        Location.token_hash.is_not(None), Location.retired_at.is_(None)
    )
    agents = {row.slug: row.id for row in session.execute(watching)}
    rows = [_single(agents[ask.location], ask, now) for ask in asks if ask.location in agents]
    until = utc(now.wall) + timedelta(seconds=SELF_TEST_FOR_S)
    rows += [
        {"location_id": agents[slug], "valid_until": until, "data": {"self_test": True}}
        for slug in self_tests
        if slug in agents and not _is_asked(session, agents[slug], now)
    ]
    if not rows:
        return
    last = sa.select(sa.func.max(OrderOut.id)).scalar_subquery()
    session.execute(
        sa.delete(OrderOut)
        .where(OrderOut.valid_until < utc(now.wall), OrderOut.id < last)
        .execution_options(synchronize_session=False)
    )
    session.execute(sa.insert(OrderOut), rows)


def _single(location_id: int, ask: Ask, now: Instant) -> dict[str, Any]:
    begins = max(ask.not_before, now.steady) - now.steady
    return {
        "location_id": location_id,
        "valid_until": utc(now.wall + begins + SINGLE_FOR_S),
        "data": {
            "uid": ask.uid,
            "check": ask.check_id,
            "not_before": now.wall + begins,
            "timeout_s": ask.timeout_s,
            "lane": ask.lane,
        },
    }


def _is_asked(session: Session, location_id: int, now: Instant) -> bool:
    """Whether a self-test was asked for moments ago: a turn asks again and again until its round is in."""
    since = utc(now.wall) + timedelta(seconds=SELF_TEST_FOR_S - SELF_TEST_PACE_S)
    late = sa.select(OrderOut.data).where(OrderOut.location_id == location_id, OrderOut.valid_until > since)
    return any("self_test" in data for data in session.scalars(late))
