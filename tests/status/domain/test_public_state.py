from __future__ import annotations

from collections import Counter

import pytest

from status.domain.public_state import EventImpact, Facts, Node, banner, children_sum, public_states
from status.domain.states import Impact, PublicState, Verdict, Visibility

UP, DEGRADED, DOWN = PublicState.OPERATIONAL, PublicState.DEGRADED, PublicState.DOWN
UNKNOWN, WORKS, UNWATCHED = PublicState.UNKNOWN, PublicState.MAINTENANCE, PublicState.UNWATCHED
AREA = Node(1, None, "telephony", has_checks=False)
SIP = Node(2, 1, "sip", has_checks=True)


def said(impact: Impact, *, by_person: bool, component: int = 2, n: int = 42) -> EventImpact:
    return EventImpact(f"u{n}", n, component, impact, by_person)


def sip(verdict: Verdict | None = None, **facts):
    verdicts = {} if verdict is None else {2: verdict}
    return public_states(Facts(nodes=(SIP,), verdicts=verdicts, **facts))[2]


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (Verdict.OPERATIONAL, UP),
        (Verdict.DEGRADED, DEGRADED),
        (Verdict.DOWN, DOWN),
        (Verdict.MAINTENANCE, WORKS),
        (Verdict.UNKNOWN, UNKNOWN),
        (Verdict.LOCAL, UP),
        (Verdict.UNREACHABLE, DOWN),
        (None, UNKNOWN),
    ],
)
def test_a_verdict_is_shown_in_public_words(verdict, shown):
    assert sip(verdict).shown is shown


@pytest.mark.parametrize(
    ("impact", "verdict", "shown"),
    [
        (Impact.NONE, Verdict.DOWN, UP),
        (Impact.PARTIAL, Verdict.DOWN, DEGRADED),
        (Impact.FULL, Verdict.OPERATIONAL, DOWN),
        (Impact.FULL, Verdict.UNKNOWN, DOWN),
    ],
)
def test_a_person_wins_over_the_verdict_both_ways(impact, verdict, shown):
    assert sip(verdict, impacts=(said(impact, by_person=True),)).shown is shown


@pytest.mark.parametrize(
    ("impact", "verdict", "shown"),
    [
        (Impact.NONE, Verdict.OPERATIONAL, UP),
        (Impact.NONE, Verdict.DOWN, DOWN),
        (Impact.DEGRADED, Verdict.OPERATIONAL, DEGRADED),
        (Impact.FULL, Verdict.DEGRADED, DOWN),
    ],
)
def test_the_robots_impact_stands_beside_the_verdict(impact, verdict, shown):
    assert sip(verdict, impacts=(said(impact, by_person=False),)).shown is shown


def test_of_several_incidents_the_worst_counts_a_persons_before_the_robots():
    robots = (said(Impact.FULL, by_person=False), said(Impact.DEGRADED, by_person=False, n=43))
    assert sip(Verdict.OPERATIONAL, impacts=robots).shown is DOWN
    state = sip(Verdict.DOWN, impacts=(*robots, said(Impact.PARTIAL, by_person=True, n=44)))
    assert (state.shown, state.events) == (DEGRADED, (("u44", 44),))


def test_a_waiting_draft_reads_as_degraded_with_its_hour():
    state = sip(Verdict.DOWN, drafts={2: 1000.0})
    assert (state.shown, state.draft_since, state.events) == (DEGRADED, 1000.0, ())


def test_a_person_decides_over_a_draft():
    state = sip(Verdict.DOWN, drafts={2: 1000.0}, impacts=(said(Impact.NONE, by_person=True),))
    assert (state.shown, state.draft_since) == (UP, None)


def test_a_work_stands_beside_an_incident_and_never_instead_of_it():
    assert sip(Verdict.OPERATIONAL, works=frozenset({2})).shown is WORKS
    state = sip(Verdict.OPERATIONAL, works=frozenset({2}), impacts=(said(Impact.FULL, by_person=False),))
    assert (state.shown, state.in_work) == (DOWN, True)


def test_without_checks_and_events_a_component_is_not_watched():
    nodes = (AREA, Node(2, 1, "sip", has_checks=False))
    states = public_states(Facts(nodes=nodes))
    assert [states[1].shown, states[2].shown, states[2].own] == [UNWATCHED, UNWATCHED, None]
    assert states[2].unwatched


def test_an_event_makes_a_component_without_checks_watched():
    node = Node(2, None, "sip", has_checks=False)
    states = public_states(Facts(nodes=(node,), impacts=(said(Impact.NONE, by_person=False),)))
    assert states[2].shown is UP


@pytest.mark.parametrize(
    ("children", "total"),
    [
        ([], None),
        ([UNWATCHED], None),
        ([DOWN, DOWN], DOWN),
        ([DOWN, UNKNOWN], DOWN),
        ([DOWN, UP], DEGRADED),
        ([DEGRADED, UNKNOWN, UNKNOWN], DEGRADED),
        ([UNKNOWN], UNKNOWN),
        ([UNKNOWN, UP], UNKNOWN),
        ([UNKNOWN, UP, UP], UP),
        ([UNKNOWN, WORKS, UP], WORKS),
        ([UP, WORKS], WORKS),
        ([UP, UNWATCHED], UP),
    ],
)
def test_children_are_summed_by_the_first_match(children, total):
    assert children_sum(Counter(children)) is total


def test_a_node_is_the_worst_of_its_own_and_its_childrens_sum():
    nodes = (Node(1, None, "a", has_checks=True), Node(2, 1, "b", has_checks=True), Node(3, 1, "c", has_checks=True))
    verdicts = {1: Verdict.UNKNOWN, 2: Verdict.DOWN, 3: Verdict.OPERATIONAL}
    state = public_states(Facts(nodes=nodes, verdicts=verdicts))[1]
    assert (state.own, state.shown, state.counts, state.children) == (UNKNOWN, DEGRADED, {DOWN: 1, UP: 1}, 2)


def test_a_hidden_component_is_left_out_and_its_children_count_above_it():
    hidden = Node(5, 1, "canary", has_checks=True, visibility=Visibility.INTERNAL)
    nodes = (AREA, hidden, Node(2, 5, "sip", has_checks=True))
    states = public_states(Facts(nodes=nodes, verdicts={5: Verdict.DOWN, 2: Verdict.OPERATIONAL}))
    assert set(states) == {1, 2}
    assert (states[1].shown, states[1].counts) == (UP, {UP: 1})


def test_the_desk_sees_hidden_components():
    hidden = Node(5, 1, "canary", has_checks=True, visibility=Visibility.INTERNAL)
    states = public_states(Facts(nodes=(AREA, hidden), verdicts={5: Verdict.DOWN}), frozenset(Visibility))
    assert states[1].shown is DOWN


def areas(*verdicts: Verdict | None, works: frozenset[int] = frozenset()):
    nodes = tuple(Node(id_, None, f"area{id_}", has_checks=verdict is not None) for id_, verdict in enumerate(verdicts))
    known = {id_: verdict for id_, verdict in enumerate(verdicts) if verdict is not None}
    return public_states(Facts(nodes=nodes, verdicts=known, works=works)).values()


def test_the_banner_names_outages_degraded_unknown_then_works():
    verdicts = (Verdict.MAINTENANCE, Verdict.UNKNOWN, Verdict.DEGRADED, Verdict.DOWN, Verdict.OPERATIONAL, None)
    assert [(state, area.slug) for state, area in banner(areas(*verdicts))] == [
        (DOWN, "area3"),
        (DEGRADED, "area2"),
        (UNKNOWN, "area1"),
        (WORKS, "area0"),
    ]


def test_the_banner_names_the_works_of_an_area_in_trouble_too():
    lines = banner(areas(Verdict.DOWN, works=frozenset({0})))
    assert [state for state, _ in lines] == [DOWN, WORKS]


def test_a_work_below_is_known_above():
    states = public_states(Facts(nodes=(AREA, SIP), verdicts={2: Verdict.OPERATIONAL}, works=frozenset({2})))
    assert (states[1].in_work, states[1].work_below, states[1].shown) == (False, True, WORKS)
    assert len(banner([states[1]])) == 1


def test_a_quiet_banner_is_empty():
    assert banner(areas(Verdict.OPERATIONAL)) == ()
