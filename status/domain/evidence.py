"""What one location saw of one check, in the order in which the checks *began* (detection rule, point 3).

A time-out that arrives after a younger success does not lengthen the run of failures; a slow success that began
before a failure does not end it.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass

KEEP = 48
"""Results kept of a run; a longer run keeps its first one apart."""

ObservationKey = tuple[int, str, int]


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """One counted result. Ordered by `began` (steady seconds)."""

    began: float
    sequence: int
    failed: bool
    wall: float
    reason: str


@dataclass(frozen=True, slots=True)
class Streak:
    """The unbroken run of like results at the end: how many, its first and last one."""

    failed: bool
    count: int
    first: Result
    last: Result

    @property
    def span_s(self) -> float:
        """Seconds between the starts of its first and its last check."""
        return self.last.began - self.first.began


class Results:
    """The results of one check at one location."""

    __slots__ = ("_kept", "_longer", "_streak")

    def __init__(self) -> None:
        self._kept: list[Result] = []
        self._longer = 0
        self._streak: Streak | None = None

    @property
    def streak(self) -> Streak | None:
        """The run at the end, or None before the first result."""
        return self._streak

    def add(self, result: Result) -> None:
        """Take a result in at its place by start time."""
        streak = self._streak
        if streak is None or (result.began >= streak.last.began and result.failed is not streak.failed):
            self._kept.append(result)
            self._streak = Streak(result.failed, 1, result, result)
        elif result.began >= streak.last.began:
            self._kept.append(result)
            self._streak = Streak(streak.failed, streak.count + 1, streak.first, result)
        else:
            insort(self._kept, result)
            self._streak = self._trailing()
        if len(self._kept) > KEEP:
            del self._kept[: len(self._kept) - KEEP // 2]

    def drop_failures_since(self, began: float) -> None:
        """Forget failures that began at or after `began` (point 8: void while our own line was bad)."""
        self._kept = [result for result in self._kept if not (result.failed and result.began >= began)]
        self._streak = self._trailing() if self._kept else None

    def streak_since(self, began: float) -> Streak | None:
        """Give what of the run at the end began at or after `began`; None when nothing of it did."""
        streak = self._streak
        if streak is None or streak.first.began >= began:
            return streak
        recent = [result for result in self._kept if result.began >= began and result.failed is streak.failed]
        return Streak(streak.failed, len(recent), recent[0], recent[-1]) if recent else None

    def failures(self) -> tuple[Result, ...]:
        """Give the kept failures of the run at the end, oldest first."""
        if self._streak is None or not self._streak.failed:
            return ()
        return tuple(result for result in self._kept if result.failed and result.began >= self._streak.first.began)

    def _trailing(self) -> Streak:
        last = self._kept[-1]
        before = self._streak
        first, count = last, 0
        for result in reversed(self._kept):
            if result.failed is not last.failed:
                return Streak(last.failed, count, first, last)
            first, count = result, count + 1
        if before is not None and before.failed is last.failed and before.first.began < first.began:
            return Streak(last.failed, max(count, before.count), before.first, last)
        return Streak(last.failed, count, first, last)
