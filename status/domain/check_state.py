"""One check under the rule: its results per location, its suspicion, its verdict (points 2-7, 14, 15). Sans-IO.

    succeed, fail, suspect, wake ─▶ verdict: operational or down; beside it degraded, or local to one location

Evidence is ordered by when runs began (`evidence`); what a service does over time stands in `trends`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from probes.types import MANUAL, PACE, Instant, Observation
from status.domain.evidence import Result, Results, Streak
from status.domain.rule import Rule
from status.domain.states import Verdict
from status.domain.trends import Trends

SAME_ROUND_S = 0.5
"""Two confirmations of one location closer than this would see the same moment twice."""

MANY = 2
"""The rule's "two or more locations"."""

Key = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class CheckView:
    """What detection must know of a check. `interval_s` is per location; `group` the merge label of its component.

    `slow_s`: over this many seconds a right answer is slow; None: only what its past says.
    """

    check_id: int
    component_id: int
    interval_s: float
    timeout_s: float
    rule: Rule
    needs: int | None = None
    group: str = ""
    slow_s: float | None = None

    @property
    def stale_after_s(self) -> float:
        """Seconds without an observation after which nothing is known (point 14)."""
        return self.rule.stale_intervals * self.interval_s + self.timeout_s


@dataclass(frozen=True, slots=True)
class Ask:
    """Please run this check at this location, not before `not_before` (steady seconds), beside the grid.

    `paced`: it is due whatever the run before saw; else it confirms a failure or a return, or answers a person's
    `request`.
    """

    check_id: int
    location: str
    not_before: float
    timeout_s: float
    lane: str = ""
    paced: bool = False
    request: str = ""

    @property
    def uid(self) -> str:
        """How the uid of its order begins: an observation tells by it what it was made for."""
        if self.request:
            return f"{MANUAL}/{self.request}"
        return PACE if self.paced else "single"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a verdict holds: since when, for which reason, by which point of the rule, with which numbers."""

    began: Instant
    reason: str = ""
    point: str = ""
    numbers: dict[str, float | int | str] = field(default_factory=dict)
    evidence: tuple[Key, ...] = ()


class CheckState:
    """The state of one check. `verdict` is what was last decided; `shown` is unknown when nothing recent is known."""

    __slots__ = (
        "_blind",
        "_created",
        "_down_at",
        "_kept_degraded_until",
        "_majority",
        "_paced_until",
        "_recovering",
        "_results",
        "_round",
        "_round_ends",
        "_seen",
        "_seen_well",
        "_stale",
        "degraded",
        "grounds",
        "last_failure",
        "local",
        "next_wake",
        "touched",
        "trends",
        "verdict",
        "view",
    )  # fmt: skip

    def __init__(self, view: CheckView, now: Instant) -> None:
        self.view = view
        self.verdict: Verdict | None = None
        self.grounds = Grounds(now)
        self.degraded: Grounds | None = None
        self.local: tuple[str, Grounds] | None = None
        self.last_failure: Instant | None = None
        self.touched = False
        self.next_wake: float | None = None
        self.trends = Trends()
        self._results: dict[str, Results] = {}
        self._seen: float | None = None
        self._stale = True
        self._round: float | None = None
        self._round_ends = 0.0
        self._seen_well: set[str] = set()
        self._majority = 1
        self._blind: set[str] = set()
        self._created = now.steady
        self._kept_degraded_until = 0.0
        self._paced_until = 0.0
        self._recovering: float | None = None
        self._down_at = 0.0

    @property
    def shown(self) -> Verdict:
        """The verdict that may be told: unknown before the first decision and when the last look is too old."""
        if self._stale or self.verdict is None:
            return Verdict.UNKNOWN
        if self.verdict is Verdict.DOWN:
            return Verdict.DOWN
        if self.degraded is not None:
            return Verdict.DEGRADED
        return Verdict.LOCAL if self.local is not None else Verdict.OPERATIONAL

    @property
    def told(self) -> Grounds:
        """The grounds of `shown`."""
        if self.verdict is Verdict.DOWN:
            return self.grounds
        if self.degraded is not None:
            return self.degraded
        return self.local[1] if self.local is not None else self.grounds

    def seen_age_s(self, now: Instant) -> float | None:
        """Give how long ago the youngest look began (seconds); None without one."""
        return None if self._seen is None else round(now.steady - self._seen, 3)

    @property
    def failing(self) -> bool:
        """Whether a run of failures stands at some location."""
        return any(results.streak is not None and results.streak.failed for results in self._results.values())

    def confirming(self, now: Instant) -> bool:
        """Whether a run of failures (or a silence over 3 s), that no majority saw end, waits for its confirmations."""
        if self.verdict is Verdict.DOWN or self._round is None or now.steady >= self._round_ends:
            return False
        return len(self._seen_well) < self._majority

    def seen_by(self, healthy: frozenset[str]) -> frozenset[str]:
        """Give the locations that can look at this check at all: others (a secret is missing) are in no majority."""
        return healthy - self._blind if self._blind else healthy

    def broken(self, location: str) -> None:
        """Note that a location cannot run this check."""
        self._blind.add(location)

    # -- what is seen ---------------------------------------------------------------------------------------------

    def succeed(self, seen: Observation, healthy: frozenset[str]) -> Iterable[Ask]:
        """Count a success (slow is one). `touched` says whether the verdict shown may have changed."""
        began = seen.began
        self.touched = self._stale
        self._look(began.steady)
        self._blind.discard(seen.location)
        results = self._results.get(seen.location)
        if results is None:
            results = self._results[seen.location] = Results()
        streak = results.streak
        results.add(Result(began.steady, seen.sequence, False, began.wall, seen.reason))
        if self._round is not None and began.steady > self._round:
            self._seen_well.add(seen.location)
        if self.verdict is Verdict.DOWN:
            return self._recover(seen, healthy)
        if seen.sampled and (self.trends.take_good(seen, self.view.rule, self.view.slow_s) or self.degraded):
            self.weigh(healthy, began.plus(seen.duration_s))
        if streak is not None and streak.failed:
            self.touched = True
        if self.local is not None and self.local[0] == seen.location:
            self._end_local(results.streak)
        if self.verdict is None:
            self.touched = True
            self.verdict, self.grounds = Verdict.OPERATIONAL, Grounds(began, point="1")
        return ()

    def fail(
        self,
        location: str,
        result: Result,
        healthy: frozenset[str],
        now: Instant,
        *,
        sampled: bool = True,
        mass: bool = False,
    ) -> None:
        """Count a failure whose location was shown to be well. `mass`: members enough of its group are down (15).

        A check of which nothing is known stays unknown by it until it is decided.
        """
        if not self._stale:
            self._look(result.began)
        self._results.setdefault(location, Results()).add(result)
        self.last_failure = Instant(result.began, result.wall)
        self._blind.discard(location)
        if self.verdict is Verdict.DOWN:
            return
        if sampled:
            self.trends.take_failure(result.began, location, self.view.rule)
        if self.decide_down(healthy, now, mass=mass):
            return
        self._decide_local(location, healthy)
        if not self.confirming(now):
            self.weigh(healthy, now)

    def suspect(self, location: str, began: Instant, healthy: frozenset[str], now: Instant) -> list[Ask]:
        """Begin a confirmation: a failure, or an answer still out after 3 s (point 2). Nothing while one is on."""
        if self.verdict is Verdict.DOWN or not healthy or (self.local is not None and self.local[0] == location):
            return []
        rule = self.view.rule
        many = len(healthy) >= MANY
        offsets = rule.confirm_offsets_many_s if many else rule.confirm_offsets_s
        self._seen_well, self._majority = set(), _majority(len(healthy))
        if self._round is not None and began.steady < self._round + max(offsets) + SAME_ROUND_S:
            return []  # the looks of the round before are still to come, and they see this failure too
        self._round = began.steady
        self._round_ends = began.steady + max(offsets) + rule.confirm_timeout_s + SAME_ROUND_S
        self._paced_until = max(self._paced_until, began.steady + rule.suspicion_for_s)
        after = began.steady + max(offsets) + self._pace()
        pacing = self.next_wake is not None and self.next_wake > now.steady
        self.next_wake = min(after, self.next_wake) if pacing and self.next_wake is not None else after
        asks = self._asks(healthy - {location}, now.steady, (0.0,), now) if many else []
        return asks + self._asks(healthy, began.steady, offsets, now)

    def look_along(self, child_asks: Iterable[Ask]) -> list[Ask]:
        """Be looked at when a check that depends on this one is confirmed (point 2)."""
        if self.verdict is Verdict.DOWN:
            return []
        rule = self.view.rule
        timeout_s = min(rule.confirm_timeout_s, self.view.timeout_s)
        return [Ask(self.view.check_id, ask.location, ask.not_before, timeout_s, self.view.group) for ask in child_asks]

    def void(self, location: str, since: float) -> None:
        """Forget a location's failures since then: its own line was bad."""
        results = self._results.get(location)
        if results is not None:
            results.drop_failures_since(since)
        self.trends.void(location, since)
        if self.local is not None and self.local[0] == location:
            self.local = None

    def forget_trends(self) -> None:
        """Begin the windows anew: what failed in them is told already, or was planned."""
        self.trends.forget()
        self.degraded = None

    def restore(
        self, verdict: Verdict, grounds: Grounds, seen: Instant | None, *, degraded: bool = False, local: str = ""
    ) -> None:
        """Put back what was decided before a restart; runs of failures begin anew."""
        self.verdict, self.grounds = verdict, grounds
        self.degraded = grounds if degraded else None
        self._kept_degraded_until = self._created + self.view.rule.share_clear_s if degraded else 0.0
        self.local = (local, grounds) if local else None
        self.next_wake = grounds.began.steady if verdict is Verdict.DOWN else None
        if seen is not None:
            self._seen, self._stale = seen.steady, False
            self.last_failure = seen if verdict is Verdict.DOWN else None

    # -- time -----------------------------------------------------------------------------------------------------

    def wake(self, now: Instant, healthy: frozenset[str]) -> Iterable[Ask]:
        """Do what is due: look more often under suspicion and while down, notice that nothing was seen (14)."""
        if self._seen is None or now.steady - self._seen >= self.view.stale_after_s:
            self._stale = True
        self._note_unseen(now, healthy)
        if not self.confirming(now) and (self.trends.last_failure is not None or self.degraded is not None):
            self.weigh(healthy, now)
        down = self.verdict is Verdict.DOWN
        if self.next_wake is None or now.steady < self.next_wake:
            return ()
        pace = self._pace()
        if pace >= self.view.interval_s or not (down or now.steady < self._paced_until):
            self.next_wake = None
            return ()
        self.next_wake = now.steady + pace
        return self._asks(healthy, now.steady, (0.0,), now, paced=not down)

    def _note_unseen(self, now: Instant, healthy: frozenset[str]) -> None:
        """Leave out the locations that have not looked for so long: they hold no order for it."""
        for location in healthy:
            results = self._results.get(location)
            streak = results.streak if results is not None else None
            last = self._created if streak is None else max(self._created, streak.last.began)
            if now.steady - last > self.view.stale_after_s:
                self._blind.add(location)

    def following_wake(self, now: Instant) -> float:
        """Give when to be woken next (steady seconds)."""
        stale = None if self._stale or self._seen is None else self._seen + self.view.stale_after_s
        last = self.trends.last_failure
        confirmed = self._round_ends if last is not None and self._round is not None else None
        quiet = last + self.view.rule.share_clear_s if last is not None and self.degraded is not None else None
        kept = self._kept_degraded_until if self.degraded is not None else None
        due = [at for at in (stale, self.next_wake, confirmed, quiet, kept) if at is not None and at > now.steady]
        return min(due) if due else now.steady + self.view.stale_after_s

    def _pace(self) -> float:
        rule = self.view.rule
        return rule.down_pace_s if self.verdict is Verdict.DOWN else rule.suspicion_pace_s

    def _look(self, began: float) -> None:
        self._seen = began if self._seen is None else max(self._seen, began)
        self._stale = False

    # -- down and up (points 3-5, 15) -----------------------------------------------------------------------------

    def decide_down(self, healthy: frozenset[str], now: Instant, *, mass: bool) -> bool:
        """Decide whether it is down now. In a mass failure two failures in a row at a majority are enough."""
        rule = self.view.rule
        streaks = self._streaks(healthy, failed=True, at_least=rule.down_failures_in_row)
        if self.verdict is Verdict.DOWN or not healthy or len(streaks) < _majority(len(healthy)):
            return False
        count = sum(streak.count for _, streak in streaks)
        first = min((streak.first for _, streak in streaks), key=lambda result: result.began)
        last = max((streak.last for _, streak in streaks), key=lambda result: result.began)
        span = last.began - first.began
        least = rule.down_after_many_s if len(healthy) >= MANY else rule.down_after_s
        if not mass and (count < rule.down_failures_in_all or span < least):
            return False
        self.verdict = Verdict.DOWN
        self.grounds = Grounds(
            began=Instant(first.began, first.wall),
            reason=last.reason,
            point="15" if mass else "4",
            numbers={"failures": count, "locations": len(streaks), "healthy": len(healthy), "span_s": round(span, 3)},
            evidence=tuple(
                (self.view.check_id, location, result.sequence)
                for location, _ in streaks
                for result in self._results[location].failures()
            ),
        )
        self._round, self.local, self._stale = None, None, False
        self._down_at = last.began
        self.trends.leave_out(first.began)
        self.degraded = None
        self.next_wake = now.steady + self._pace()
        return True

    def _recover(self, seen: Observation, healthy: frozenset[str]) -> Iterable[Ask]:
        rule = self.view.rule
        streaks = self._streaks(healthy, failed=False, at_least=rule.up_successes_in_row, since=self._down_at)
        if streaks and len(streaks) >= _majority(len(healthy)):
            first = min((streak.first for _, streak in streaks), key=lambda result: result.began)
            last = max(streak.last.began for _, streak in streaks)
            if last - first.began >= rule.up_after_s:
                evidence = tuple((self.view.check_id, place, streak.last.sequence) for place, streak in streaks)
                numbers: dict[str, float | int | str] = {
                    "locations": len(streaks), "healthy": len(healthy), "span_s": round(last - first.began, 3),
                }  # fmt: skip
                began = Instant(first.began, first.wall)
                self.verdict, self.grounds = Verdict.OPERATIONAL, Grounds(began, "", "5", numbers, evidence)
                self.touched, self._recovering, self.next_wake = True, None, None
                return ()
        if (
            self._recovering is not None
            and seen.began.steady < self._recovering + max(rule.up_offsets_s) + SAME_ROUND_S
        ):
            return ()  # the looks of the round before are still to come
        self._recovering = seen.began.steady
        return self._asks(healthy, seen.began.steady, rule.up_offsets_s, seen.began)

    # -- degraded and local (points 6 and 7) ----------------------------------------------------------------------

    def weigh(self, healthy: frozenset[str], now: Instant) -> None:
        """Decide whether it is degraded (point 6)."""
        if self.verdict is Verdict.DOWN:
            return
        view = self.view
        was = self.degraded.reason if self.degraded is not None else ""
        found = self.trends.weigh(now.steady, view.rule, view.slow_s, len(healthy), was)
        if found is None and now.steady < self._kept_degraded_until:
            return  # decided before a restart: the windows are filled again first
        if (found is None) is not (self.degraded is None):
            self.touched = True
            self.degraded = None if found is None else Grounds(now, found[0], "6", dict(found[1]))
            if found is None:
                self.grounds = Grounds(now, "", "6")
        elif found is None and self.trends.in_doubt(view.rule):
            self._look_closer(now)

    def _look_closer(self, now: Instant) -> None:
        """Look at the pace of a suspicion for a while."""
        self._paced_until = max(self._paced_until, now.steady + self.view.rule.suspicion_for_s)
        if self.next_wake is None or self.next_wake <= now.steady:
            self.next_wake = now.steady + self._pace()

    def _decide_local(self, location: str, healthy: frozenset[str]) -> None:
        rule = self.view.rule
        failing = self._streaks(healthy, failed=True, at_least=rule.down_failures_in_row)
        if self.local is not None or len(healthy) < MANY or len(failing) != 1 or failing[0][0] != location:
            return
        streak = failing[0][1]
        if streak.count < rule.local_failures or streak.span_s < rule.local_after_s:
            return
        evidence = tuple(
            (self.view.check_id, location, result.sequence) for result in self._results[location].failures()
        )
        numbers: dict[str, float | int | str] = {"failures": streak.count, "span_s": round(streak.span_s, 3)}
        began = Instant(streak.first.began, streak.first.wall)
        self.local = (location, Grounds(began, streak.last.reason, "7", numbers, evidence[-rule.local_failures :]))

    def _end_local(self, streak: Streak | None) -> None:
        rule = self.view.rule
        if streak is None or streak.failed:
            return
        if streak.count >= rule.up_successes_in_row and streak.span_s >= rule.up_after_s:
            self.local, self.touched = None, True
            self.grounds = Grounds(Instant(streak.first.began, streak.first.wall), "", "7")

    # -- words of the rule ----------------------------------------------------------------------------------------

    def _asks(
        self,
        locations: frozenset[str],
        origin: float,
        offsets: tuple[float, ...],
        now: Instant,
        *,
        paced: bool = False,
    ) -> list[Ask]:
        timeout_s = min(self.view.rule.confirm_timeout_s, self.view.timeout_s)
        return [
            Ask(self.view.check_id, location, origin + offset, timeout_s, self.view.group, paced)
            for offset in offsets
            for location in sorted(locations)
            if origin + offset > now.steady - SAME_ROUND_S
        ]

    def _streaks(
        self, healthy: frozenset[str], *, failed: bool, at_least: int, since: float = 0.0
    ) -> list[tuple[str, Streak]]:
        """Give the runs at the end of each healthy location, as far as they began at or after `since`."""
        found = []
        for location in healthy:
            results = self._results.get(location)
            streak = results.streak_since(since) if results is not None else None
            if streak is not None and streak.failed is failed and streak.count >= at_least:
                found.append((location, streak))
        return found


def _majority(locations: int) -> int:
    return locations // 2 + 1
