"""How long a check usually takes at this hour of the day (detection rule, point 6): the p95 of the last seven days."""

from __future__ import annotations

from array import array
from statistics import median

from status.domain.rule import Rule

HOURS = 7 * 24
DAYS = 7


class Usual:
    """The p95 of a check's good runs for each hour of a week, and the runs of the hour that passes."""

    __slots__ = ("_hour", "_hours", "_limit", "_runs")

    def __init__(self) -> None:
        self._hours = array("f", bytes(4 * HOURS))
        self._hour: int | None = None
        self._runs = array("f")
        self._limit: float | None = None

    def restore(self, hour: int, p95_s: float) -> None:
        """Put back one hour (counted from the Unix epoch) of the last seven days."""
        self._hours[hour % HOURS] = p95_s

    def add(self, wall: float, seconds: float, rule: Rule) -> tuple[int, float] | None:
        """Take in a good run; when it is the first of a new hour, give the hour before and its p95 (seconds)."""
        hour = int(wall // 3600)
        if self._hour is not None and hour < self._hour:
            return None  # a late look of the hour before, whose p95 stands
        if hour == self._hour:
            self._runs.append(seconds)
            return None
        passed = None
        if self._hour is not None and self._runs:
            p95 = sorted(self._runs)[int(0.95 * (len(self._runs) - 1))]
            self._hours[self._hour % HOURS] = p95
            passed = (self._hour, p95)
            for unseen in range(self._hour + 1, min(hour, self._hour + HOURS)):
                self._hours[unseen % HOURS] = 0.0
        self._hour, self._runs = hour, array("f", [seconds])
        same = [p95 for day in range(1, DAYS + 1) if (p95 := self._hours[(hour - 24 * day) % HOURS])]
        enough = len(same) >= rule.slow_usual_days
        self._limit = max(rule.slow_usual_least_s, rule.slow_times_usual * median(same)) if enough else None
        return passed

    @property
    def limit_s(self) -> float | None:
        """Over this many seconds a run is slow at this hour; None while too few days are known."""
        return self._limit
