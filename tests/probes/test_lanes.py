"""Single runs that wait for room are dealt fairly over the labels they are for."""

from __future__ import annotations

from probes.agenda import Agenda
from probes.lanes import Lanes
from probes.types import Instant, Order, OrderType, Run

BEGIN = Instant(1_000.0, 1_700_000_000.0)


def single(check_id: int, lane: str, valid_until: float = 1e12, not_before: float = 0.0) -> Order:
    return Order("x", check_id, "here", OrderType.SINGLE, valid_until, not_before=not_before, lane=lane)


def lanes(*orders: Order) -> Lanes:
    made = Lanes()
    for order in orders:
        made.add(Run(order, BEGIN))
    return made


def test_a_thousand_of_one_label_do_not_keep_another_waiting() -> None:
    waiting = lanes(*(single(n, "shelf") for n in range(1_000)), single(5_000, "mail"))
    assert 5_000 in [run.order.check_id for run in waiting.deal(2, BEGIN.steady)]


def test_the_first_three_members_of_each_label_go_before_the_others_of_any() -> None:
    waiting = lanes(*(single(n, "shelf") for n in range(10)), *(single(100 + n, "mail") for n in range(10)))
    first = {run.order.check_id for run in waiting.deal(6, BEGIN.steady)}
    assert first == {0, 1, 2, 100, 101, 102}


def test_all_that_wait_are_dealt_when_there_is_room() -> None:
    waiting = lanes(*(single(n, f"label-{n % 7}") for n in range(100)))
    assert len(waiting.deal(1_000, BEGIN.steady)) == 100
    assert len(waiting) == 0


def test_what_is_no_longer_worth_anything_is_dropped() -> None:
    waiting = lanes(single(1, "shelf", valid_until=BEGIN.steady - 1), single(2, "shelf"))
    assert [run.order.check_id for run in waiting.deal(10, BEGIN.steady)] == [2]


def test_confirmations_keep_to_their_budget_and_the_grid_goes_on_beside_them() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([single(n, "shelf") for n in range(100)], BEGIN)
    agenda.add([Order("s", 200 + n, "here", OrderType.STANDING, 1e12, 1.0, 10.0) for n in range(10)], BEGIN)
    runs = agenda.step(BEGIN.plus(1), free=40, free_singles=10).runs
    assert [run.order.type for run in runs].count(OrderType.SINGLE) == 10
    assert [run.order.type for run in runs].count(OrderType.STANDING) == 10


def test_a_check_whose_run_still_waits_is_not_queued_twice() -> None:
    agenda = Agenda(BEGIN)
    agenda.add([Order("s", n, "here", OrderType.STANDING, 1e12, 0.0, 1.0) for n in range(10)], BEGIN)
    found = [agenda.step(BEGIN.plus(k + 1), free=5) for k in range(20)]
    assert sum(due.thinned for due in found) > 0
    counts = [sum(run.order.check_id == n for due in found for run in due.runs) for n in range(10)]
    assert max(counts) - min(counts) <= 2
