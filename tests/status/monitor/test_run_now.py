"""A check run because a person asks: one order, its trace kept, no share made of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from probes.types import Outcome
from status.clock import utc
from status.domain.refused import Refused
from status.models import Check, Evidence
from status.models.engine import reading, writing
from status.services.actors import cli_user
from status.services.running import run_now
from tests.status.monitor.conftest import Desk


def ask(desk: Desk, location: str = "here") -> str:
    with writing(desk.sessions) as session:
        check = session.scalars(sa.select(Check).order_by(Check.id)).first()
        return run_now(session, check, location, cli_user(session, "anne"), utc(desk.now.wall), here="here")


def test_a_request_is_one_order_for_its_place(desk: Desk) -> None:
    uid = ask(desk)
    (wanted,) = [each for each in desk.turn().asks if each.request]
    assert (wanted.uid, wanted.location, wanted.not_before) == (f"manual/{uid}", "here", desk.now.steady)
    assert [each for each in desk.turn().asks if each.request] == []


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.FAILED])
def test_its_trace_is_kept_whatever_it_saw(desk: Desk, outcome: Outcome) -> None:
    uid = ask(desk)
    desk.turn()
    mark = desk.check_ids()[0]
    seen = replace(desk.observation(mark, outcome), order_uid=f"manual/{uid}/7", standing=False, trace=("connected",))
    assert (seen.request, seen.sampled) == (uid, False)
    desk.turn(seen)
    with reading(desk.sessions) as session:
        kept = session.scalars(sa.select(Evidence).where(Evidence.sequence == seen.sequence)).one()
    assert (kept.data["request"], kept.data["trace"]) == (uid, ["connected"])


def test_a_place_that_does_not_look_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="no location 'moon'"):
        ask(desk, "moon")
