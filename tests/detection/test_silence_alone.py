"""One location's mere silence: it waits, whatever else goes on (rule, points 9 and 13)."""

from __future__ import annotations

import pytest

from status.replay.scenario import DEFAULT_LOCATIONS
from tests.detection.feeding import Restarted, told
from tests.detection.worlds import Drawn, component, on_target, scenario

ALONE = DEFAULT_LOCATIONS[:1]


def test_a_restart_in_a_silence_opens_nothing_that_would_not_have_been_opened():
    tree = [component(0, "tree"), component(1, "tree", (0,)), component(2, "tree", (0,))]
    silence = on_target("timeout", (300.0, 500.0), 0, 1, 2)
    world = Drawn(scenario(tree, [silence], locations=ALONE, duration=1200.0), 0)
    assert told(world.run()) == []
    for ms in (330_218, 400_000, 480_000):
        assert told(Restarted(world, [ms]).run()) == []


@pytest.mark.parametrize("longer_s", [5.0, 10.0, 45.0])
def test_what_hangs_behind_it_and_comes_back_after_it_is_no_incident_of_its_own(longer_s):
    behind = [component(0), component(1, "", (0,)), component(2, "", (0,))]
    silences = [on_target("timeout", (512.0, 802.0), 0), on_target("timeout", (512.0, 802.0 + longer_s), 1, 2)]
    run = Drawn(scenario(behind, silences, locations=ALONE, duration=1600.0), 0).run()
    assert len(run.incidents) <= 1
