"""Which incident a failure belongs to, and what the robot says of it."""

from __future__ import annotations

from probes.types import Instant
from status.domain.detection import Transition
from status.domain.grouping import Book, Incident, Place
from status.domain.rule import Rule
from status.domain.states import Impact, Policy, Verdict
from tests.status.domain.simulation import BEGIN, World, outage

PLACES = [
    Place(1, (9,), "shelf", Policy.PUBLISH, Policy.DRAFT, Rule()),
    Place(2, (9,), "shelf", Policy.PUBLISH, Policy.DRAFT, Rule()),
    Place(3, (), "other", Policy.DRAFT, Policy.DRAFT, Rule()),
]


def book() -> Book:
    uids = iter(["event-1", "event-2", "event-3"])
    made = Book(Rule(), lambda _now: next(uids))
    made.places(PLACES)
    return made


def change(component: int, after: Verdict, at: Instant, before: Verdict = Verdict.OPERATIONAL) -> Transition:
    return Transition(component, before, after, "refused", at.plus(-20), at, "2-4")


def actions(book: Book, at: Instant, *transitions: Transition) -> list[tuple[str, str]]:
    return [(decision.action.value, decision.event_uid) for decision in book.step(at, transitions).decisions]


def test_components_that_fail_together_under_one_label_are_one_incident() -> None:
    world = World(checks=30, labels=dict.fromkeys(range(1, 31), "shelf"))
    world.target = outage(600, 1_200, checks=tuple(range(1, 31)))
    world.run(1_800)
    assert world.actions().count("open") == 1
    assert set(world.actions()) == {"open", "join", "return", "close"}


def test_components_under_different_labels_are_incidents_of_their_own() -> None:
    world = World(checks=2)
    world.target = outage(600, 1_200, checks=(1, 2))
    assert world.run(1_000).actions() == ["open", "open"]


def test_joining_is_gathered_for_a_minute_and_told_once() -> None:
    it = book()
    assert actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN)) == [("open", "event-1")]
    assert actions(it, BEGIN.plus(10), change(2, Verdict.DOWN, BEGIN.plus(10))) == []
    assert actions(it, BEGIN.plus(71)) == [("join", "event-1")]


def test_a_failure_later_than_180_s_is_another_incident() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    assert actions(it, BEGIN.plus(200), change(2, Verdict.DOWN, BEGIN.plus(200))) == [("open", "event-2")]


def test_trouble_while_monitoring_reopens_the_same_incident() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    actions(it, BEGIN.plus(60), change(1, Verdict.OPERATIONAL, BEGIN.plus(60), Verdict.DOWN))
    assert actions(it, BEGIN.plus(90), change(1, Verdict.DOWN, BEGIN.plus(90))) == [("reopen", "event-1")]


def test_trouble_soon_after_the_closing_reopens_the_same_incident() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    actions(it, BEGIN.plus(60), change(1, Verdict.OPERATIONAL, BEGIN.plus(60), Verdict.DOWN))
    assert actions(it, BEGIN.plus(361)) == [("close", "event-1")]
    assert actions(it, BEGIN.plus(900), change(1, Verdict.DOWN, BEGIN.plus(900))) == [("reopen", "event-1")]
    assert it.holds_open(1)


def test_a_draft_nobody_touches_is_published_after_ten_minutes() -> None:
    it = book()
    opened = it.step(BEGIN, [change(3, Verdict.DOWN, BEGIN)]).decisions
    assert [decision.public for decision in opened] == [False]
    assert actions(it, BEGIN.plus(599)) == []
    assert actions(it, BEGIN.plus(600)) == [("publish", "event-1")]


def test_the_robot_attaches_to_what_a_person_opened_first() -> None:
    it = book()
    theirs = Incident("theirs", "", hands_off=True, draft=False, opened=BEGIN.steady, impacts={9: Impact.PARTIAL})
    it.sync([theirs], frozenset())
    assert actions(it, BEGIN.plus(5), change(1, Verdict.DOWN, BEGIN.plus(5))) == [("attach", "theirs")]


def test_the_robot_tells_of_the_return_on_a_person_s_incident_but_never_closes_it() -> None:
    it = book()
    theirs = Incident("theirs", "", hands_off=True, draft=False, opened=BEGIN.steady, impacts={1: Impact.FULL})
    it.sync([theirs], frozenset({1}))
    well = change(1, Verdict.OPERATIONAL, BEGIN.plus(60), Verdict.DOWN)
    assert actions(it, BEGIN.plus(60), well) == [("return", "theirs")]
    assert actions(it, BEGIN.plus(3_000)) == []


def test_what_still_fails_after_the_grace_of_a_work_is_an_overrun_linked_to_it() -> None:
    it = book()
    it.work_ended("work-1", [1], BEGIN)
    assert it.expired_grace(BEGIN.plus(299)) == {}
    assert it.expired_grace(BEGIN.plus(300)) == {1: "work-1"}
    late = change(1, Verdict.DOWN, BEGIN.plus(300), Verdict.MAINTENANCE)
    (decision,) = it.overrun([(late, "work-1")], BEGIN.plus(300)).decisions
    assert (decision.action.value, decision.work_uid, decision.reason) == ("open", "work-1", "overrun")


def test_unknown_in_between_neither_closes_nor_opens() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    assert actions(it, BEGIN.plus(30), change(1, Verdict.UNKNOWN, BEGIN.plus(30), Verdict.DOWN)) == []
    assert actions(it, BEGIN.plus(60), change(1, Verdict.DOWN, BEGIN.plus(60), Verdict.UNKNOWN)) == []
