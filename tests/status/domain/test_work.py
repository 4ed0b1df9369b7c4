from __future__ import annotations

from dataclasses import replace

import pytest

from status.domain.decisions import Action
from status.domain.states import EventState, Impact, Verdict
from status.domain.work import WorkView, work_step

PLANNED = WorkView("w", EventState.PLANNED, 100.0, 200.0, (2,), alerted=False)
CONFIRMED = replace(PLANNED, state=EventState.CONFIRMED)


def acts(*works: WorkView, now: float):
    decisions, wake = work_step(works, now)
    return [decision.action for decision in decisions], wake


def test_nothing_happens_before_the_hour():
    assert acts(PLANNED, CONFIRMED, now=99.9) == ([], 100.0)


def test_a_confirmed_work_starts_at_its_hour():
    assert acts(CONFIRMED, now=100.0) == ([Action.WORK_START], None)


def test_an_unconfirmed_work_is_told_once():
    assert acts(PLANNED, now=100.0) == ([Action.WORK_UNCONFIRMED], None)
    assert acts(replace(PLANNED, alerted=True), now=130.0) == ([], None)


def test_a_running_work_is_left_alone():
    assert acts(replace(CONFIRMED, state=EventState.IN_PROGRESS), now=150.0) == ([], None)


def test_a_late_start_says_how_late():
    (decision,), _ = work_step((CONFIRMED,), 130.5)
    assert (decision.began, decision.decided, decision.numbers["late_s"]) == (100.0, 130.5, 30.5)


def test_the_next_wake_is_the_soonest_start_to_come():
    assert acts(CONFIRMED, replace(PLANNED, planned_start=300.0), now=100.0)[1] == 300.0


@pytest.mark.parametrize(
    ("impact", "announced"),
    [
        (None, Verdict.DOWN), (Impact.INTERRUPTION, Verdict.DOWN), (Impact.FULL, Verdict.DOWN),
        (Impact.PARTIAL, Verdict.DEGRADED), (Impact.DEGRADED, Verdict.DEGRADED), (Impact.NONE, Verdict.OPERATIONAL),
    ],
)  # fmt: skip
def test_no_impact_given_means_full_and_none_means_none(impact, announced):
    assert replace(CONFIRMED, impact=impact).announced is announced
