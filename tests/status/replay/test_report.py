from __future__ import annotations

import json

from status.domain.states import Origin, Verdict
from status.replay.batch import Result
from status.replay.outcome import Load, ReplayedIncident, Run, Score, Timeline, as_json
from status.replay.report import Totals, lines_of, noise_bars, percentile


def result(scenario, phase: int, score: Score, load: Load | None = None) -> Result:
    line = Timeline(((3.4, Verdict.OPERATIONAL), (630.5, Verdict.LOCAL)))
    incident = ReplayedIncident((0,), False, Origin.PROBE, 631.0, None, None)
    return Result(scenario, Run("X", phase, 1800, 90, (line,), (incident,), load or Load()), score)


def test_a_run_as_json(read):
    found = result(read("id: X, duration: 1800, components: [{id: web}]"), 2, Score(why=("missed T1",)))
    assert json.loads(json.dumps(as_json(found.run, found.score, ("web",)))) == {
        "scenario": "X", "phase": 2, "pass": False, "why": ["missed T1"], "checks": 90,
        "verdicts": {"web": [[3.4, "operational"], [630.5, "local"]]},
        "incidents": [{
            "components": ["web"], "visibility": "internal", "origin": "probe",
            "opened": 631.0, "closed": None, "merged_into": None,
        }],
    }  # fmt: skip


def test_a_scenario_has_one_line_and_its_reasons_under_it(read):
    scenario = read("id: X, name: a thing, duration: 1800, components: [{id: web}]")
    bad = Score(why=("missed T1",))
    lines = list(lines_of([result(scenario, 0, Score(())), result(scenario, 1, bad), result(scenario, 2, bad)]))
    assert lines == ["FAIL  X            1/3  a thing\n      missed T1 (phase 1, 2)"]
    assert list(lines_of([result(scenario, 0, Score(()))])) == ["pass  X            1/1  a thing"]


def test_totals_add_up(read):
    scenario = read("id: X, duration: 1800, components: [{id: web}]")
    scores = [Score((), plain=(30.0,), severity=1), Score(("no",), plain=(20.0,), missed=1, severity=2)]
    load = Load(quiet=3, quiet_s=60, stress=9, stress_s=60)
    totals = Totals.of([result(scenario, phase, score, load) for phase, score in enumerate(scores)], 3.0)
    assert list(totals.lines()) == [
        "0 of 1 scenarios pass, in 2 phases each",
        "plain outages detected after 20.0 s (p50), 30.0 s (p95), 30.0 s (most), of 2",
        "all outages detected after (none there)",
        "in all: missed 1, false 0, duplicates 0, severity errors 3",
        "checks per monitor and minute: 3.00 in quiet, 9.00 in stress, 3.00 by the interval alone",
        "severity errors per suite: 1.5",
    ]


def test_a_percentile_is_one_of_the_values():
    values = [float(n) for n in range(1, 21)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1.0)) == (10.0, 19.0, 20.0)
    assert percentile([7.0], 0.95) == 7.0


def test_noise_is_held_against_what_is_to_be_reached(read):
    scenario = read("id: X, duration: 1800, components: [{id: web}]")
    totals = Totals.of([result(scenario, 0, Score((), outages=(44.0,), false=2))], 3.0)
    assert noise_bars(totals, 20, 3) == ("reached: ≤ 2 false, none missed, p95 ≤ 45 s", True)
    assert noise_bars(totals, 10, 3)[1] is False
    assert noise_bars(totals, 1, 1) == ("reached: ≤ 2 false, none missed", True)
