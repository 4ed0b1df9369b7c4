"""The rule on a virtual clock: points 1-5, 8 and 14."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.types import Outcome
from status.domain.detection import Trouble
from status.domain.rule import Rule
from status.domain.self_test import SelfTestRound
from tests.status.domain.bench import Bench
from tests.status.domain.simulation import BEGIN, World, outage

HERE = ("here",)
THREE = ("paris", "lyon", "lille")
REFUSED, TIMEOUT = 0.01, 60.0
OK, FAILED, BROKEN = Outcome.OK, Outcome.FAILED, Outcome.BROKEN


def detected(world: World, begin: float) -> float:
    return next(at for at, verdict in world.verdicts() if verdict == "down") - begin


def cleared(world: World, end: float) -> float:
    return next(at for at, verdict in world.verdicts() if verdict == "operational" and at >= end) - end


@pytest.mark.parametrize("shift", range(0, 30, 7))
@pytest.mark.parametrize("after", [REFUSED, TIMEOUT])
def test_one_location_sees_a_plain_outage_within_60_s(shift: int, after: float) -> None:
    world = World(target=outage(600 + shift, 1_200, after=after)).run(1_000)
    assert detected(world, 600 + shift) <= 60
    assert world.actions() == ["open"]


@pytest.mark.parametrize("shift", range(0, 60, 11))
@pytest.mark.parametrize("after", [REFUSED, TIMEOUT])
def test_three_locations_see_a_plain_outage_within_45_s(shift: int, after: float) -> None:
    world = World(locations=THREE, interval_s=60, target=outage(600 + shift, 1_200, after=after)).run(1_000)
    assert detected(world, 600 + shift) <= 45


@pytest.mark.parametrize("locations", [HERE, THREE])
@pytest.mark.parametrize("seconds", [1, 5, 12, 14.5])
@pytest.mark.parametrize("shift", range(0, 30, 5))
def test_no_hole_shorter_than_15_s_is_an_incident(locations: tuple[str, ...], seconds: float, shift: int) -> None:
    world = World(locations=locations, target=outage(600 + shift, 600 + shift + seconds)).run(1_000)
    assert [verdict for _, verdict in world.verdicts()] == ["operational"]


@pytest.mark.parametrize("shift", range(0, 30, 7))
def test_a_return_is_seen_within_60_s_and_closed_after_5_min_of_quiet(shift: int) -> None:
    world = World(target=outage(600, 1_200 + shift)).run(2_000)
    assert cleared(world, 1_200 + shift) <= 60
    assert world.actions() == ["open", "return", "close"]
    returned, closed = (at for at, decision in world.decisions[1:])
    assert 300 <= closed - returned <= 301


def test_a_target_that_is_down_from_the_start_is_found_within_60_s() -> None:
    world = World(target=outage(0, 900)).run(300)
    assert detected(world, 0) <= 60


def test_a_lone_failure_says_nothing() -> None:
    world = World(target=lambda _check, _place, at: (not 624 <= at < 627, 0.05)).run(1_000)
    assert [verdict for _, verdict in world.verdicts()] == ["operational"]


def test_the_first_failure_begins_extra_looks_beside_the_grid() -> None:
    quiet = World().run(700).runs
    world = World(target=outage(624, 627)).run(700)
    assert quiet < world.runs <= quiet + 8


def test_our_own_line_down_is_unknown_and_no_incident() -> None:
    world = World(checks=5, line=lambda _location, at: not 600 <= at < 900).run(1_300)
    assert not world.decisions
    assert [verdict for _, verdict in world.verdicts()] == ["operational", "unknown", "operational"]


def test_one_location_s_line_down_changes_nothing_for_the_others() -> None:
    world = World(
        checks=5, locations=THREE, interval_s=60, line=lambda place, at: not (place == "lyon" and 600 <= at < 900)
    ).run(1_300)
    assert [verdict for _, verdict in world.verdicts()] == ["operational"]


def test_a_location_counts_again_after_30_s_in_which_its_line_was_well() -> None:
    world = World(line=lambda _location, at: not 600 <= at < 700).run(1_000)
    unknown, known = (at for at, _ in world.verdicts()[1:])
    assert 600 <= unknown <= 632
    assert 730 <= known <= 780


def test_an_outage_seen_from_one_location_of_three_is_not_down() -> None:
    world = World(
        locations=THREE, interval_s=60, target=lambda _check, place, at: (not (place == "lyon" and at > 600), 0.05)
    ).run(2_000)
    assert "down" not in [verdict for _, verdict in world.verdicts()]


def test_nothing_seen_for_three_intervals_is_unknown() -> None:
    world = World().run(600)
    world.agendas["here"].withdraw([1])
    world.run(800)
    assert world.verdicts()[-1][1] == "unknown"
    assert 60 <= world.verdicts()[-1][0] - 600 <= 131


def test_a_check_broken_at_two_of_three_locations_is_decided_by_the_third_at_once() -> None:
    bench = Bench(locations=THREE)
    for at in range(0, 90, 5):
        bench.look(at, OK if at < 50 else FAILED, "paris")
        bench.looks(at, at + 1, BROKEN, locations=("lyon", "lille"))
    assert bench.verdicts() == ["operational", "down"]


def test_locations_that_hold_no_order_for_a_check_are_in_no_majority_of_it() -> None:
    bench = Bench(locations=THREE)
    for at in range(0, 1_000, 5):
        bench.look(at, OK if at < 500 else FAILED, "paris")
        for place in ("lyon", "lille"):
            bench.step(at, SelfTestRound(place, BEGIN.steady + at, BEGIN.steady + at, ()))
    assert bench.verdicts() == ["operational", "down"]


def test_a_location_that_can_run_a_check_again_is_in_its_majority_again() -> None:
    bench = Bench(locations=THREE).looks(0, 100, BROKEN, locations=("lyon", "lille"))
    bench.looks(100, 130, OK)
    for at in range(130, 230, 5):
        bench.look(at, FAILED, "paris")
        bench.looks(at, at + 1, OK, locations=("lyon", "lille"))
    assert bench.verdicts() == ["operational"]


def test_rounds_without_references_keep_a_location_with_rare_looks_heard() -> None:
    bench = Bench(interval_s=120)
    for at in range(0, 1_000, 10):
        bench.step(at, SelfTestRound("here", BEGIN.steady + at, BEGIN.steady + at, ()))
        if at % 120 == 0:
            bench.look(at, OK)
    assert bench.verdicts() == ["operational"]


def test_the_first_failure_of_a_check_of_which_nothing_is_known_leaves_it_unknown() -> None:
    bench = Bench()
    bench.look(1, OK)
    bench.step(400)
    bench.looks(401, 421, FAILED)
    assert bench.verdicts() == ["operational", "unknown"]
    bench.looks(421, 440, FAILED)
    assert bench.verdicts() == ["operational", "unknown", "down"]


def test_a_trouble_of_the_prober_makes_its_failures_of_the_last_30_s_void() -> None:
    bench = Bench()
    bench.look(0, OK)
    bench.looks(100, 115, FAILED)
    bench.step(116, Trouble("here", "the loop stood still"))
    bench.step(147)
    bench.looks(150, 165, FAILED)
    assert "down" not in bench.verdicts()


def test_retired_members_of_a_label_do_not_make_the_rest_fail_without_confirmation() -> None:
    bench = Bench(checks=6, label="shelf")
    for at in (0, 100, 105, 110, 115, 120, 125):
        for check in range(1, 7):
            bench.look(at, FAILED if at and check < 4 else OK, check=check)
    assert bench.verdicts().count("down") == 3
    bench.know((4, 5, 6), 200)
    bench.look(300, FAILED, check=4)
    bench.look(303, FAILED, check=4)
    assert bench.verdicts().count("down") == 3


def test_an_outage_long_after_a_suspicion_is_seen_as_fast_as_the_first() -> None:
    def target(check: int, place: str, at: float) -> tuple[bool, float]:
        return outage(3_000, 4_000)(check, place, at) if at > 1_000 else outage(628, 633)(check, place, at)

    world = World(locations=THREE, interval_s=60, target=target).run(3_200)
    assert detected(world, 3_000) <= 45


def test_every_number_of_the_rule_can_be_changed() -> None:
    patient = Rule(down_failures_in_all=12, down_failures_in_row=12)
    world = World(rule=patient, target=outage(600, 2_000)).run(1_400)
    assert detected(world, 600) > 60


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.0, 30.0), st.floats(61.0, 300.0), st.sampled_from([REFUSED, TIMEOUT]), st.sampled_from([HERE, THREE])
)
def test_all_locations_failing_for_a_minute_is_down(
    shift: float, seconds: float, after: float, locations: tuple[str, ...]
) -> None:
    world = World(locations=locations, target=outage(600 + shift, 600 + shift + seconds, after=after)).run(1_000)
    assert "down" in [verdict for _, verdict in world.verdicts()]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.sampled_from([HERE, THREE]))
def test_probes_that_are_all_well_never_make_a_bad_verdict(checks: int, locations: tuple[str, ...]) -> None:
    world = World(checks=checks, locations=locations).run(400)
    assert {verdict for n in range(1, checks + 1) for _, verdict in world.verdicts(n)} == {"operational"}
