"""Killed between sending and noting, again and again: nothing is lost, and what comes twice has one key."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter

import pytest
import sqlalchemy as sa

from status.domain.alerting import TryState
from status.domain.decisions import Action
from status.models import AlertTry
from tests.status.alerting import killed
from tests.status.alerting.conftest import UID
from tests.status.delivery.sink import until

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]

ROUNDS = 20


class Killer:
    """Runs the process; while armed, kills it the moment a message arrives, before it is answered."""

    def __init__(self, provider) -> None:
        runtime = provider.runtime
        self._arguments = (runtime.settings, runtime.places, runtime.engine.url)
        self.kills = 0
        self.armed = False

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=killed.main, args=self._arguments)
        self.process.start()

    def strike(self, _taken) -> None:
        if self.armed:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.join()
            self.kills += 1
            self.armed = False

    def end(self) -> None:
        self.process.terminate()
        self.process.join(10)


@pytest.fixture
def killer(provider, hooks):
    killer = Killer(provider)
    hooks.first = killer.strike
    yield killer
    killer.end()


def accepted(provider) -> int:
    with provider.sessions() as session:
        return session.query(AlertTry).filter(AlertTry.state == TryState.ACCEPTED).count()


def test_a_killed_process_loses_no_alert_and_repeats_at_most_the_one_under_way(desk, hooks, killer, provider):
    desk.add("anne")
    desk.add("bruno")
    for number in range(ROUNDS):
        killer.armed = True
        killer.start()
        desk.robot(Action.OPEN, uid=f"{UID[:-2]}{number:02}")
        until(lambda: not killer.armed, 60)
        killer.start()
        until(lambda n=number: accepted(provider) == n + 1, 60)
        killer.end()
    times = Counter(taken.key for taken in hooks.taken)
    print(f"{killer.kills} kills, {len(hooks.taken)} messages of {len(times)} keys")
    with provider.sessions() as session:
        keys = set(session.scalars(sa.select(AlertTry.uid)))
    assert (set(times), len(keys)) == (keys, ROUNDS)
    assert max(times.values()) <= 2
    assert len(hooks.taken) <= ROUNDS + killer.kills
