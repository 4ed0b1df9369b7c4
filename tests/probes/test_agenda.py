"""The agenda: a fixed grid, kept through late ticks and set clocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probes.agenda import Agenda
from probes.types import Instant, Order, OrderType

HOUR = 3_600.0
BEGIN = Instant(1_000.0, 1_700_000_000.0)


def standing(check_id: int = 1, *, phase_s: float = 0.0, interval_s: float = 10.0) -> Order:
    return Order(f"s{check_id}", check_id, "here", OrderType.STANDING, 1e12, phase_s, interval_s)


def single(check_id: int = 1, *, not_before: float = 0.0, valid_until: float = 1e12) -> Order:
    return Order(f"x{check_id}", check_id, "here", OrderType.SINGLE, valid_until, not_before=not_before)


def dues(agenda: Agenda, begin: Instant, seconds: float, step: float = 0.25) -> list[float]:
    found = []
    for k in range(int(seconds / step) + 1):
        found.extend(run.due.wall for run in agenda.step(begin.plus(k * step), 1_000).runs)
    return found


def test_a_standing_order_runs_on_its_place_of_the_grid() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(phase_s=3.0)], BEGIN)
    assert [round(due) % 10 for due in dues(agenda, BEGIN, 40)] == [3, 3, 3, 3]


def test_confirmations_do_not_move_the_grid() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(phase_s=3.0), single(not_before=1_005.0), single(not_before=1_011.5)], BEGIN)
    assert [due - BEGIN.wall for due in dues(agenda, BEGIN, 25)] == [3.0, 5.0, 11.5, 13.0, 23.0]


def test_a_renewed_order_keeps_its_due() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(phase_s=3.0)], BEGIN)
    agenda.add([standing(phase_s=3.0)], BEGIN.plus(1))
    assert len(dues(agenda, BEGIN.plus(1), 10)) == 1


def test_an_expired_order_runs_no_more() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([Order("s", 1, "here", OrderType.STANDING, BEGIN.steady + 15, 0.0, 10.0)], BEGIN)
    assert len(dues(agenda, BEGIN, 60)) == 1


def test_an_expired_single_order_is_not_run() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([single(not_before=1_005.0, valid_until=1_006.0)], BEGIN)
    assert not agenda.step(BEGIN.plus(7), 10).runs


def test_a_withdrawn_check_runs_no_more() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing()], BEGIN)
    agenda.withdraw([1])
    assert not dues(agenda, BEGIN, 30)


def test_after_a_long_stop_nothing_is_caught_up_in_a_burst() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(n, phase_s=n / 100) for n in range(1_000)], BEGIN)
    first = agenda.step(BEGIN.plus(300), 1_000)
    assert len(first.runs) <= 550
    assert first.missed >= 450


def test_what_finds_no_room_waits_its_turn_and_is_given_up_when_too_late() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(n, phase_s=1.0) for n in range(10)], BEGIN)
    assert len(agenda.step(BEGIN.plus(1), 4).runs) == 4
    assert len(agenda.step(BEGIN.plus(1.25), 4).runs) == 4
    assert len(agenda.step(BEGIN.plus(13), 0).crowded) == 2


def test_a_confirmation_goes_before_what_waits() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(n, phase_s=1.0) for n in range(10)], BEGIN)
    agenda.step(BEGIN.plus(1), 2)
    agenda.add([single(99)], BEGIN.plus(1))
    assert agenda.step(BEGIN.plus(1.25), 1).runs[0].order.check_id == 99


def test_what_waits_for_room_does_not_take_the_others_their_own_moments() -> None:
    """Runs that start together disturb one another: the next due counts, whatever waits."""
    agenda = Agenda(BEGIN)
    agenda.add([standing(phase_s=3.05), single()], BEGIN)
    due = agenda.step(BEGIN, 10, free_singles=0)
    assert (due.runs, agenda.waiting_singles, round(due.next_wake or 0, 2)) == ((), 1, 1_003.05)


def check_clock_set(by: float) -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(n, phase_s=n / 10) for n in range(100)], BEGIN)
    starts: list[float] = []
    for k in range(1, 121):
        moment = BEGIN.plus(k * 0.25)
        if k > 60:
            moment = Instant(moment.steady, moment.wall + by)
        due = agenda.step(moment, 1_000)
        starts.extend(moment.steady for _ in due.runs)
        assert all(moment.steady - run.due.steady < 2 for run in due.runs)
        assert len(due.runs) <= 10
    assert len(starts) >= 200


def test_a_clock_set_back_an_hour_makes_no_burst_and_no_delay() -> None:
    check_clock_set(-HOUR)


def test_a_clock_set_forward_an_hour_makes_no_burst_and_no_delay() -> None:
    check_clock_set(HOUR)


def test_a_clock_set_forward_a_day_makes_no_burst_and_no_delay() -> None:
    check_clock_set(24 * HOUR)


@given(
    interval=st.floats(1, 300),
    phase=st.floats(0, 0.999),
    steps=st.lists(st.floats(0.01, 20), min_size=1, max_size=60),
)
def test_each_run_is_due_on_the_grid_and_never_before_its_time(
    interval: float, phase: float, steps: list[float]
) -> None:
    agenda = Agenda(BEGIN)
    agenda.add([standing(phase_s=phase * interval, interval_s=interval)], BEGIN)
    now, last = BEGIN, 0.0
    for step in steps:
        now = now.plus(step)
        for run in agenda.step(now, 10).runs:
            off = (run.due.wall - phase * interval) % interval
            assert min(off, interval - off) < 0.001
            assert last < run.due.steady <= now.steady
            last = run.due.steady
