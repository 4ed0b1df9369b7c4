"""What the monitor leaves for people to read: each location's last self-test, what became of config.toml."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from probes.sequence import Sequence
from probes.types import Instant
from status.clock import utc
from status.config.model import Reference, SelfTest
from status.domain.self_test import SelfTestRound
from status.models import Instruction, Location
from status.models.engine import reading
from status.monitor.batches import Batches
from status.places import Places
from status.runtime import Runtime
from status.services.reloading import last_config
from tests.status.monitor.conftest import BEGIN, Desk, provider


def last_test(sessions):
    with reading(sessions) as session:
        return session.execute(sa.select(Location.tested_at, Location.tested_well, Location.tested_of)).one()


def test_the_last_self_test_is_written_down(sessions):
    references = tuple(Reference(kind="tcp", target=f"192.0.2.{n}:53") for n in (1, 2, 3))
    desk = Desk(sessions, provider(self_test=SelfTest(reference=references))).start()
    desk.now = desk.now.plus(20)
    desk.turn(SelfTestRound("here", desk.now.steady - 2, desk.now.steady - 1, (True, False, True)))
    assert last_test(sessions) == (utc(BEGIN.wall + 19), 2, 3)


def test_a_round_without_references_is_none(sessions):
    desk = Desk(sessions, provider()).start()
    desk.turn(SelfTestRound("here", desk.now.steady - 1, desk.now.steady, ()))
    assert last_test(sessions) == (None, None, None)


@pytest.fixture
def batches(engine, sessions, tmp_path):
    places = Places(tmp_path / "config.toml", *[tmp_path] * 4)
    batches = Batches(Runtime(provider(), places, engine, sessions, lambda: Instant(1.0, BEGIN.wall)), Sequence())
    yield batches
    asyncio.run(batches.close())


def said(sessions):
    with reading(sessions) as session:
        found = last_config(session)
        waiting = session.scalars(sa.select(Instruction).where(Instruction.done_at.is_(None))).all()
    assert waiting == []
    return found.checks, found.faults


def test_a_configuration_that_was_taken_is_noted_with_its_checks(batches, sessions):
    asyncio.run(batches.load(provider()))
    assert said(sessions) == (3, "")


def test_a_refused_one_is_noted_with_its_faults(batches, sessions):
    asyncio.run(batches.load(provider()))
    asyncio.run(batches.note_refused("config.toml:12: unknown kind 'htp'"))
    assert said(sessions) == (0, "config.toml:12: unknown kind 'htp'")
