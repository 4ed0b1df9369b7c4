"""What a check's runs say over time (detection rule, point 6): failed shares, slowness, packet loss. Sans-IO.

Runs of the grid count, and those of the pace after a suspicion: both are due whatever the one before saw.
Confirmations are left out: they follow failures and would bias every share. Times are steady seconds.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import deque
from statistics import fmean, median

from status.domain.rule import Rule

MANY = 2
"""From two locations on, one location's word alone never makes a service degraded."""


class Shares:
    """The share of scheduled runs that failed lately."""

    __slots__ = ("_began", "_failures")

    def __init__(self) -> None:
        self._began = array("d")
        self._failures: list[tuple[float, str]] = []

    def __bool__(self) -> bool:
        return bool(self._failures)

    @property
    def last_failure(self) -> float | None:
        """When the youngest kept failure began."""
        return self._failures[-1][0] if self._failures else None

    def add(self, began: float, location: str, longest_s: float, *, failed: bool) -> None:
        """Take in one run; what is older than `longest_s` is forgotten."""
        runs = self._began
        if not runs or began >= runs[-1]:
            runs.append(began)
        else:
            insort(runs, began)
        if failed:
            insort(self._failures, (began, location))
        if runs[0] < began - 2 * longest_s:
            del runs[: bisect_left(runs, began - longest_s)]
        while self._failures and self._failures[0][0] < began - longest_s:
            del self._failures[0]

    def drop_failures(self, location: str | None = None, since: float = 0.0) -> None:
        """Forget the failures since then: of all locations, or of one."""
        self._failures = [
            failure
            for failure in self._failures
            if failure[0] < since or (location is not None and failure[1] != location)
        ]

    def since(self, moment: float) -> int:
        """Give how many failures began since then."""
        return len(self._failures) - bisect_left(self._failures, (moment, ""))

    def burning(self, rule: Rule, locations: int, now: float) -> dict[str, float] | None:
        """Give the numbers of the first window whose share is reached, with failures enough from two locations."""
        for over_s, share, least in rule.share_windows:
            failures = self._failures[bisect_left(self._failures, (now - over_s, "")) :]
            if len(failures) < least:
                continue
            runs = len(self._began) - bisect_left(self._began, now - over_s)
            if len(failures) / max(runs, 1) < share or not self._from_enough(failures, rule, locations):
                continue
            return {"failures": len(failures), "runs": runs, "over_s": over_s, "share": round(len(failures) / runs, 3)}
        return None

    def _from_enough(self, failures: list[tuple[float, str]], rule: Rule, locations: int) -> bool:
        each: dict[str, int] = {}
        for _, location in failures:
            each[location] = each.get(location, 0) + 1
        enough = sum(count >= rule.share_failures_each for count in each.values())
        return enough >= min(MANY, locations)


class Slowness:
    """Medians of how long good runs took, a slot of half a minute each."""

    __slots__ = ("_medians", "_now", "_slot")

    def __init__(self) -> None:
        self._medians: deque[tuple[float, dict[str, float]]] = deque()
        self._slot = -1
        self._now: dict[str, list[float]] = {}

    def add(self, began: float, location: str, seconds: float, rule: Rule) -> bool:
        """Take in one good run; give whether a slot was completed by it."""
        slot = int(began // rule.slow_median_s)
        if slot <= self._slot or not self._now:
            self._slot = max(slot, self._slot)
            self._now.setdefault(location, []).append(seconds)
            return False
        self._medians.append(_summed(self._now))
        while len(self._medians) > rule.slow_of_medians:
            self._medians.popleft()
        self._slot, self._now = slot, {location: [seconds]}
        return True

    def over(self, limit_s: float, rule: Rule, locations: int) -> dict[str, float] | None:
        """Give the numbers when enough of the last medians are over the limit, as two locations see it."""
        slow = [seen for middle, seen in self._medians if middle > limit_s]
        if len(slow) < rule.slow_medians:
            return None
        seen_from = {location for seen in slow for location, seconds in seen.items() if seconds > limit_s}
        if len(seen_from) < min(MANY, locations):
            return None
        last = [middle for middle, _ in self._medians][-rule.slow_medians :]
        return {
            "medians_over": len(slow),
            "of": len(self._medians),
            "limit_s": limit_s,
            "median_s": round(median(last), 4),
        }

    def clear(self) -> None:
        """Forget everything."""
        self._medians.clear()
        self._now = {}


class Loss:
    """The share of packets that series lost lately."""

    __slots__ = ("_series",)

    def __init__(self) -> None:
        self._series: deque[tuple[float, str, float]] = deque()

    def __bool__(self) -> bool:
        return bool(self._series)

    def add(self, began: float, location: str, share: float, rule: Rule) -> None:
        """Take in one series; what is older than the window is forgotten."""
        self._series.append((began, location, share))
        while self._series[0][0] < began - rule.loss_over_s:
            self._series.popleft()

    def drop(self, location: str, since: float) -> None:
        """Forget one location's series since then: they are void."""
        self._series = deque(entry for entry in self._series if not _is_of(entry[:2], location, since))

    def mean(self) -> float:
        """Give the share of packets lost in the window."""
        return fmean([share for _, _, share in self._series]) if self._series else 0.0

    def over(self, rule: Rule, locations: int) -> dict[str, float] | None:
        """Give the numbers when more is lost than the rule allows, as two locations see it."""
        mean = self.mean()
        if mean <= rule.loss_share or len(self._series) < rule.loss_series:
            return None
        each: dict[str, list[float]] = {}
        for _, location, share in self._series:
            each.setdefault(location, []).append(share)
        lossy = sum(fmean(shares) > rule.loss_share for shares in each.values())
        return {"loss": round(mean, 4), "series": len(self._series)} if lossy >= min(MANY, locations) else None


def _is_of(failure: tuple[float, str], location: str, since: float) -> bool:
    return failure[1] == location and failure[0] >= since


def _summed(slot: dict[str, list[float]]) -> tuple[float, dict[str, float]]:
    return median([value for values in slot.values() for value in values]), {
        location: median(values) for location, values in slot.items()
    }
