"""Components' verdicts: what comes and goes, works, parents, and what a restart keeps (points 9-11 and 13)."""

from __future__ import annotations

from probes.types import Outcome
from status.domain.detection import Trouble
from status.domain.states import Verdict
from tests.status.domain.bench import Bench
from tests.status.domain.simulation import BEGIN

OK, FAILED = Outcome.OK, Outcome.FAILED


def flapping(downs: int) -> Bench:
    """Give a service that was down for a minute every 5 minutes, so often; it is well when this ends."""
    bench = Bench().looks(0, 100, OK)
    for n in range(downs):
        bench.looks(100 + 300 * n, 160 + 300 * n, FAILED).looks(160 + 300 * n, 400 + 300 * n, OK)
    return bench


def test_one_outage_counts_as_one_down_however_often_our_own_line_hides_it() -> None:
    bench = Bench().looks(0, 100, OK)
    for begin in (100, 200, 300):
        bench.looks(begin, begin + 100, FAILED).step(begin + 99, Trouble("here", "the loop stood still"))
    bench.looks(400, 700, OK)
    assert bench.verdicts().count("down") == 4
    assert len(bench.judge.components()[1].downs) == 1
    assert "unstable" not in bench.actions()


def test_three_outages_within_an_hour_are_unstable() -> None:
    bench = flapping(3)
    assert [transition.unstable for transition in bench.transitions if transition.after.value == "down"][-1]
    assert bench.verdicts()[-1] == "degraded"


def test_what_is_unstable_is_not_green_right_after_a_restart() -> None:
    bench = flapping(3).restart(1_010).looks(1_015, 1_500, OK)
    assert bench.verdicts() == []
    bench.looks(1_500, 1_700, OK)
    assert bench.verdicts() == ["operational"]


def test_an_unstable_incident_whose_down_lasts_says_worse_after_ten_minutes() -> None:
    bench = flapping(2).looks(700, 1_295, FAILED)
    assert bench.actions()[-1] == "unstable"
    bench.looks(1_295, 5_000, FAILED)
    assert bench.actions()[-1] == "worse"
    assert bench.actions().count("worse") == 1
    assert {impact.value for impact in bench.book.incidents()[0].impacts.values()} == {"full"}


def test_an_unstable_incident_that_got_worse_says_better_then_returns_after_ten_quiet_minutes() -> None:
    bench = flapping(2).looks(700, 2_000, FAILED).looks(2_000, 2_590, OK)
    assert bench.actions()[-3:] == ["unstable", "worse", "better"]
    bench.looks(2_590, 2_890, OK)
    assert bench.actions()[-1] == "return"
    assert bench.looks(2_890, 2_910, OK).actions()[-1] == "close"


def test_what_one_location_alone_sees_inside_a_work_is_maintenance() -> None:
    bench = Bench(locations=("a", "b", "c")).looks(0, 100, OK)
    bench.judge.in_work({1: Verdict.DEGRADED})
    for at in range(100, 400, 10):
        bench.look(at, FAILED, "a")
        bench.looks(at, at + 1, OK, locations=("b", "c"))
    assert bench.verdicts() == ["operational", "maintenance"]
    assert bench.actions() == []


def test_a_parent_well_at_one_location_of_three_is_still_being_confirmed() -> None:
    bench = Bench(checks=2, locations=("a", "b", "c"), parents={2: (1,)}).looks(0, 1, OK)
    for location in "bc":
        bench.look(100, FAILED, location)
    bench.look(101, OK, "a")
    assert bench.judge.parent_confirming(2, BEGIN.plus(101))
    bench.look(102, OK, "b")
    assert not bench.judge.parent_confirming(2, BEGIN.plus(102))


def test_a_local_verdict_is_dropped_when_its_location_is_gone_after_a_restart() -> None:
    bench = Bench(locations=("a", "b", "c")).looks(0, 100, OK)
    for at in range(100, 400, 10):
        bench.look(at, FAILED, "a")
        bench.looks(at, at + 1, OK, locations=("b", "c"))
    assert bench.verdicts()[-1] == "local"
    bench.locations = ("b", "c")
    assert bench.restart(405).looks(410, 500, OK).verdicts() == ["operational"]
