from __future__ import annotations

import pytest

from status.domain.states import Origin, Verdict
from status.replay.outcome import ReplayedIncident, Run, Timeline
from status.replay.score import score

UP, DOWN, DEGRADED = Verdict.OPERATIONAL, Verdict.DOWN, Verdict.DEGRADED
OUTAGE = """id: X, duration: 1800, components: [{id: web}, {id: db}],
effects: [{target: web, at: [600, 900], mode: refuse}],
truth: [{id: T1, components: [web], kind: outage, at: [600, 900]}],
expect: {incidents: [1, 1], internal: [0, 0], detect: {T1: [45, [down]]}, clear: {T1: 60}}"""


def incident(opened: float, closed: float | None = 1220.0, *, components=(0,), public=True, **more):
    return ReplayedIncident(tuple(components), public, more.pop("origin", Origin.PROBE), opened, closed, **more)


def judged(scenario, web, incidents=(), db=((10, UP),)):
    lines = tuple(Timeline(tuple(changes)) for changes in (web, db)[: len(scenario.components)])
    return score(scenario, Run(scenario.name, 0, scenario.duration, 90, lines, tuple(incidents)))


def test_an_outage_seen_in_time_and_over_in_time_passes(read):
    found = judged(read(OUTAGE), [(10, UP), (630, DOWN), (925, UP)], [incident(630)])
    assert found.passed
    assert (found.detected, found.cleared, found.plain) == ({"T1": 30}, {"T1": 25}, (30,))


@pytest.mark.parametrize(
    ("web", "incidents", "why"),
    [
        ([(10, UP)], [], ["missed T1", "0 public incidents, expected 1 to 1", "T1 never shown as down"]),
        ([(10, UP), (650, DOWN), (925, UP)], [incident(650)], ["T1 shown as down after 50.0 s, expected within 45 s"]),
        ([(10, UP), (630, DEGRADED), (925, UP)], [incident(630)], ["T1 never shown as down"]),
        ([(10, UP), (630, DOWN), (980, UP)], [incident(630)], ["T1 cleared after 80 s, expected within 60 s"]),
        ([(10, UP), (630, DOWN)], [incident(630)], ["T1 cleared never, expected within 60 s"]),
        ([(10, UP), (630, DOWN), (925, UP)], [incident(630, public=False)],
         ["0 public incidents, expected 1 to 1", "1 internal incidents, expected 0 to 0"]),
        ([(10, UP), (630, DOWN), (925, UP)], [incident(590)], ["false incident opened at 590 s"]),
        ([(10, UP), (630, DOWN), (925, UP)], [incident(630, components=[1])], ["false incident opened at 630 s"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(read, web, incidents, why):
    assert list(judged(read(OUTAGE), web, incidents).why) == why


def test_a_merged_incident_is_part_of_another_one(read):
    incidents = [incident(630), incident(640, merged_into=0)]
    found = judged(read(OUTAGE), [(10, UP), (630, DOWN), (925, UP)], incidents)
    assert (found.passed, found.duplicates) == (True, 0)


def test_a_second_incident_of_one_truth_is_a_duplicate(read):
    incidents = [incident(630, 700.0), incident(720)]
    assert judged(read(OUTAGE), [(10, UP), (630, DOWN), (925, UP)], incidents).duplicates == 1


def test_a_persons_incident_is_never_false(read):
    by_hand = incident(100, origin=Origin.PERSON)
    assert judged(read(OUTAGE), [(10, UP), (630, DOWN), (925, UP)], [by_hand]).false == 0


def test_a_truth_that_may_be_shown_is_neither_missed_nor_false(read):
    scenario = read(OUTAGE.replace("at: [600, 900]}]", "at: [600, 900], must: false}]").replace("[1, 1]", "[0, 1]"))
    assert judged(scenario, [(10, UP)]).missed == 0
    assert judged(scenario, [(10, UP), (630, DOWN), (925, UP)], [incident(630)]).false == 0


def test_down_for_a_degraded_truth_is_too_severe(read):
    scenario = read(OUTAGE.replace("kind: outage", "kind: degraded"))
    found = judged(scenario, [(10, UP), (630, DEGRADED), (700, DOWN), (925, UP)], [incident(630)])
    assert (found.severity, found.plain) == (1, ())


def test_an_outage_with_a_share_or_a_person_in_it_is_not_plain(read):
    web = [(10, UP), (630, DOWN), (925, UP)]
    assert judged(read(OUTAGE.replace("mode: refuse", "mode: refuse, p: 0.9")), web).plain == ()
    assert judged(read(OUTAGE + ", human: [{t: 5, action: take, components: web}]"), web).plain == ()


def test_never_and_unknown_and_open_at_the_end_are_held_to(read):
    expect = "expect: {never: [{components: db, states: [down, partial]}], unknown: true, open_at_end: 0}"
    scenario = read("id: X, duration: 1800, components: [{id: web}, {id: db}], " + expect)
    found = judged(scenario, [(10, UP)], [incident(5, None, origin=Origin.PERSON)], db=[(10, UP), (50, Verdict.LOCAL)])
    assert found.why == (
        "1 open at the end, expected 0",
        "db shown as local at 50 s",
        "nothing was ever shown as unknown",
    )


def test_what_begins_with_the_next_truth_is_not_held_against_the_one_before(read):
    second = "at: [600, 900]}, {id: T2, components: [web], kind: outage, at: [950, 1500]}]"
    scenario = read(OUTAGE.replace("at: [600, 900]}]", second))
    found = judged(scenario, [(10, UP), (630, DOWN), (1520, UP)], [incident(630)])
    assert (found.cleared["T1"], found.cleared["T2"], found.detected["T2"]) == (50, 20, 0)
