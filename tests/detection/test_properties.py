"""What must hold of the detection rule in any world, proved by example: many drawn ones, more with `--all`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.types import Observation, Outcome
from status.domain.states import Verdict
from status.replay.outcome import Run
from status.replay.scenario import BAD
from tests.detection.feeding import Recorded, Restarted, Shuffled, events_of, feed, told
from tests.detection.worlds import (
    Drawn,
    broken,
    cut,
    holes_and_outages,
    on_line,
    roots,
    seen_by_few,
    troubles,
    well,
)

TIMES = pytest.mark.parametrize(
    "times",
    [
        pytest.param(1, id="some"),
        pytest.param(8, id="many", marks=[pytest.mark.story, pytest.mark.timeout(900)]),
    ],
)
SEEDS = st.integers(0, 2**32)
DOWN = frozenset({Verdict.DOWN, Verdict.UNREACHABLE})
TIMEOUT_MS = 10_000


def prove(holds: Callable[..., None], *drawn: st.SearchStrategy, examples: int, times: int) -> None:
    """Try a property on so many worlds: the same ones each time in the plain tier, others each time with `--all`."""
    proved = settings(
        max_examples=examples * times, deadline=None, derandomize=times == 1, suppress_health_check=list(HealthCheck)
    )
    proved(given(*drawn)(holds))()


def bad_spells(run: Run, states: frozenset[Verdict] = BAD) -> list[tuple[float, float]]:
    return [spell for line in run.verdicts for spell in line.spells(states, run.end)]


# -- (a) what is well is never bad ------------------------------------------------------------------------------------


def nothing_bad(world: Drawn) -> None:
    run = world.run()
    assert bad_spells(run) == []
    assert run.incidents == ()


@TIMES
def test_what_is_well_is_never_bad(times):
    prove(nothing_bad, well(), examples=80, times=times)


# -- (b) what fails for a minute everywhere is down -------------------------------------------------------------------

TOLD_WITHIN_S = 75.0
"""The longest gap between two looks (30 s), the confirmations (20.5 s), time-outs (8 s), a self-test; some air."""


def found_down(drawn: tuple[Drawn, float]) -> None:
    world, start = drawn
    run = world.run()
    for line in run.verdicts:
        begins = [begin for begin, end in line.spells(DOWN, run.end) if end > start]
        assert begins
        assert start < begins[0] <= start + TOLD_WITHIN_S


@TIMES
def test_what_fails_for_a_minute_everywhere_is_down(times):
    prove(found_down, broken(), examples=120, times=times)


# -- (c) our own line's trouble is nobody's ---------------------------------------------------------------------------


@TIMES
def test_what_only_a_cut_location_sees_is_never_bad(times):
    prove(nothing_but_unknown, cut(), examples=80, times=times)


def nothing_but_unknown(world: Drawn) -> None:
    run = world.run()
    assert bad_spells(run) == []
    assert run.incidents == ()


# -- (d) the order of arrival -----------------------------------------------------------------------------------------


def same_in_any_order(world: Drawn, seed: int) -> None:
    """What the core is handed at once has no order."""
    run, shuffled = world.run(), Shuffled(world, seed).run()
    assert shuffled.verdicts == run.verdicts
    assert shuffled.incidents == run.incidents


def same_when_late(world: Drawn, seed: int) -> None:
    """Results that arrive up to a time-out (10 s from their begin) late, past one another, decide the same.

    What exactly: of failures that last less than 15 s, or are seen by a minority, nothing is ever down; outages of 90 s
    and more are; and when all is well at last, all is operational. Between the two (15 to 60 s) a delay may decide:
    a success that overtakes the failures before it breaks their run, as it should (point 3), before they were enough.
    """
    replay = Recorded(world)
    run = replay.run()
    chance = random.Random(seed)
    late = [
        (max(ms, chance.randint(ms, _begun(ms, item) + TIMEOUT_MS)) if isinstance(item, Observation) else ms, item)
        for ms, item in replay.arrivals
    ]
    states = [verdict for _, verdict in feed(world.scenario, late)]
    before = [verdict for _, verdict in run.verdicts[0].changes]
    assert (Verdict.DOWN in states) is (Verdict.DOWN in before) is has_outage(world)
    assert states[-1] is before[-1]


def has_outage(world: Drawn) -> bool:
    """Whether a majority (here: all, or the only location) sees failures for longer than any hole."""
    return any(
        effect.end is not None
        and effect.end - effect.start > 60
        and (effect.location == "*" or len(world.scenario.locations) == 1)
        for effect in world.scenario.effects
    )


def _begun(ms: int, seen: Observation) -> int:
    return max(ms - TIMEOUT_MS, ms - round(seen.duration_s * 1000))


@TIMES
def test_results_of_one_batch_decide_the_same_in_any_order(times):
    prove(same_in_any_order, holes_and_outages() | cut(), SEEDS, examples=60, times=times)


@TIMES
def test_results_that_overtake_one_another_decide_the_same(times):
    prove(same_when_late, holes_and_outages(), SEEDS, examples=80, times=times)


# -- (e) kill and restart ---------------------------------------------------------------------------------------------


def same_after_a_kill(world: Drawn, data: st.DataObject) -> None:
    run = world.run()
    moments = st.sampled_from(events_of(run)) | st.integers(0, round(run.end * 1000))
    killed = Restarted(world, data.draw(st.lists(moments, min_size=1, max_size=3))).run()
    assert told(killed) == told(run)


def same_after_a_restart(world: Drawn, data: st.DataObject) -> None:
    """The same with every process of ours gone for two seconds."""
    run = world.run()
    at = data.draw(st.sampled_from(events_of(run)) | st.integers(0, round(run.end * 1000))) / 1000
    assert told(world.run(on_line("process_dead", (at, at + 2.0), "*"))) == told(run)


@TIMES
def test_a_core_killed_at_any_event_tells_the_same_incidents(times):
    prove(same_after_a_kill, troubles(), st.data(), examples=40, times=times)


@TIMES
def test_all_restarted_at_any_event_tell_the_same_incidents(times):
    prove(same_after_a_restart, troubles(), st.data(), examples=40, times=times)


# -- (f) one more healthy location ------------------------------------------------------------------------------------

NEW = "brest"


def up_stays_up_with_a_good_word_more(world: Drawn) -> None:
    """The same evidence, and a further location that sees all well a moment after each look: no new "down"."""
    replay = Recorded(world)
    replay.run()
    before = [verdict for _, verdict in feed(world.scenario, replay.arrivals)]
    more = replace(world.scenario, locations=(*world.scenario.locations, NEW))
    good = [
        (ms + 1, replace(item, location=NEW, outcome=Outcome.OK, reason="", sequence=n, began=item.began.plus(0.001)))
        for n, (ms, item) in enumerate(replay.arrivals)
        if isinstance(item, Observation)
    ]
    after = [verdict for _, verdict in feed(more, [*replay.arrivals, *good])]
    assert Verdict.DOWN not in after or Verdict.DOWN in before


def never_down(world: Drawn) -> None:
    """What a majority never saw fail for 15 s is up, and stays so with one location more that sees what all see."""
    more = replace(world.scenario, locations=(*world.scenario.locations, NEW))
    for scenario in (world.scenario, more):
        assert bad_spells(replace(world, scenario=scenario).run(), DOWN) == []


@TIMES
def test_a_further_location_that_sees_all_well_makes_nothing_down(times):
    prove(up_stays_up_with_a_good_word_more, holes_and_outages() | seen_by_few(), examples=80, times=times)


@TIMES
def test_a_further_location_that_sees_the_same_makes_nothing_down(times):
    prove(never_down, seen_by_few(), examples=80, times=times)


# -- (g) one truth, one incident --------------------------------------------------------------------------------------


def no_more_than_roots(drawn: tuple[Drawn, int]) -> None:
    world, count = drawn
    run = world.run()
    assert len([i for i in run.incidents if i.merged_into is None]) <= count


@TIMES
def test_there_are_no_more_incidents_than_root_truths(times):
    prove(no_more_than_roots, roots(), examples=80, times=times)
