"""A location's own line: which references speak against it, and what keeps it heard (point 8)."""

from __future__ import annotations

from collections.abc import Callable

from probes.types import Instant, Observation, Outcome
from status.domain.line import Line
from status.domain.rule import SelfTestRule
from status.domain.self_test import LocationHealth, SelfTestRound


def aside(health: LocationHealth, until: float, well: Callable[[float], tuple[bool, ...]]) -> set[float]:
    """Test every 10 s; give at which of these seconds the location is set aside."""
    found = set()
    for at in range(0, int(until), 10):
        health.take(SelfTestRound("here", at, at + 0.1, well(at)))
        if not health.healthy:
            found.add(float(at))
    return found


def test_an_only_reference_that_does_not_answer_sets_the_location_aside_for_as_long_as_that() -> None:
    health = LocationHealth(SelfTestRule(bad_references=1))
    found = aside(health, 600, lambda at: (not 100 <= at < 400,))
    assert found == set(map(float, range(100, 430, 10)))


def test_a_lone_miss_beside_a_reference_dead_for_long_is_forgiven() -> None:
    assert not aside(LocationHealth(SelfTestRule()), 900, lambda at: (False, at != 600, True))


def test_two_misses_beside_a_reference_dead_for_long_set_the_location_aside() -> None:
    found = aside(LocationHealth(SelfTestRule()), 620, lambda at: (False, at != 600, at != 600))
    assert min(found) == 600


def test_a_reference_that_answers_again_counts_again() -> None:
    def well(at: float) -> tuple[bool, ...]:
        return not (at < 200 or at >= 400), at < 400, True

    assert min(aside(LocationHealth(SelfTestRule()), 420, well)) == 400


def test_a_round_without_references_keeps_a_location_heard() -> None:
    line = Line(SelfTestRule(), tested=False, now=0.0)
    for at in range(10, 600, 10):
        line.hear(at)
        assert not line.take(SelfTestRound("here", at, at, ()))
        line.tick(at + 9)
        assert line.counts
    line.tick(700)
    assert line.silent


def test_a_location_without_references_counts_again_30_s_after_a_trouble() -> None:
    line = Line(SelfTestRule(), tested=False, now=0.0)
    line.trouble(100, "the loop stood still")
    counted = [at for at in range(110, 200, 10) if not line.take(SelfTestRound("here", at, at, ())) and line.counts]
    assert counted[0] == 140


def test_failures_that_wait_for_a_self_test_are_void_by_a_trouble_of_the_prober() -> None:
    line, began = Line(SelfTestRule(), tested=True, now=0.0), Instant(100.0, 0.0)
    line.hold(Observation(1, "here", 1, "s", True, began, began, 0.05, Outcome.FAILED))
    line.trouble(101, "the loop stood still")
    for at in range(102, 160, 5):
        line.take(SelfTestRound("here", at, at, (True, True, True)))
    assert line.counts
    assert line.proven(160) == []
