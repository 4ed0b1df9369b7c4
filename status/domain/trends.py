"""One check over time: what its windows say together, and how long it usually takes (detection rule, point 6)."""

from __future__ import annotations

from probes.types import Observation
from status.domain.rule import Rule
from status.domain.usual import Usual
from status.domain.windows import Loss, Shares, Slowness

Found = tuple[str, dict[str, float]]
"""A reason and its numbers."""

INTERMITTENT = "intermittent"


class Trends:
    """The windows of one check: failed shares, slowness, loss. Only scheduled runs go in."""

    __slots__ = ("_loss", "_quiet_from", "_shares", "_slowness", "passed_hour", "usual")

    def __init__(self) -> None:
        self.usual = Usual()
        self.passed_hour: tuple[int, float] | None = None
        self._shares = Shares()
        self._slowness = Slowness()
        self._loss = Loss()
        self._quiet_from: float | None = None

    @property
    def last_failure(self) -> float | None:
        """When the youngest failure in the windows began (steady seconds)."""
        return self._shares.last_failure

    def take_good(self, seen: Observation, rule: Rule, slow_s: float | None) -> bool:
        """Take in a good run; give whether there is anything to weigh (mostly not)."""
        began = seen.began.steady
        self._shares.add(began, seen.location, _longest(rule), failed=False)
        if seen.loss is not None:
            self._loss.add(began, seen.location, seen.loss, rule)
        passed = self.usual.add(seen.began.wall, seen.latency_s, rule)
        if passed is not None:
            self.passed_hour = passed
        limited = slow_s is not None or self.usual.limit_s is not None
        complete = limited and self._slowness.add(began, seen.location, seen.latency_s, rule)
        return complete or bool(self._loss) or bool(self._shares)

    def take_failure(self, began: float, location: str, rule: Rule) -> None:
        """Take in a failure."""
        self._shares.add(began, location, _longest(rule), failed=True)

    def weigh(self, now: float, rule: Rule, slow_s: float | None, locations: int, was: str) -> Found | None:
        """Give why the service is degraded at `now`, or None. `was`: for which reason it was so till now, or ""."""
        intermittent = self._intermittent(now, rule, locations, was=was == INTERMITTENT)
        if intermittent is not None:
            return INTERMITTENT, intermittent
        lost = self._loss.over(rule, locations)
        if lost is not None:
            return "packet_loss", lost
        limit_s = slow_s if slow_s is not None else self.usual.limit_s
        if limit_s is not None:
            leave = rule.slow_leave_share if was == "slow" else 1.0
            over = self._slowness.over(limit_s * leave, rule, locations)
            if over is not None:
                return "slow", over
        return None

    def _intermittent(self, now: float, rule: Rule, locations: int, *, was: bool) -> dict[str, float] | None:
        """Give the numbers of the share that was reached, and so on until no failure is seen for a while.

        What failed before that quiet still counts, but begins nothing by itself: it takes failures since.
        """
        last = self._shares.last_failure
        if last is None or now - last >= rule.share_clear_s:
            self._quiet_from = now if was else self._quiet_from
            return None
        burning = self._shares.burning(rule, locations, now)
        if was:
            return burning or {}
        again = self._quiet_from is None or self._shares.since(self._quiet_from) >= rule.share_failures_each
        return burning if again else None

    def in_doubt(self, rule: Rule) -> bool:
        """Whether more looks would help to tell: much is lost, but not yet as two locations see it."""
        return bool(self._loss) and self._loss.mean() > rule.loss_share

    def void(self, location: str, since: float) -> None:
        """Forget what one location saw amiss since then: its own line was bad."""
        self._shares.drop_failures(location, since)
        self._loss.drop(location, since)

    def leave_out(self, since: float) -> None:
        """Leave out an outage that began then: it is told already."""
        self._shares.drop_failures(since=since)
        self._slowness.clear()
        self._loss = Loss()

    def forget(self) -> None:
        """Begin anew: what was seen was planned."""
        self._shares.drop_failures()
        self._slowness.clear()
        self._loss = Loss()
        self._quiet_from = None


def _longest(rule: Rule) -> float:
    return max(over_s for over_s, _, _ in rule.share_windows)
