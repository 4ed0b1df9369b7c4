"""The project's own scenarios: all pass, in every phase; and what no verdict shows, how often a target is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from status.replay.batch import Result, replay_all
from status.replay.driver import replay
from status.replay.reading import read_scenarios
from status.replay.scenario import Effect
from status.replay.setting import Setting
from tests.detection.worlds import component, on_target, scenario

SCENARIOS = read_scenarios(Path(__file__).parent / "scenarios.yaml")
INTERVAL_LOOKS = 90
"""What three locations look at one component in half an hour, at 60 s each."""


def failed(results: Iterable[Result]) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(r.scenario.name, r.run.phase, r.score.why) for r in results if not r.score.passed]


@pytest.mark.parametrize("each", SCENARIOS, ids=lambda each: each.name)
def test_it_passes_in_three_phases(each):
    assert failed(replay_all([each], Setting(phases=3), jobs=1)) == []


@pytest.mark.story
@pytest.mark.timeout(600)
def test_all_pass_in_nine_phases():
    assert failed(replay_all(SCENARIOS, Setting(phases=9))) == []


def looks(*effects: Effect) -> int:
    """How many looks half an hour takes."""
    return replay(scenario([component(0)], effects), Setting(phases=9), 3).checks


def test_a_minute_of_failures_at_one_location_makes_no_flood():
    """For six minutes a look every 20 s from each location, and a few confirmations; then the grid alone."""
    assert looks(on_target("timeout", (600.0, 661.0), 0, location="paris")) <= INTERVAL_LOOKS + 360 // 20 * 3 + 3 * 8


def test_an_outage_is_looked_at_every_15_seconds_from_each_location():
    assert looks(on_target("refuse", (600.0, 1200.0), 0)) <= INTERVAL_LOOKS + 600 // 15 * 3 + 3 * 8


def test_a_target_that_is_down_for_two_locations_of_three_is_not_flooded():
    banned = [on_target("refuse", (600.0, 1200.0), 0, location=location) for location in ("lyon", "lille")]
    assert looks(*banned) <= INTERVAL_LOOKS + 600 // 15 * 3 + 300 // 20 * 3 + 600 // 20 * 6 + 3 * 8
