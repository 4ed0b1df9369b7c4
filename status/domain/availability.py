"""How long each state lasted, day by day in the site's zone: what the bars, their table twin and the ratio are made of.

Pure: spans in, days out. A day before the component was first watched is "no data", never green.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from status.domain.states import PublicState

BAR_DAYS = 90
"""Days a bar shows."""

UNKNOWN_SHOWS_AFTER_S = 300.0
"""An unknown shorter than this does not colour a day (a restart of ours); its seconds are counted all the same."""

_COLOURING = (PublicState.DOWN, PublicState.DEGRADED, PublicState.UNKNOWN, PublicState.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Span:
    """One state from `began` to `ended` (aware; half open)."""

    state: PublicState
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One day: seconds by state; `worst` is None when nothing was known of it ("no data").

    `outages` and `works` count those that began that day.
    """

    on: date
    seconds: Mapping[PublicState, float]
    worst: PublicState | None
    outages: int
    works: int = 0

    def seconds_of(self, state: PublicState) -> float:
        """Give the seconds spent in a state."""
        return self.seconds.get(state, 0.0)


@dataclass(frozen=True)
class Availability:
    """The days of a bar, oldest first, and their totals.

    `ratio` (0-1) is the share of the known time without an outage; None when nothing is known. Degraded time counts
    as available and stands apart, works and unknown time are left out of it (SPEC §1 f).
    """

    days: tuple[Day, ...]
    outages: int
    ratio: float | None

    @property
    def works(self) -> int:
        """Count the works; one that an outage interrupts counts twice."""
        return sum(day.works for day in self.days)

    @cached_property
    def seconds(self) -> Mapping[PublicState, float]:
        """Give the seconds of each state over all days."""
        spent: dict[PublicState, float] = {}
        for day in self.days:
            for state, seconds in day.seconds.items():
                spent[state] = spent.get(state, 0.0) + seconds
        return spent

    def seconds_of(self, state: PublicState) -> float:
        """Give the seconds of a state over all days."""
        return self.seconds.get(state, 0.0)


@dataclass(frozen=True, slots=True)
class Total:
    """A time summed up: seconds by state. `outages` and `works` count those that began in it.

    `ratio` is as in `Availability`.
    """

    seconds: Mapping[PublicState, float]
    outages: int
    works: int

    def seconds_of(self, state: PublicState) -> float:
        """Give the seconds spent in a state."""
        return self.seconds.get(state, 0.0)

    @property
    def ratio(self) -> float | None:
        """Give the share (0-1) of the known time without an outage; None when nothing is known."""
        return _ratio(self.seconds_of)


def total(spans: Iterable[Span], begin: datetime, end: datetime) -> Total:
    """Sum up what of some spans lies between two moments."""
    seconds: dict[PublicState, float] = {}
    began = Counter[PublicState]()
    for span in spans:
        inside = (min(span.ended, end) - max(span.began, begin)).total_seconds()
        if inside > 0:
            seconds[span.state] = seconds.get(span.state, 0.0) + inside
            began[span.state] += begin <= span.began < end
    return Total(seconds, began[PublicState.DOWN], began[PublicState.MAINTENANCE])


def complete(troubles: Iterable[Span], since: datetime | None, until: datetime) -> tuple[Span, ...]:
    """Fill the gaps between troubles with operational time from `since` to `until`; nothing before `since`."""
    if since is None or since >= until:
        return ()
    spans: list[Span] = []
    at = since
    for trouble in sorted(troubles, key=lambda span: span.began):
        began, ended = max(trouble.began, at), min(trouble.ended, until)
        if ended <= began:
            continue
        if began > at:
            spans.append(Span(PublicState.OPERATIONAL, at, began))
        spans.append(Span(trouble.state, began, ended))
        at = ended
    if at < until:
        spans.append(Span(PublicState.OPERATIONAL, at, until))
    return tuple(spans)


def combine(lines: Sequence[Sequence[Span]], rule: Callable[[Counter[PublicState]], PublicState]) -> tuple[Span, ...]:
    """Lay several lines of spans over one another; `rule` says the state of each moment from the count of states."""
    moves: list[tuple[datetime, PublicState, int]] = []
    for line in lines:
        for span in line:
            moves.append((span.began, span.state, 1))
            moves.append((span.ended, span.state, -1))
    moves.sort(key=lambda move: move[0])
    spans: list[Span] = []
    counts: Counter[PublicState] = Counter()
    began: datetime | None = None
    for at, state, change in moves:
        if began is not None and at > began and counts:
            _append(spans, rule(counts), began, at)
        counts[state] += change
        if not counts[state]:
            del counts[state]
        began = at
    return tuple(spans)


def overlay(line: Sequence[Span], over: Sequence[Span]) -> tuple[Span, ...]:
    """Put spans (in order, apart from one another) over a line: they hold where they are, and nothing beyond it."""
    if not line or not over:
        return tuple(line)
    spans: list[Span] = []
    for span in line:
        at = span.began
        for above in over:
            began, ended = max(above.began, at), min(above.ended, span.ended)
            if ended <= began:
                continue
            if began > at:
                _append(spans, span.state, at, began)
            _append(spans, above.state, began, ended)
            at = ended
        if at < span.ended:
            _append(spans, span.state, at, span.ended)
    return tuple(spans)


def availability(spans: Sequence[Span], until: datetime, zone: ZoneInfo, days: int = BAR_DAYS) -> Availability:
    """Share spans, in order and none over another, out over the `days` days that end with the one of `until`."""
    last = until.astimezone(zone).date()
    begins, ends = [span.began for span in spans], [span.ended for span in spans]
    shared = []
    for on, midnight, next_midnight in _days_until(last, days, zone):
        inside = spans[bisect_right(ends, midnight) : bisect_left(begins, next_midnight)]
        if len(inside) == 1 and inside[0].began < midnight and inside[0].ended >= next_midnight:
            shared.append(_unbroken(on, inside[0].state, midnight, next_midnight))
        else:
            shared.append(_day(on, total(inside, midnight, next_midnight)))
    ratio = _ratio(lambda state: sum(day.seconds_of(state) for day in shared))
    return Availability(tuple(shared), sum(day.outages for day in shared), ratio)


def window_start(until: datetime, zone: ZoneInfo, days: int = BAR_DAYS) -> datetime:
    """Give the midnight (site's zone) at which the bars of `days` days begin."""
    first = until.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), zone).astimezone(UTC)


def _ratio(seconds_of: Callable[[PublicState], float]) -> float | None:
    down = seconds_of(PublicState.DOWN)
    up = seconds_of(PublicState.OPERATIONAL) + seconds_of(PublicState.DEGRADED)
    return up / (up + down) if up + down else None


def _append(spans: list[Span], state: PublicState, began: datetime, ended: datetime) -> None:
    if spans and spans[-1].state is state and spans[-1].ended == began:
        spans[-1] = Span(state, spans[-1].began, ended)
    else:
        spans.append(Span(state, began, ended))


@lru_cache(maxsize=16)
def _days_until(last: date, days: int, zone: ZoneInfo) -> tuple[tuple[date, datetime, datetime], ...]:
    """Give days, oldest first, each with its midnight and the next one."""
    dates = [last - timedelta(days=back) for back in range(days - 1, -2, -1)]
    midnights = [datetime.combine(on, time(), zone).astimezone(UTC) for on in dates]
    return tuple(zip(dates, midnights, midnights[1:], strict=False))


@lru_cache(maxsize=1_024)
def _unbroken(on: date, state: PublicState, midnight: datetime, next_midnight: datetime) -> Day:
    """Give a day that was all of one state, begun before: nearly every day of every component is one."""
    return _day(on, total((Span(state, midnight - timedelta(seconds=1), next_midnight),), midnight, next_midnight))


def _day(on: date, told: Total) -> Day:
    return Day(on, told.seconds, _worst(told.seconds), told.outages, told.works)


def _worst(seconds: Mapping[PublicState, float]) -> PublicState | None:
    for state in _COLOURING:
        least = UNKNOWN_SHOWS_AFTER_S if state is PublicState.UNKNOWN else 0.0
        if seconds.get(state, 0.0) > least:
            return state
    return PublicState.OPERATIONAL if PublicState.OPERATIONAL in seconds else None
