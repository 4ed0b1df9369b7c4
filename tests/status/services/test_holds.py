"""What people hold back of a check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from status.domain.refused import Refused
from status.domain.states import HoldAction
from status.models import Check, Hold, Instruction
from status.queries.holds import HoldView, active_holds, held_at
from status.services import actors, holds

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


@pytest.fixture
def check(session) -> Check:
    row = Check(
        id=7, name="sip-lille", component_id=2, kind="tcp", interval_s=30, timeout_s=10, options={}, detection={},
        phase=0.5, retired_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_a_mute_is_seen_by_the_decider_with_its_end(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW)
    assert active_holds(session) == (HoldView(7, HoldAction.MUTE, (NOW + HOUR).timestamp()),)


def test_a_second_mute_replaces_the_end_of_the_first(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW, reason="bruit")
    holds.mute(session, check, NOW + 3 * HOUR, anne, NOW + HOUR / 2)
    (hold,) = holds.holds(session)
    assert (hold.began_at, hold.until, hold.reason) == (NOW, NOW + 3 * HOUR, "")


def test_a_mute_after_one_that_has_ended_is_another(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW)
    holds.mute(session, check, NOW + 3 * HOUR, anne, NOW + 2 * HOUR)
    assert session.scalars(sa.select(Hold.ended_at).order_by(Hold.id)).all() == [NOW + HOUR, None]


def test_a_check_is_muted_and_disabled_at_once(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW)
    holds.disable(session, check, None, anne, NOW, reason="certificat de test")
    assert [view.action for view in active_holds(session)] == [HoldAction.MUTE, HoldAction.DISABLE]
    holds.unmute(session, check, anne, NOW)
    assert [view.action for view in active_holds(session)] == [HoldAction.DISABLE]


def test_holds_end_by_themselves_at_their_own_time(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW)
    holds.disable(session, check, None, anne, NOW, reason="x")
    assert (holds.end_due(session, NOW + HOUR / 2), holds.end_due(session, NOW + 2 * HOUR)) == (0, 1)
    ended = session.scalars(sa.select(Hold).where(Hold.ended_at.is_not(None))).one()
    assert (ended.action, ended.ended_at, ended.ended_by) == (HoldAction.MUTE, NOW + HOUR, None)


def test_what_was_held_at_a_time_is_known_later(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW, reason="bruit")
    holds.unmute(session, check, anne, NOW + HOUR / 2)
    (line,) = held_at(session, NOW + HOUR / 4)
    assert (line.check, line.component, line.by, line.reason) == ("sip-lille", "sip", "cli:anne", "bruit")
    assert held_at(session, NOW + HOUR / 2) == ()


def test_every_change_leaves_an_instruction(session, check, anne):
    holds.mute(session, check, NOW + HOUR, anne, NOW)
    holds.unmute(session, check, anne, NOW)
    rows = session.scalars(sa.select(Instruction).order_by(Instruction.id)).all()
    assert [(row.action, row.data["check_id"], row.data["action"]) for row in rows] == [("hold_changed", 7, "mute")] * 2


def test_a_wrong_hold_is_refused_with_its_reason(session, check, anne):
    with pytest.raises(Refused, match="held until 2026-11-22 13:07 UTC, which is past"):
        holds.mute(session, check, NOW, anne, NOW)
    with pytest.raises(Refused, match="needs a reason"):
        holds.disable(session, check, None, anne, NOW, reason=" ")
    with pytest.raises(Refused, match="'sip-lille' is not disabled"):
        holds.enable(session, check, anne, NOW)
    check.retired_at = NOW
    with pytest.raises(Refused, match="is retired: it runs no more"):
        holds.mute(session, check, NOW + HOUR, anne, NOW)
