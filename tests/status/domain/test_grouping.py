"""Which incident a failure belongs to, and what the robot says of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from probes.types import Instant
from status.domain.decisions import Decision
from status.domain.grouping import Book, Incident, Place
from status.domain.rule import Rule
from status.domain.states import Impact, Policy, Verdict
from status.domain.transition import Transition
from tests.status.domain.simulation import BEGIN, World, outage

PLACES = [
    Place(1, (9,), "shelf", Policy.PUBLISH, Policy.DRAFT),
    Place(2, (9,), "shelf", Policy.PUBLISH, Policy.DRAFT),
    Place(3, (), "other", Policy.DRAFT, Policy.DRAFT),
]


@dataclass
class Known:
    """What detection knows, as far as the book asks."""

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    confirming: set[int] = field(default_factory=set)
    parents: dict[int, int] = field(default_factory=dict)
    quiet: set[int] = field(default_factory=set)

    def verdict(self, component_id: int) -> Verdict:
        return self.verdicts.get(component_id, Verdict.UNKNOWN)

    def unknown(self, component_id: int) -> bool:
        return self.verdicts.get(component_id) is Verdict.UNKNOWN

    def muted(self, component_id: int) -> bool:
        return component_id in self.quiet

    def parent_confirming(self, component_id: int, _now: Instant) -> bool:
        return self.parents.get(component_id) in self.confirming

    def dead_parent(self, component_id: int) -> int | None:
        parent = self.parents.get(component_id, 0)
        return parent if self.verdict(parent) is Verdict.DOWN else None


KNOWN = Known()


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    KNOWN.__init__()


def book() -> Book:
    uids = iter(["event-1", "event-2", "event-3"])
    made = Book(Rule(), lambda _now: next(uids))
    made.places(PLACES)
    return made


def change(component: int, after: Verdict, at: Instant, before: Verdict = Verdict.OPERATIONAL) -> Transition:
    return Transition(component, before, after, "refused", at.plus(-20), at, "2-4")


def decided(book: Book, at: Instant, *transitions: Transition) -> tuple[Decision, ...]:
    KNOWN.verdicts.update({transition.component_id: transition.after for transition in transitions})
    return book.step(at, transitions, KNOWN).decisions


def actions(book: Book, at: Instant, *transitions: Transition) -> list[tuple[str, str]]:
    return [(decision.action.value, decision.event_uid) for decision in decided(book, at, *transitions)]


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
    assert actions(it, BEGIN.plus(201), change(2, Verdict.DOWN, BEGIN.plus(201))) == [("open", "event-2")]


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
    opened = decided(it, BEGIN, change(3, Verdict.DOWN, BEGIN))
    assert [decision.public for decision in opened] == [False]
    assert actions(it, BEGIN.plus(599)) == []
    assert actions(it, BEGIN.plus(600)) == [("publish", "event-1")]


def test_the_robot_attaches_to_what_a_person_opened_first() -> None:
    it = book()
    theirs = Incident("theirs", "", hands_off=True, draft=False, opened=BEGIN.steady, impacts={9: Impact.PARTIAL})
    it.sync([theirs], KNOWN)
    assert actions(it, BEGIN.plus(5), change(1, Verdict.DOWN, BEGIN.plus(5))) == [("attach", "theirs")]


def test_the_robot_tells_of_the_return_on_a_person_s_incident_but_never_closes_it() -> None:
    it = book()
    theirs = Incident("theirs", "", hands_off=True, draft=False, opened=BEGIN.steady, impacts={1: Impact.FULL})
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    it.sync([theirs], KNOWN)
    well = change(1, Verdict.OPERATIONAL, BEGIN.plus(60), Verdict.DOWN)
    assert actions(it, BEGIN.plus(60), well) == [("return", "theirs")]
    assert actions(it, BEGIN.plus(3_000)) == []


def test_what_fails_beyond_its_work_is_an_incident_linked_to_it() -> None:
    late = replace(change(1, Verdict.DOWN, BEGIN, Verdict.MAINTENANCE), work_uid="work-1")
    (decision,) = decided(book(), BEGIN, late)
    assert (decision.action.value, decision.work_uid, decision.reason) == ("open", "work-1", "overrun")


def test_unknown_in_between_neither_closes_nor_opens() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    assert actions(it, BEGIN.plus(30), change(1, Verdict.UNKNOWN, BEGIN.plus(30), Verdict.DOWN)) == []
    assert actions(it, BEGIN.plus(60), change(1, Verdict.DOWN, BEGIN.plus(60), Verdict.UNKNOWN)) == []


def alone(at: Instant, reason: str) -> Transition:
    return replace(change(1, Verdict.DOWN, at), reason=reason, numbers={"healthy": 1})


@pytest.mark.parametrize(("reason", "opens_after_s"), [("refused", 0), ("stalled", 0), ("timeout", 180)])
def test_one_location_s_mere_silence_opens_later_where_it_is_told_to_wait(reason: str, opens_after_s: int) -> None:
    it = Book(Rule(silence_alone_s=200), lambda _now: "event-1")  # a change began 20 s before it was decided
    it.places(PLACES)
    first = actions(it, BEGIN, alone(BEGIN, reason))
    assert first == ([("open", "event-1")] if not opens_after_s else [])
    assert actions(it, BEGIN.plus(179)) == []
    assert actions(it, BEGIN.plus(180)) == ([("open", "event-1")] if opens_after_s else [])


def test_a_component_waits_while_what_it_depends_on_is_being_confirmed_and_joins_it() -> None:
    it = book()
    KNOWN.parents, KNOWN.confirming = {3: 1}, {1}
    assert actions(it, BEGIN, change(3, Verdict.DOWN, BEGIN)) == []
    KNOWN.confirming = set()
    down = (change(1, Verdict.DOWN, BEGIN.plus(9)), change(3, Verdict.UNREACHABLE, BEGIN.plus(9), Verdict.DOWN))
    assert actions(it, BEGIN.plus(9), *down) == [("open", "event-1")]
    assert it.incidents()[0].impacts.keys() == {1, 3}


def test_what_still_fails_a_minute_after_its_parent_is_well_has_an_incident_of_its_own() -> None:
    it = book()
    KNOWN.parents = {3: 1}
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN), change(3, Verdict.UNREACHABLE, BEGIN))
    back = BEGIN.plus(300)
    actions(it, back, change(1, Verdict.OPERATIONAL, back, Verdict.DOWN))
    actions(it, back, change(3, Verdict.DOWN, back, Verdict.UNREACHABLE))
    assert actions(it, back.plus(59)) == []
    told = actions(it, back.plus(60))
    assert told == [("leave", "event-1"), ("return", "event-1"), ("open", "event-2")]


def test_what_follows_its_parent_home_within_a_minute_never_has_an_incident_of_its_own() -> None:
    it = book()
    KNOWN.parents, KNOWN.quiet = {3: 1}, {1}
    down = (change(1, Verdict.DOWN, BEGIN), change(3, Verdict.UNREACHABLE, BEGIN))
    assert actions(it, BEGIN, *down) == []
    back = BEGIN.plus(300)
    KNOWN.parents = {}
    alone_now = change(3, Verdict.DOWN, back, Verdict.UNREACHABLE)
    assert actions(it, back, change(1, Verdict.OPERATIONAL, back, Verdict.DOWN), alone_now) == []
    assert actions(it, back.plus(59)) == []
    assert actions(it, back.plus(60)) == [("open", "event-1")]


def test_what_one_location_alone_sees_is_internal_and_grows_when_all_see_it() -> None:
    it = book()
    local = replace(change(1, Verdict.LOCAL, BEGIN), location="paris")
    (opened,) = decided(it, BEGIN, local)
    assert (opened.internal, opened.public) == (True, False)
    assert actions(it, BEGIN.plus(700)) == []
    everywhere = change(1, Verdict.DOWN, BEGIN.plus(800), Verdict.LOCAL)
    assert actions(it, BEGIN.plus(800), everywhere) == [("worse", "event-1"), ("publish", "event-1")]
    assert not it.incidents()[0].internal


def test_what_is_down_publishes_the_draft_it_joins_at_once() -> None:
    it = book()
    (opened,) = decided(it, BEGIN, change(1, Verdict.DEGRADED, BEGIN))
    assert not opened.public
    assert actions(it, BEGIN.plus(60), change(2, Verdict.DOWN, BEGIN.plus(60))) == [("publish", "event-1")]


def test_what_is_down_publishes_the_draft_it_reopens_at_once() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DEGRADED, BEGIN))
    actions(it, BEGIN.plus(30), change(1, Verdict.OPERATIONAL, BEGIN.plus(30), Verdict.DEGRADED))
    assert actions(it, BEGIN.plus(331)) == [("close", "event-1")]
    down = change(1, Verdict.DOWN, BEGIN.plus(340))
    assert actions(it, BEGIN.plus(340), down) == [("reopen", "event-1"), ("publish", "event-1")]


def test_an_instruction_does_not_make_an_internal_incident_return_while_one_location_sees_it() -> None:
    it = book()
    decided(it, BEGIN, replace(change(1, Verdict.LOCAL, BEGIN), location="paris"))
    it.sync(it.incidents(), KNOWN)
    assert actions(it, BEGIN.plus(60)) == []
    well = change(1, Verdict.OPERATIONAL, BEGIN.plus(90), Verdict.LOCAL)
    assert actions(it, BEGIN.plus(90), well) == [("return", "event-1")]


def test_an_incident_does_not_close_while_a_component_of_it_is_unknown() -> None:
    it = book()
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    actions(it, BEGIN.plus(100), change(1, Verdict.OPERATIONAL, BEGIN.plus(100), Verdict.DOWN))
    actions(it, BEGIN.plus(130), change(1, Verdict.UNKNOWN, BEGIN.plus(130)))
    assert actions(it, BEGIN.plus(700)) == []
    seen = change(1, Verdict.OPERATIONAL, BEGIN.plus(710), Verdict.UNKNOWN)
    assert actions(it, BEGIN.plus(710), seen) == [("close", "event-1")]


def test_what_depends_on_a_component_of_a_person_s_incident_is_attached_there() -> None:
    it = book()
    KNOWN.parents = {3: 1}
    actions(it, BEGIN, change(1, Verdict.DOWN, BEGIN))
    theirs = Incident("event-1", "shelf", hands_off=True, draft=False, opened=BEGIN.steady, impacts={1: Impact.FULL})
    it.sync([theirs], KNOWN)
    child = change(3, Verdict.UNREACHABLE, BEGIN.plus(30))
    assert actions(it, BEGIN.plus(30), child) == [("attach", "event-1")]
    assert actions(it, BEGIN.plus(120)) == []
    assert theirs.impacts == {1: Impact.FULL}
