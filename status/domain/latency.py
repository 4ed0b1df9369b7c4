"""How long checks took over a day, a week, ninety days: what the graph of a component and its table are made of.

Pure: runs or hours in, points out. Where nothing good was seen there is no point: a gap, never a line across it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from itertools import count
from math import ceil
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

QUARTER_S: Final = 900
HOUR_S: Final = 3600
PERCENTILE: Final = 0.95
"""What the slowest answers are left out by: one in twenty."""


class Period(Enum):
    """How far back a graph looks; `value`s are the words of its address."""

    DAY = "24h"
    WEEK = "7d"
    QUARTER = "90d"

    @property
    def days(self) -> int:
        """Give its length in days."""
        return {Period.DAY: 1, Period.WEEK: 7, Period.QUARTER: 90}[self]


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a graph, from `began` to `ended`. `usual_s` is its line, `slow_s` (≥ `usual_s`) the top of its band.

    By quarter of an hour: the median run and the 95th percentile. By hour: both are the 95th percentile, all that is
    kept. By day: the median and the worst of its hours.
    """

    began: datetime
    ended: datetime
    usual_s: float
    slow_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """What a graph shows, from `began` to `ended`: whole quarters, hours or days of `zone`. `at` is its present."""

    period: Period
    at: datetime
    zone: ZoneInfo
    began: datetime
    ended: datetime


def window(period: Period, at: datetime, zone: ZoneInfo) -> Window:
    """Give what a graph of `period` shows at a time: the last step is the one that is under way."""
    if period is Period.QUARTER:
        last = at.astimezone(zone).date()
        began, ended = (_midnight(last + timedelta(days=days), zone) for days in (1 - period.days, 1))
        return Window(period, at, zone, began, ended)
    step = QUARTER_S if period is Period.DAY else HOUR_S
    ended = _at((at.timestamp() // step + 1) * step)
    return Window(period, at, zone, ended - timedelta(days=period.days), ended)


def by_quarter(runs: Iterable[tuple[float, float]]) -> tuple[Point, ...]:
    """Make points of good runs, each given as its start (Unix seconds) and how long it took (seconds)."""
    quarters: dict[int, list[float]] = {}
    for began_s, took_s in runs:
        quarters.setdefault(int(began_s // QUARTER_S), []).append(took_s)
    return tuple(
        Point(_at(quarter * QUARTER_S), _at((quarter + 1) * QUARTER_S), median(took), _percentile(took))
        for quarter, took in sorted(quarters.items())
    )


def by_hour(hours: Mapping[int, float]) -> tuple[Point, ...]:
    """Make points of hours (Unix hours) and their 95th percentile (seconds)."""
    return tuple(Point(_at(hour * HOUR_S), _at((hour + 1) * HOUR_S), s, s) for hour, s in sorted(hours.items()))


def by_day(hours: Mapping[int, float], zone: ZoneInfo) -> tuple[Point, ...]:
    """Make points of hours by the days of a zone they begin in."""
    days: dict[date, list[float]] = {}
    for hour, slow_s in hours.items():
        days.setdefault(_at(hour * HOUR_S).astimezone(zone).date(), []).append(slow_s)
    return tuple(
        Point(_midnight(on, zone), _midnight(on + timedelta(days=1), zone), median(found), max(found))
        for on, found in sorted(days.items())
    )


def ceiling(points: Iterable[Point]) -> float:
    """Give the least of 1, 2, 5 times a power of ten (seconds) that no point rises above; at least 1 ms."""
    highest = max((point.slow_s for point in points), default=0.0)
    rounds = (digit * 10.0**exponent for exponent in count(-3) for digit in (1, 2, 5))
    return next(top for top in rounds if top >= highest)


def _percentile(took: Sequence[float]) -> float:
    return sorted(took)[ceil(PERCENTILE * len(took)) - 1]


def _at(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)
