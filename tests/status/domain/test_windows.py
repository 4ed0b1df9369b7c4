"""What a check does over time: slowness, loss, the usual p95 of an hour, and what a restart keeps of it (point 6)."""

from __future__ import annotations

from probes.types import Outcome
from status.domain.rule import Rule
from status.domain.usual import Usual
from status.domain.windows import Loss, Slowness
from tests.status.domain.bench import Bench

OK, FAILED = Outcome.OK, Outcome.FAILED
HOUR = 3600 * 472_222


def intermittent(bench: Bench, begin: int, end: int) -> Bench:
    """Let one look of three fail, as both locations see it; good ones take 0.85 s."""
    for n, at in enumerate(range(begin, end, 10)):
        outcome = FAILED if n // 2 % 3 == 0 else OK
        bench.look(at, outcome, "ab"[n % 2], duration_s=0.85)
    return bench


def test_the_way_out_of_slowness_is_no_way_into_it_for_what_was_degraded_by_failures() -> None:
    bench = intermittent(Bench(locations=("a", "b"), slow_s=1.0), 600, 1_500)
    assert bench.verdicts()[-1] == "degraded"
    for n, at in enumerate(range(1_500, 4_000, 10)):
        bench.look(at, OK, "ab"[n % 2], duration_s=0.85)
    assert bench.verdicts()[-1] == "operational"


def test_slowness_is_left_below_80_percent_of_its_limit() -> None:
    bench = Bench(locations=("a", "b"), slow_s=1.0)
    for n, at in enumerate(range(0, 3_000, 10)):
        bench.look(at, OK, "ab"[n % 2], duration_s=1.2 if at < 1_000 else 0.85 if at < 2_000 else 0.7)
        if at == 1_990:
            assert bench.verdicts()[-1] == "degraded"
    assert bench.verdicts()[-1] == "operational"


def test_degraded_kept_over_a_restart_outlives_the_first_good_looks() -> None:
    bench = intermittent(Bench(locations=("a", "b")), 0, 720).restart(725)
    for at in range(730, 900, 10):
        bench.look(at, OK, "ab"[at // 10 % 2])
    assert bench.verdicts() == []
    bench.looks(900, 1_400, OK)
    assert bench.verdicts() == ["operational"]


def test_degraded_kept_over_a_restart_goes_on_while_failures_do() -> None:
    bench = intermittent(Bench(locations=("a", "b")), 0, 720).restart(725)
    assert intermittent(bench, 730, 2_400).verdicts() == []


def test_a_late_look_of_the_hour_before_does_not_overwrite_that_hour() -> None:
    usual, rule = Usual(), Rule()
    for n in range(100):
        usual.add(HOUR + 30 * n, 0.5, rule)
    assert usual.add(HOUR + 3_601, 0.5, rule) == (HOUR // 3600, 0.5)
    assert usual.add(HOUR + 3_599, 0.05, rule) is None
    assert usual.add(HOUR + 3_630, 0.5, rule) is None
    assert usual.add(HOUR + 7_200, 0.5, rule) == (HOUR // 3600 + 1, 0.5)


def test_a_slow_look_that_ends_after_its_half_minute_completes_no_slot() -> None:
    slowness, rule = Slowness(), Rule()
    assert [slowness.add(at, "here", 0.1, rule) for at in (0, 31, 29, 33, 61)] == [False, True, False, False, True]


def test_one_series_of_packets_is_never_packet_loss() -> None:
    bench = Bench()
    bench.look(0, OK, loss=0.5)
    assert bench.verdicts() == ["operational"]


def test_five_series_that_lose_packets_are_packet_loss() -> None:
    loss, rule = Loss(), Rule()
    found = []
    for n in range(5):
        loss.add(30.0 * n, "here", 0.05, rule)
        found.append(loss.over(rule, 1) is not None)
    assert found == [False, False, False, False, True]
