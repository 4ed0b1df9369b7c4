"""The simulated clock of a replay: a heap of moments in whole milliseconds, no asyncio, no waiting."""

from __future__ import annotations

import heapq
import itertools
import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Final

from probes.types import Instant

BEGIN_STEADY_MS: Final = 100_000_000

DEFAULT_EPOCH: Final = 1_767_571_200.0
"""2026-01-05 00:00 UTC, a Monday: when a scenario begins that names no epoch."""

ROUNDING_MS: Final = 0.003
"""Sums of seconds are off by less than this; a moment that is nearly a whole millisecond is that one."""


class Clockwork:
    """What happens when. `ms` is the present; `world_ms` the same in the world, which a long replay may leap ahead in.

    The core never sees a leap: its clocks go on evenly.
    """

    def __init__(self, epoch: float | None) -> None:
        self.ms = 0
        self.world_ms = 0
        self._epoch_ms = round((DEFAULT_EPOCH if epoch is None else epoch) * 1000)
        self._heap: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._count = itertools.count()
        self._leaps: list[tuple[int, int]] = [(0, 0)]

    def at(self, ms: int) -> Instant:
        """Give a moment on both clocks. Milliseconds are added before they become seconds: equal ones stay equal."""
        return Instant((BEGIN_STEADY_MS + ms) / 1000, (self._epoch_ms + ms) / 1000)

    def now(self) -> Instant:
        """Give the present on both clocks."""
        return self.at(self.ms)

    def first_after(self, steady: float) -> int:
        """Give the first whole millisecond at or after a steady time."""
        return math.ceil(steady * 1000 - BEGIN_STEADY_MS - ROUNDING_MS)

    def push(self, ms: int, call: Callable[[Any], None], argument: object = None) -> None:
        """Have `call(argument)` called at `ms`; what is pushed for one moment is called in the order of pushing."""
        heapq.heappush(self._heap, (ms, next(self._count), call, argument))

    def run(self, end_ms: int, after_each: Callable[[], None]) -> None:
        """Let time pass in the world to `end_ms`; `after_each` is called when all of a moment was."""
        heap, pop = self._heap, heapq.heappop
        while heap:
            ms = heap[0][0]
            self.world_ms += ms - self.ms
            self.ms = ms
            if self.world_ms > end_ms:
                return
            while heap and heap[0][0] == ms:
                _, _, call, argument = pop(heap)
                call(argument)
            after_each()

    def leap(self, ms: int) -> None:
        """Go ahead in the world alone."""
        self.world_ms += ms
        self._leaps.append((self.ms, self.world_ms - self.ms))

    def leapt_ms(self) -> int:
        """Give how much was leapt over so far."""
        return self.world_ms - self.ms

    def in_world(self, ms: int) -> int:
        """Give the world's time of a moment that was."""
        index = bisect_right(self._leaps, ms, key=lambda leap: leap[0]) - 1
        return ms + self._leaps[index][1]

    def phase_s(self, offset_ms: int, interval_ms: int) -> float:
        """Give the phase on the grid of Unix time that puts the first run `offset_ms` after the start."""
        return (self._epoch_ms + offset_ms) % interval_ms / 1000
