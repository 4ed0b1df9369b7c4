from __future__ import annotations

import pytest

from status.replay.driver import Replay, replay
from status.replay.leaping import Skipper
from status.replay.setting import Setting

DAYS = """id: X, duration: 200000, background_fail: 0.0005, components: [{id: web}], effects: [
{target: web, at: [30000, 30900], mode: timeout},
{at_location: lyon, at: [70000, 70300], mode: latency_add, seconds: 15},
{target: web, at: [110000, 110300], mode: refuse, p: 0.5},
{at_location: paris, at: [150000, 150120], mode: uplink_down}]"""


@pytest.mark.parametrize("locations", [1, 3])
def test_leaping_over_the_quiet_changes_no_answer(read, locations):
    scenario, setting = read(DAYS), Setting(phases=9, locations=locations)
    whole = replay(scenario, setting, 4)
    leapt = Replay(scenario, setting, 4, Skipper(scenario, setting, 4)).run()
    assert (leapt.verdicts, leapt.incidents) == (whole.verdicts, whole.incidents)
    assert leapt.load.quiet < whole.load.quiet / 2


def test_where_people_act_nothing_is_leapt_over(read):
    scenario = read("id: X, duration: 600, components: [{id: web}], human: [{t: 5, action: open, components: web}]")
    with pytest.raises(ValueError, match="can't leap"):
        Skipper(scenario, Setting(), 0)
