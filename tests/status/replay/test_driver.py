from __future__ import annotations

from dataclasses import replace

import pytest

from status.domain.states import Origin, Verdict
from status.replay.batch import judged, replay_all
from status.replay.driver import replay
from status.replay.reading import read_scenarios
from status.replay.report import Totals, percentile
from status.replay.scenario import Expect
from status.replay.setting import Setting

WEB = "id: X, duration: 2400, area: hosting, components: [{id: web}]"
OUTAGE = WEB + ", effects: [{target: web, at: [600, 1200], mode: timeout}]"
TRUTH = "truth: [{id: T1, components: [web], kind: outage, at: [600, 1200]}]"
NINE = Setting(phases=9)


def shown(run, component: int = 0) -> list[Verdict]:
    return [verdict for _, verdict in run.verdicts[component].changes]


@pytest.mark.parametrize("phase", range(3))
def test_an_outage_is_shown_and_told_once(read, phase):
    run = replay(read(OUTAGE), Setting(phases=3), phase)
    (_, down), (back, _) = run.verdicts[0].changes[0], run.verdicts[0].changes[-1]
    assert shown(run) == [down, Verdict.DOWN, Verdict.OPERATIONAL]
    assert [(i.components, i.origin, i.public) for i in run.incidents] == [((0,), Origin.PROBE, True)]
    assert run.incidents[0].closed == pytest.approx(back + 300, abs=1)


def test_every_location_looks_once_an_interval(read):
    run = replay(read(WEB), NINE, 4)
    assert (run.checks, run.load.quiet) == (120, 120)
    assert replay(read(WEB), Setting(locations=2, interval_s=30.0), 0).checks == 160
    assert replay(read(WEB), Setting(locations=1), 0).checks == 80


def test_the_grid_counts_from_the_start_whatever_the_epoch(read):
    plain, moved = read(WEB), read(WEB + ", epoch: '2026-03-29T00:59:17.123+00:00'")
    assert replay(plain, NINE, 2) == replay(moved, NINE, 2)
    assert replay(plain, NINE, 2).verdicts[0].changes[0][0] == pytest.approx(60 * 2.5 / 9, abs=0.2)


def test_nothing_is_shown_before_the_first_look_and_unknown_when_none_comes(read):
    first_s = replay(read(OUTAGE), NINE, 0).verdicts[0].changes[0][0]
    assert 3 < first_s < 24
    blind = read(WEB + ", effects: [{at_location: '*', at: [0, 900], mode: uplink_down}]")
    assert replay(blind, NINE, 0).verdicts[0].changes[0] == (180, Verdict.UNKNOWN)


def test_a_dead_location_neither_looks_nor_tests(read):
    dead = read(WEB + ", effects: [{at_location: lyon, at: [600, 1800], mode: process_dead}]")
    run = replay(dead, NINE, 0)
    assert run.checks == 120 - 20
    assert (shown(run), run.incidents) == ([Verdict.OPERATIONAL], ())


def test_a_core_that_was_killed_finds_the_same_incident_again(read):
    effects = "{target: web, at: [600, 1800], mode: refuse}, {at_location: '*', at: [1000, 1060], mode: process_dead}"
    run = replay(read(WEB + f", effects: [{effects}]"), NINE, 3)
    assert shown(run) == [Verdict.OPERATIONAL, Verdict.DOWN, Verdict.OPERATIONAL]
    assert len(run.incidents) == 1


def test_people_and_works_reach_the_core(read):
    by_hand = read(OUTAGE + ", human: [{t: 605, action: open, components: web}]")
    assert [(i.origin, i.closed) for i in replay(by_hand, NINE, 0).incidents] == [(Origin.PERSON, None)]
    planned = read(OUTAGE + ", planned: [{components: web, at: [500, 1300]}]")
    run = replay(planned, NINE, 0)
    assert (shown(run)[1], run.incidents) == (Verdict.MAINTENANCE, ())
    cancelled = read(OUTAGE + ", planned: [{components: web, at: [500, 1300], cancelled_at: 700}]")
    assert [incident.opened >= 700 for incident in replay(cancelled, NINE, 0).incidents] == [True]


def anonymous(scenario, offset_s: float):
    """The scenario as the core may know it: no truth, no names, another day."""
    components = tuple(replace(each, name=f"n{n}") for n, each in enumerate(scenario.components))
    epoch = (scenario.epoch or 1_767_571_200.0) + offset_s
    return replace(scenario, name="?", title="?", components=components, truth=(), expect=Expect(), epoch=epoch)


HARD = [
    "effects: [{target: web, at: [600, 1800], mode: http500, p: 0.3}], background_fail: 0.01",
    "effects: [{target: web, at: [600, 2300], mode: refuse, every: 300, for: 120}]",
    "effects: [{at_location: '*', at: [600, 1500], mode: loss, p: 0.3}]",
    "effects: [{target: web, at: [800, 2000], mode: timeout}], planned: [{components: web, at: [700.5, 1500.25]}]",
    "effects: [{target: web, at: [600, 1800], mode: refuse}, {at_location: '*', at: [790, 900], mode: process_dead}]",
]


@pytest.mark.parametrize("more", HARD)
@pytest.mark.parametrize("offset_s", [86_400 * 17 + 3601.0, 98_765.4321])
def test_the_core_knows_neither_names_nor_truth_nor_the_day(read, more, offset_s):
    scenario = read(f"{WEB}, {more}, {TRUTH}, expect: {{incidents: [1, 1]}}")
    known, unknown = replay(scenario, NINE, 5), replay(anonymous(scenario, offset_s), NINE, 5)
    assert (known.verdicts, known.incidents, known.checks) == (unknown.verdicts, unknown.incidents, unknown.checks)


def test_results_come_in_order_from_several_processes(read):
    scenarios = [replace(read(OUTAGE), name=f"X{n}", seed=n) for n in range(20)]
    setting = Setting(phases=2)
    alone = [judged((scenario, setting, phase)) for scenario in scenarios for phase in range(2)]
    assert list(replay_all(scenarios, setting, jobs=2)) == alone


def test_the_shared_suite_passes_in_one_phase(shared):
    scenarios = read_scenarios(shared / "scenarios.yaml")
    results = replay_all(scenarios, Setting(phases=1), jobs=1)
    assert [(r.scenario.name, r.score.why) for r in results if not r.score.passed] == []


@pytest.mark.story
@pytest.mark.timeout(600)
def test_the_shared_suite_passes_in_nine_phases(shared):
    results = list(replay_all(read_scenarios(shared / "scenarios.yaml"), Setting(phases=9)))
    totals = Totals.of(results, 3.0)
    assert [(r.scenario.name, r.run.phase, r.score.why) for r in results if not r.score.passed] == []
    assert (totals.missed, totals.false, totals.duplicates) == (0, 0, 0)
    assert (percentile(totals.plain, 0.5) <= 30, percentile(totals.plain, 0.95) <= 45) == (True, True)
    assert (totals.plain[-1] <= 60, totals.severity <= 3 * 9) == (True, True)
    assert totals.load.quiet / totals.load.quiet_s * 60 <= 1.5 * totals.interval_load
