from __future__ import annotations

import pytest

from probes.types import Instant
from status.domain.decisions import Action, Decision
from status.domain.states import EventState, Impact, Origin
from status.replay.ledger import Ledger
from status.replay.scenario import Deed, PlannedWork


@pytest.fixture
def ledger():
    """A store with one incident of the robot's, on components 1 and 2, opened at 10 s."""
    ledger = Ledger(lambda ms: Instant(1000 + ms / 1000, 5000 + ms / 1000))
    ledger.apply(decision(Action.OPEN, {1: Impact.FULL, 2: Impact.FULL}), 10_000)
    return ledger


def decision(action: Action, impacts=None, uid="incident-1", **more) -> Decision:
    return Decision(action, uid, tuple((impacts or {}).items()), "4", 0.0, 0.0, merge_label="hosting", **more)


def do(ledger: Ledger, action: str, *components: int, t: float = 20, lasts: float | None = None) -> None:
    ledger.do(Deed(t, action, tuple(component - 1 for component in components), lasts), round(t * 1000))


def test_the_robots_incident_is_public_and_its_own(ledger):
    view = ledger.incidents()[0]
    assert (view.uid, view.opened, view.hands_off, view.draft) == ("incident-1", 1010.0, False, False)
    assert view.impacts == {1: Impact.FULL, 2: Impact.FULL}


def test_return_close_and_reopen_move_it(ledger):
    ledger.apply(decision(Action.RETURN, {1: Impact.NONE, 2: Impact.NONE}), 30_000)
    assert ledger.incidents()[0].returned == 1030.0
    ledger.apply(decision(Action.CLOSE), 40_000)
    assert ledger.incidents()[0].closed == 1040.0
    ledger.apply(decision(Action.REOPEN, {1: Impact.FULL}), 50_000)
    assert (ledger.incidents()[0].closed, ledger.incidents()[0].returned) == (None, None)


def test_the_robot_neither_rewrites_nor_closes_what_a_person_took(ledger):
    do(ledger, "take", 1)
    ledger.apply(decision(Action.RETURN, {1: Impact.NONE, 2: Impact.NONE}), 30_000)
    ledger.apply(decision(Action.CLOSE), 40_000)
    view = ledger.incidents()[0]
    assert (view.hands_off, view.returned, view.closed, view.impacts[1]) == (True, None, None, Impact.FULL)
    do(ledger, "handback", 1)
    ledger.apply(decision(Action.CLOSE), 50_000)
    assert ledger.incidents()[0].closed == 1050.0


def test_a_component_may_join_and_leave(ledger):
    ledger.apply(decision(Action.JOIN, {3: Impact.DEGRADED}), 20_000)
    ledger.apply(decision(Action.LEAVE, {1: Impact.NONE}), 30_000)
    assert ledger.incidents()[0].impacts == {2: Impact.FULL, 3: Impact.DEGRADED}


def test_a_person_opens_closes_and_reopens(ledger):
    do(ledger, "open", 3, t=15)
    do(ledger, "close", 3, t=25)
    view = ledger.incidents()[1]
    assert (ledger.records[1].origin, view.closed, view.closed_by_person) == (Origin.PERSON, 1025.0, True)
    do(ledger, "reopen", 3, t=35)
    view = ledger.incidents()[1]
    assert (view.closed, view.closed_by_person, view.hands_off) == (None, False, True)


def test_a_withdrawn_incident_is_no_longer_the_robots(ledger):
    do(ledger, "withdraw", 1)
    ledger.apply(decision(Action.REOPEN, {1: Impact.FULL}), 30_000)
    assert (ledger.incidents()[0].withdrawn, ledger.incidents()[0].closed) == (True, 1020.0)


def test_merging_puts_the_younger_into_the_older(ledger):
    ledger.apply(decision(Action.OPEN, {3: Impact.DEGRADED}, "incident-2"), 15_000)
    do(ledger, "merge", 2, 3)
    assert [view.impacts.keys() for view in ledger.incidents()] == [{1, 2, 3}]
    assert ledger.records[1].merged_into == 0


def test_splitting_gives_components_an_incident_of_their_own(ledger):
    do(ledger, "split", 2)
    assert [view.impacts.keys() for view in ledger.incidents()] == [{1}, {2}]
    do(ledger, "split", 1)
    assert len(ledger.records) == 2


def test_an_internal_incident_that_is_published_counts_from_then_on(ledger):
    ledger.apply(decision(Action.OPEN, {3: Impact.PARTIAL}, "incident-2", public=False, internal=True), 15_000)
    do(ledger, "publish", 3, t=60)
    record = ledger.records[1]
    assert (record.internal, record.draft, record.opened, record.shown) == (False, False, 15_000, 60_000)


def test_a_mute_ends_by_itself_or_never(ledger):
    do(ledger, "mute", 1, t=20, lasts=100)
    do(ledger, "mute", 2)
    assert ledger.held() == {1: 1120.0, 2: None}


def test_a_work_starts_ends_and_is_not_cancelled_afterwards(ledger):
    ledger.plan([PlannedWork((0,), 60, 120)])
    work = ledger.works[0]
    assert (work.state, work.planned_start, work.planned_end) == (EventState.CONFIRMED, 5060.0, 5120.0)
    assert ledger.apply(decision(Action.WORK_START, uid="work-1"), 60_000)
    assert (ledger.works[0].state, ledger.works[0].started) == (EventState.IN_PROGRESS, 5060.0)
    ledger.end_work(0, 120_000)
    ledger.cancel_work(0, 130_000)
    assert (ledger.works[0].state, ledger.works[0].ended) == (EventState.DONE, 5120.0)


def test_a_work_called_off_never_starts(ledger):
    ledger.plan([PlannedWork((0,), 60, 120)])
    ledger.cancel_work(0, 30_000)
    assert not ledger.apply(decision(Action.WORK_START, uid="work-1"), 60_000)
    assert ledger.works[0].state is EventState.CANCELLED


def test_a_work_whose_end_passed_while_nothing_ran_is_over_as_soon_as_it_starts(ledger):
    ledger.plan([PlannedWork((0,), 60, 120)])
    ledger.apply(decision(Action.WORK_START, uid="work-1"), 150_000)
    assert ledger.works[0].state is EventState.DONE


def test_two_incidents_of_one_step_have_names_of_their_own(ledger):
    moment = ledger.at(20_000)
    assert ledger.new_uid(moment) != ledger.new_uid(moment)
