"""One check over time: what its windows say together, and how long it usually takes (detection rule, point 6)."""

from __future__ import annotations

from probes.types import Observation
from status.domain.rule import Rule
from status.domain.usual import Usual
from status.domain.windows import Loss, Shares, Slowness

Found = tuple[str, dict[str, float]]
"""A reason and its numbers."""


class Trends:
    """The windows of one check: failed shares, slowness, loss. Only scheduled runs go in."""

    __slots__ = ("_loss", "_shares", "_slowness", "passed_hour", "usual")

    def __init__(self) -> None:
        self.usual = Usual()
        self.passed_hour: tuple[int, float] | None = None
        self._shares = Shares()
        self._slowness = Slowness()
        self._loss = Loss()

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

    def weigh(self, now: float, rule: Rule, slow_s: float | None, locations: int, *, slow: bool) -> Found | None:
        """Give why the service is degraded at `now`, or None. `slow`: it was so already, and leaves it later."""
        last = self._shares.last_failure
        if last is not None and now - last < rule.share_clear_s:
            failing = self._shares.burning(rule, locations, now)
            if failing is not None:
                return "intermittent", failing
        lost = self._loss.over(rule, locations)
        if lost is not None:
            return "packet_loss", lost
        limit_s = slow_s if slow_s is not None else self.usual.limit_s
        if limit_s is not None:
            over = self._slowness.over(limit_s * (rule.slow_leave_share if slow else 1.0), rule, locations)
            if over is not None:
                return "slow", over
        return None

    def in_doubt(self, rule: Rule) -> bool:
        """Whether more looks would help to tell: much is lost, but not yet as two locations see it."""
        return bool(self._loss) and self._loss.mean() > rule.loss_share

    def void(self, location: str, since: float) -> None:
        """Forget what one location saw amiss since then: its own line was bad."""
        self._shares.drop_failures(location, since)
        self._loss.drop(location, since)

    def forget_failures(self) -> None:
        """Begin the shares anew: what failed is told already."""
        self._shares.drop_failures()

    def forget(self) -> None:
        """Begin anew: what failed is told already, or was planned."""
        self._shares.drop_failures()
        self._slowness.clear()
        self._loss = Loss()


def _longest(rule: Rule) -> float:
    return max(over_s for over_s, _, _ in rule.share_windows)
