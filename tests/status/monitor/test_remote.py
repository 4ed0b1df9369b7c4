"""Orders for agents, on both engines."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from probes.types import Instant
from status.clock import utc
from status.domain.check_state import Ask
from status.models import Location, OrderOut
from status.models.engine import Sessions, reading, writing
from status.monitor.remote import send_orders

NOW = Instant(1_000.0, 1_790_000_000.0)


@pytest.fixture
def ids(sessions: Sessions) -> dict[str, int]:
    """Here looks the monitor; rbx and gra have agents, sbg is retired."""
    at = utc(NOW.wall)
    with writing(sessions) as session:
        for slug, token, retired in (("here", None, None), ("rbx", "a", None), ("gra", "b", None), ("sbg", "c", at)):
            row = Location(slug=slug, created_at=at, set_aside_at=None, set_aside_reason="", token_hash=token)
            row.retired_at = retired
            session.add(row)
        session.flush()
        return {row.slug: row.id for row in session.scalars(sa.select(Location))}


def send(sessions: Sessions, *asks: Ask, self_tests: tuple[str, ...] = (), now: Instant = NOW) -> None:
    with writing(sessions) as session:
        send_orders(session, asks, self_tests, now)


def rows(sessions: Sessions) -> list[OrderOut]:
    with reading(sessions) as session:
        return list(session.scalars(sa.select(OrderOut).order_by(OrderOut.id)))


def test_only_agents_of_today_get_orders(sessions, ids):
    send(sessions, *(Ask(1, slug, 1_005.0, 8.0, "shelf") for slug in ids))
    found = rows(sessions)
    assert {row.location_id for row in found} == {ids["rbx"], ids["gra"]}
    told = {"uid": "single", "check": 1, "not_before": NOW.wall + 5, "timeout_s": 8.0, "lane": "shelf"}
    assert found[0].data == told
    assert found[0].valid_until == utc(NOW.wall + 35)


def test_a_self_test_is_asked_for_once_while_it_is_on_its_way(sessions, ids):
    for after_s in (0.0, 0.3, 1.0):
        send(sessions, self_tests=("here", "rbx"), now=NOW.plus(after_s))
    assert [row.data for row in rows(sessions)] == [{"self_test": True}]
    send(sessions, self_tests=("rbx",), now=NOW.plus(3))
    assert len(rows(sessions)) == 2


def test_expired_orders_leave_and_no_number_is_given_twice(sessions, ids):
    send(sessions, Ask(1, "rbx", 0.0, 8.0), Ask(2, "rbx", 0.0, 8.0))
    last = rows(sessions)[-1].id
    send(sessions, Ask(3, "rbx", 0.0, 8.0), now=NOW.plus(100))
    assert [row.data["check"] for row in rows(sessions)] == [2, 3]
    assert rows(sessions)[-1].id > last


def test_nothing_asked_writes_nothing(sessions, ids):
    send(sessions)
    assert rows(sessions) == []
