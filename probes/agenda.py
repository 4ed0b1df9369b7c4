"""When each order is due: a fixed grid on the wall clock, kept on the steady one. Sans-IO: no clock, no tasks.

    orders ─▶ Agenda.step(now, free) ─▶ runs to start now, runs nobody had room for, the next wake

The grid of a standing order is `k × interval_s + phase_s` of Unix time. Dues are held in steady seconds, worked out
from (wall - steady); when the two clocks part by more than `CLOCK_STEP_S` the whole grid is anchored anew. A run
missed by more than half an interval (the process was stopped) is skipped, never caught up in a burst; a check whose
run still waits for room is not queued twice, so that under load every check is looked at less often and none never.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from probes.lanes import Lanes
from probes.types import Instant, Order, OrderType, Run

CLOCK_STEP_S = 2.0
"""Wall and steady clock may part by this much before the grid is anchored anew."""

LATE_RUN_S = 2.0
"""A standing run this late is started all the same, whatever its interval."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one step found: runs to start, runs that waited longer than they were worth, and when the next is due.

    `next_wake` None: nothing is ordered. It says nothing of what waits for room: that is asked for at every step.
    `missed`: dues skipped because the process stood still; `thinned`: because the run before still waits for room.
    """

    runs: tuple[Run, ...]
    crowded: tuple[Run, ...]
    next_wake: float | None
    missed: int
    thinned: int
    clock_stepped: bool


class Agenda:
    """The orders one prober holds. Not thread-safe: one loop owns it."""

    def __init__(self, now: Instant) -> None:
        self._offset = now.wall - now.steady
        self._standing: dict[int, Order] = {}
        self._heap: list[tuple[float, int, Order]] = []
        self._waiting: deque[Run] = deque()
        self._queued: set[int] = set()
        self._singles = Lanes()
        self._count = 0

    def __len__(self) -> int:
        """Count the standing orders held."""
        return len(self._standing)

    def add(self, orders: Iterable[Order], now: Instant) -> None:
        """Take in orders. A standing one replaces the standing order of its check and keeps its place on the grid."""
        for order in orders:
            if order.type is OrderType.SINGLE:
                self._push(max(order.not_before, now.steady), order)
                continue
            before = self._standing.get(order.check_id)
            self._standing[order.check_id] = order
            if before is None or (before.phase_s, before.interval_s) != (order.phase_s, order.interval_s):
                self._push(self._next_on_grid(order, now.steady), order)
            else:
                self._replace(before, order)

    def withdraw(self, check_ids: Iterable[int]) -> None:
        """Drop the standing orders of these checks; what is in the heap for them is skipped when it comes up."""
        for check_id in check_ids:
            self._standing.pop(check_id, None)

    @property
    def waiting_singles(self) -> int:
        """How many single runs are due and wait for room."""
        return len(self._singles)

    def step(self, now: Instant, free: int, free_singles: int | None = None) -> Due:
        """Give what is due at `now`, at most `free` runs, of them at most `free_singles` of single orders (None: all).

        Single ones go first, in the fair order of `Lanes`; the rest waits and is given up when too late.
        """
        stepped = abs(now.wall - now.steady - self._offset) > CLOCK_STEP_S
        if stepped:
            self._anchor(now)
        missed, thinned = self._collect(now)
        crowded = self._give_up(now)
        runs = self._singles.deal(free if free_singles is None else min(free, free_singles), now.steady)
        for _ in range(min(free - len(runs), len(self._waiting))):
            run = self._waiting.popleft()
            self._queued.discard(run.order.check_id)
            runs.append(run)
        wake = self._heap[0][0] if self._heap else None
        return Due(tuple(runs), crowded, wake, missed, thinned, stepped)

    def _collect(self, now: Instant) -> tuple[int, int]:
        missed = thinned = 0
        heap = self._heap
        while heap and heap[0][0] <= now.steady:
            due, _, order = heapq.heappop(heap)
            if order.type is OrderType.SINGLE:
                self._singles.add(Run(order, Instant(due, due + self._offset)))
                continue
            if self._standing.get(order.check_id) is not order or now.steady > order.valid_until:
                continue
            following = due + order.interval_s
            if now.steady - due > max(LATE_RUN_S, order.interval_s / 2):
                missed += 1
                following = 0.0
            elif order.check_id in self._queued:
                thinned += 1
            else:
                self._queued.add(order.check_id)
                self._waiting.append(Run(order, Instant(due, due + self._offset)))
            self._push(following if following > now.steady else self._next_on_grid(order, now.steady), order)
        return missed, thinned

    def _give_up(self, now: Instant) -> tuple[Run, ...]:
        late = [run for run in self._waiting if now.steady - run.due.steady > max(LATE_RUN_S, run.order.interval_s)]
        if late:
            gone = set(map(id, late))
            self._waiting = deque(run for run in self._waiting if id(run) not in gone)
            self._queued.difference_update(run.order.check_id for run in late)
        return tuple(late)

    def _anchor(self, now: Instant) -> None:
        self._offset = now.wall - now.steady
        singles = [entry for entry in self._heap if entry[2].type is OrderType.SINGLE]
        self._heap = singles
        for order in self._standing.values():
            self._heap.append((self._next_on_grid(order, now.steady), self._number(), order))
        heapq.heapify(self._heap)

    def _replace(self, before: Order, order: Order) -> None:
        self._heap = [(due, number, order if held is before else held) for due, number, held in self._heap]

    def _next_on_grid(self, order: Order, after: float) -> float:
        wall = after + self._offset
        k = math.floor((wall - order.phase_s) / order.interval_s) + 1
        return k * order.interval_s + order.phase_s - self._offset

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _push(self, due: float, order: Order) -> None:
        heapq.heappush(self._heap, (due, self._number(), order))
