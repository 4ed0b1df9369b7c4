"""The scenarios marked `real`: real servers on loopback, three real probers, the decider with its database.

All are played at the same time, each in five minutes; `pace` says what is divided by how much, and what that costs.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from status.replay.outcome import Run
from status.replay.reading import read_scenarios
from status.replay.scenario import Scenario
from status.replay.score import score
from tests.detection.pace import Pace
from tests.detection.real_world import play_all, unplayable

pytestmark = [pytest.mark.story, pytest.mark.alone, pytest.mark.timeout(600)]

HERE = Path(__file__).parent / "scenarios.yaml"
SHARED = Path(__file__).parents[3] / "shared" / "detection" / "scenarios.yaml"
REAL = [each for path in (SHARED, HERE) if path.exists() for each in read_scenarios(path) if each.real]


def skipped(scenario: Scenario) -> str:
    """Why it is not played here; empty when it is."""
    loses_line = any(effect.mode == "uplink_down" for effect in scenario.effects)
    if loses_line and (os.geteuid() != 0 or shutil.which("ip") is None):
        return "a location's own line needs root and iproute2's ip"
    return unplayable(scenario)


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run | BaseException]:
    """The results of all that were chosen to run."""
    chosen = {item.callspec.params.get("scenario") for item in request.session.items if item.path == Path(__file__)}
    folder = tmp_path_factory.mktemp("real")
    return play_all([each for each in REAL if each in chosen and not skipped(each)], folder)


@pytest.mark.skipif(not REAL, reason=f"no scenario is marked real, neither in {SHARED} nor in {HERE}")
@pytest.mark.parametrize("scenario", REAL, ids=lambda scenario: scenario.name)
def test_real_servers_are_told_of_as_expected(scenario: Scenario, request: pytest.FixtureRequest) -> None:
    if reason := skipped(scenario):
        pytest.skip(reason)
    run, pace = request.getfixturevalue("played")[scenario.name], Pace.of(scenario)
    if isinstance(run, BaseException):
        raise run
    found = score(pace.expected(), run)
    print(f"{scenario.name}: ×{pace.times:g}, {run.checks} looks, seen {found.detected}, clear {found.cleared}")
    assert found.why == (), (run.verdicts, run.incidents)
