"""Scenarios with the database in the loop, on both engines: the decider says what the core in memory says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from status.models.engine import Sessions
from status.replay.driver import replay
from status.replay.reading import read_scenarios
from status.replay.setting import Setting
from tests.detection.database import OnDatabase
from tests.detection.feeding import events_of, told

SCENARIOS = {scenario.name: scenario for scenario in read_scenarios(Path(__file__).parent / "scenarios.yaml")}
NINE = Setting(phases=9)

LONG = [
    "hosting-04", "hosting-10", "hosting-14", "names-02", "voice-04", "xdsl-02", "line-03", "line-07", "work-01",
    "work-06", "people-01", "people-04", "people-06", "people-07", "people-08", "people-10",
]  # fmt: skip
KILLED = [("people-02", 1), ("hosting-13", 2), ("hosting-10", 3), ("voice-04", 4), ("line-07", 5), ("work-01", 6),
          ("work-05", 7), ("people-01", 8), ("people-04", 9), ("people-06", 10), ("people-08", 11)]  # fmt: skip
"""Scenarios, each with the seed of the moments at which the decider dies in it."""


def tiers(short: list, long: list) -> list:
    return [*short, *(pytest.param(each, marks=[pytest.mark.story, pytest.mark.timeout(300)]) for each in long)]


@pytest.mark.parametrize("name", tiers(["hosting-13"], LONG))
def test_the_decider_says_what_the_core_in_memory_says(name: str, sessions: Sessions) -> None:
    scenario, phase = SCENARIOS[name], len(name) % 9
    there, here = OnDatabase(scenario, NINE, phase, sessions).run(), replay(scenario, NINE, phase)
    assert there.verdicts == here.verdicts
    assert there.incidents == here.incidents
    assert there.checks == here.checks


@pytest.mark.parametrize("killed", tiers(KILLED[:1], KILLED[1:]), ids=lambda each: each[0])
def test_a_decider_killed_at_any_event_tells_the_same_incidents(killed: tuple[str, int], sessions: Sessions) -> None:
    name, seed = killed
    scenario, phase = SCENARIOS[name], seed % 9
    here = replay(scenario, NINE, phase)
    moments = random.Random(seed).sample(events_of(here), 3)
    there = OnDatabase(scenario, NINE, phase, sessions, kills=moments).run()
    assert told(there) == told(here)
