"""One check under the rule: its results per location, its suspicion, its verdict (points 2-5 and 14). Sans-IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from probes.types import Instant, Observation
from status.domain.evidence import Result, Results, Streak
from status.domain.rule import Rule
from status.domain.states import Verdict

SAME_ROUND_S = 0.5
"""Two confirmations of one location closer than this would see the same moment twice."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """What detection must know of a check. `interval_s` is per location."""

    check_id: int
    component_id: int
    interval_s: float
    timeout_s: float
    rule: Rule
    needs: int | None = None

    @property
    def stale_after_s(self) -> float:
        """Seconds without an observation after which nothing is known (point 14)."""
        return self.rule.stale_intervals * self.interval_s + self.timeout_s


@dataclass(frozen=True, slots=True)
class Ask:
    """Please run this check at this location, not before `not_before` (steady seconds), beside the grid."""

    check_id: int
    location: str
    not_before: float
    timeout_s: float


class CheckState:
    """The state of one check. `verdict` is what was last decided; `shown` is unknown when nothing recent is known."""

    __slots__ = (
        "_evidence", "_paced_until", "_recovering", "_results", "_round", "_seen", "_stale",
        "began", "next_wake", "reason", "touched", "verdict", "view",
    )  # fmt: skip

    def __init__(self, view: CheckView, now: Instant) -> None:
        self.view = view
        self.verdict: Verdict | None = None
        self.began = now
        self.reason = ""
        self.touched = False
        self.next_wake: float | None = None
        self._results: dict[str, Results] = {}
        self._seen: float | None = None
        self._stale = True
        self._round: float | None = None
        self._paced_until = 0.0
        self._recovering: float | None = None
        self._evidence: tuple[tuple[int, str, int], ...] = ()

    @property
    def shown(self) -> Verdict:
        """The verdict that may be told: unknown before the first decision and when the last look is too old."""
        return Verdict.UNKNOWN if self._stale or self.verdict is None else self.verdict

    def evidence(self) -> tuple[tuple[int, str, int], ...]:
        """Give the keys of the observations the verdict rests on."""
        return self._evidence

    def restore(self, verdict: Verdict, began: Instant, seen: Instant | None) -> None:
        """Put back what was decided before a restart; runs of failures begin anew."""
        self.verdict, self.began = verdict, began
        self.next_wake = began.steady if verdict is Verdict.DOWN else None
        if seen is not None:
            self._seen, self._stale = seen.steady, False

    # -- what is seen ---------------------------------------------------------------------------------------------

    def succeed(self, seen: Observation, healthy: frozenset[str]) -> Iterable[Ask]:
        """Count a success (slow is one). `touched` says whether the verdict shown may have changed."""
        self.touched = self._stale
        self._look(seen.began.steady)
        results = self._results.get(seen.location)
        if results is None:
            results = self._results[seen.location] = Results()
        streak = results.streak
        results.add(Result(seen.began.steady, seen.sequence, False, seen.began.wall, seen.reason))
        if self.verdict is Verdict.DOWN:
            return self._recover(seen, healthy)
        if streak is not None and streak.failed:
            self.touched = True
        if self._round is not None and not self._streaks(healthy, failed=True, at_least=1):
            self._round = None
        if self.verdict is None:
            self.touched = True
            self.verdict, self.began = Verdict.OPERATIONAL, seen.began
        return ()

    def fail(self, location: str, result: Result, healthy: frozenset[str], now: Instant) -> None:
        """Count a failure whose location was shown to be well."""
        self._look(result.began)
        self._results.setdefault(location, Results()).add(result)
        self._recovering = None
        if self.verdict is not Verdict.DOWN and self._decide_down(healthy):
            self._round = None
            self.next_wake = now.steady + self._pace()

    def suspect(self, began: Instant, healthy: frozenset[str], now: Instant) -> Iterable[Ask]:
        """Begin a confirmation: a failure, or an answer still out after 3 s (point 2). Nothing while one is on."""
        if self.verdict is Verdict.DOWN or not healthy:
            return ()
        rule = self.view.rule
        if self._round is not None and began.steady < self._round + max(rule.confirm_offsets_s) + SAME_ROUND_S:
            return ()
        self._round = began.steady
        self._paced_until = max(self._paced_until, began.steady + rule.suspicion_for_s)
        alone = len(healthy) < 2  # noqa: PLR2004 - the rule's own words: fewer than two locations
        offsets = rule.confirm_offsets_s if alone else rule.confirm_offsets_many_s
        self.next_wake = began.steady + max(offsets) + self._pace()
        return self._asks(healthy, began.steady, offsets, now)

    def void_failures(self, location: str, since: float) -> None:
        """Forget a location's failures since then: its own line was bad."""
        results = self._results.get(location)
        if results is not None:
            results.drop_failures_since(since)

    # -- time -----------------------------------------------------------------------------------------------------

    def wake(self, now: Instant, healthy: frozenset[str]) -> Iterable[Ask]:
        """Do what is due: look more often under suspicion and while down, notice that nothing was seen (14)."""
        if self._seen is None or now.steady - self._seen >= self.view.stale_after_s:
            self._stale = True
        down = self.verdict is Verdict.DOWN
        if self.next_wake is None or now.steady < self.next_wake:
            return ()
        pace = self._pace()
        if pace >= self.view.interval_s or not (down or now.steady < self._paced_until):
            self.next_wake = None
            return ()
        self.next_wake = now.steady + pace
        return self._asks(healthy, now.steady, (0.0,), now)

    def following_wake(self, now: Instant) -> float:
        """Give when to be woken next (steady seconds)."""
        stale = None if self._stale or self._seen is None else self._seen + self.view.stale_after_s
        due = [at for at in (stale, self.next_wake) if at is not None and at > now.steady]
        return min(due) if due else now.steady + self.view.stale_after_s

    def _pace(self) -> float:
        rule = self.view.rule
        return rule.down_pace_s if self.verdict is Verdict.DOWN else rule.suspicion_pace_s

    def _look(self, began: float) -> None:
        self._seen = began if self._seen is None else max(self._seen, began)
        self._stale = False

    # -- the rule -------------------------------------------------------------------------------------------------

    def _asks(self, healthy: frozenset[str], origin: float, offsets: tuple[float, ...], now: Instant) -> list[Ask]:
        timeout_s = min(self.view.rule.confirm_timeout_s, self.view.timeout_s)
        return [
            Ask(self.view.check_id, location, origin + offset, timeout_s)
            for offset in offsets
            for location in sorted(healthy)
            if origin + offset > now.steady - SAME_ROUND_S
        ]

    def _streaks(self, healthy: frozenset[str], *, failed: bool, at_least: int) -> list[tuple[str, Streak]]:
        found = []
        for location in healthy:
            results = self._results.get(location)
            streak = results.streak if results is not None else None
            if streak is not None and streak.failed is failed and streak.count >= at_least:
                found.append((location, streak))
        return found

    def _decide_down(self, healthy: frozenset[str]) -> bool:
        rule = self.view.rule
        streaks = self._streaks(healthy, failed=True, at_least=rule.down_failures_in_row)
        if len(streaks) < _majority(len(healthy)):
            return False
        if sum(streak.count for _, streak in streaks) < rule.down_failures_in_all:
            return False
        first = min((streak.first for _, streak in streaks), key=lambda result: result.began)
        last = max(streak.last.began for _, streak in streaks)
        alone = len(healthy) < 2  # noqa: PLR2004 - as above
        if last - first.began < (rule.down_after_s if alone else rule.down_after_many_s):
            return False
        self.verdict = Verdict.DOWN
        self.began = Instant(first.began, first.wall)
        self.reason = max((streak.last for _, streak in streaks), key=lambda result: result.began).reason
        self._evidence = tuple(
            (self.view.check_id, location, result.sequence)
            for location, _ in streaks
            for result in self._results[location].failures()[-rule.down_failures_in_all :]
        )
        return True

    def _recover(self, seen: Observation, healthy: frozenset[str]) -> Iterable[Ask]:
        rule = self.view.rule
        streaks = self._streaks(healthy, failed=False, at_least=rule.up_successes_in_row)
        if len(streaks) >= _majority(len(healthy)):
            first = min((streak.first for _, streak in streaks), key=lambda result: result.began)
            last = max(streak.last.began for _, streak in streaks)
            if last - first.began >= rule.up_after_s:
                self.verdict, self.reason, self.touched = Verdict.OPERATIONAL, "", True
                self.began = Instant(first.began, first.wall)
                self._recovering, self.next_wake = None, None
                self._evidence = tuple((self.view.check_id, place, streak.last.sequence) for place, streak in streaks)
                return ()
        if self._recovering is not None:
            return ()
        self._recovering = seen.began.steady
        return self._asks(healthy, seen.began.steady, rule.up_offsets_s, seen.began)


def _majority(locations: int) -> int:
    return locations // 2 + 1
