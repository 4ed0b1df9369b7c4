"""A check run because a person asks, from an agent's location: one order out, its trace kept when the agent answers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from probes.agent_messages import Moment, Post, Seen
from probes.types import Outcome
from status.clock import utc
from status.models import Check, Evidence, Location, Observation
from status.models.engine import reading, writing
from status.queries.agents import waiting_orders
from status.services.actors import cli_user
from status.services.locations import take_post
from status.services.running import run_now
from tests.status.monitor.conftest import Desk

CONNECTED = ("0.031 connected",)


@pytest.fixture
def rbx(desk: Desk) -> int:
    """An agent's location, known to the decider."""
    with writing(desk.sessions) as session:
        row = Location(slug="rbx", created_at=utc(desk.now.wall), set_aside_at=None, set_aside_reason="")
        row.token_hash = "a"
        session.add(row)
        session.flush()
        location_id = row.id
    desk.start()
    return location_id


def ask(desk: Desk) -> str:
    with writing(desk.sessions) as session:
        check = session.scalars(sa.select(Check).order_by(Check.id)).first()
        return run_now(session, check, "rbx", cli_user(session, "anne"), utc(desk.now.wall), here="here")


def orders(desk: Desk, location_id: int):
    with reading(desk.sessions) as session:
        return waiting_orders(session, location_id, 0, utc(desk.now.wall)).orders


def answer(desk: Desk, location_id: int, order, outcome: Outcome) -> None:
    """Post what the agent saw for an order, as its carrier does."""
    began = desk.now.steady - 0.05
    reason = "refused" if outcome is Outcome.FAILED else ""
    seen = Seen(
        check=order.check, sequence=9, order=order.uid, standing=False, due=began, began=began, duration_s=0.04,
        outcome=outcome.value, reason=reason, trace=CONNECTED,
    )  # fmt: skip
    post = Post(location="rbx", boot="boot", sent=Moment(steady=desk.now.steady, wall=desk.now.wall), items=(seen,))
    with writing(desk.sessions) as session:
        take_post(session, location_id, post, desk.now)


def test_a_request_for_an_agent_is_one_order_to_it(desk, rbx):
    uid = ask(desk)
    desk.turn()
    desk.turn()
    (order,) = orders(desk, rbx)
    assert order.uid.startswith(f"manual/{uid}/")
    assert order.check == desk.check_ids()[0]


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.FAILED])
def test_what_the_agent_saw_is_kept_with_its_trace(desk, rbx, outcome):
    uid = ask(desk)
    desk.turn()
    answer(desk, rbx, orders(desk, rbx)[0], outcome)
    desk.turn()
    with reading(desk.sessions) as session:
        kept = session.scalars(sa.select(Evidence).where(Evidence.location_id == rbx)).one()
        seen = session.scalars(sa.select(Observation).where(Observation.location_id == rbx)).one()
    assert (kept.data["request"], tuple(kept.data["trace"])) == (uid, CONNECTED)
    assert not seen.standing
