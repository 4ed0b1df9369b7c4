"""From observations to verdicts (detection rule, points 1-8 and 14-16). Sans-IO: no clock, no await, no session.

    Detector.step(now, inputs) ─▶ Stepped(transitions, asks, self_tests, next_wake)

`inputs` are observations, pendings and self-test rounds in any order; evidence is ordered by start time. Checks are
decided here and in `check_state`, components in `judging`; what becomes of them on the page is `grouping`'s.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from probes.types import Instant, Observation, Outcome, Pending
from status.domain.check_state import Ask, CheckState, CheckView, Grounds
from status.domain.evidence import Result
from status.domain.groups import Groups
from status.domain.judging import Judge
from status.domain.line import Line
from status.domain.rule import SelfTestRule
from status.domain.self_test import LocationHealth, SelfTestRound
from status.domain.states import Verdict
from status.domain.transition import Transition

ALONG_S = 2.0
"""A check looked at beside its dependants is not looked at twice within this time."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the prober itself: its loop lagged, its clocks parted, its descriptors ran out."""

    location: str
    reason: str


Input = Observation | Pending | SelfTestRound | Trouble


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step decided, what it wants run, and when it must be called again at the latest (steady seconds)."""

    transitions: tuple[Transition, ...]
    asks: tuple[Ask, ...]
    self_tests: tuple[str, ...]
    changed_checks: frozenset[int]
    next_wake: float | None


class Detector:
    """The state of detection: every check, every location. One decider owns it."""

    def __init__(
        self, locations: Iterable[str], *, self_tested: Iterable[str] = (), rule: SelfTestRule, now: Instant
    ) -> None:
        tested = frozenset(self_tested)
        self._lines = {name: Line(rule, tested=name in tested, now=now.steady) for name in locations}
        self._healthy: frozenset[str] = frozenset(self._lines)
        self._checks: dict[int, CheckState] = {}
        self.judge = Judge(self._checks)
        self._groups = Groups()
        self._wakes: list[tuple[float, int]] = []
        self._planned: dict[int, float] = {}
        self._along: dict[tuple[int, str], float] = {}
        self._hours: list[tuple[int, int, float]] = []
        self._changed: set[int] = set()

    # -- what is watched ------------------------------------------------------------------------------------------

    def watch(self, views: Iterable[CheckView], parents: Mapping[int, tuple[int, ...]], now: Instant) -> None:
        """Take in the whole catalogue: new checks begin as unknown, those that left are forgotten, the rest go on.

        `parents` maps a component to those it depends on.
        """
        views = tuple(views)
        keep = {view.check_id for view in views}
        for check_id in self._checks.keys() - keep:
            state = self._checks.pop(check_id)
            self._groups.forget(state)
        for view in views:
            known = self._checks.get(view.check_id)
            if known is None:
                self._checks[view.check_id] = CheckState(view, now)
            else:
                if known.view.group != view.group:
                    self._groups.forget(known)
                known.view = view
            self._wake(view.check_id, now.steady + view.stale_after_s)
        self.judge.gather(views, parents)

    def restore(
        self,
        check_id: int,
        verdict: Verdict,
        grounds: Grounds,
        *,
        seen: Instant | None,
        now: Instant,
        degraded: bool = False,
        local: str = "",
    ) -> None:
        """Put back what was decided before a restart. `seen` is the last observation; without it: unknown."""
        state = self._checks.get(check_id)
        if state is None:
            return
        state.restore(verdict, grounds, seen, degraded=degraded, local=local)
        self._note_group(state, now)
        self.judge.question(state.view.component_id)
        self._plan(state, now)

    def restore_hour(self, check_id: int, hour: int, p95_s: float) -> None:
        """Put back how long a check took in one hour (counted from the Unix epoch) of the last seven days."""
        if check_id in self._checks:
            self._checks[check_id].trends.usual.restore(hour, p95_s)

    def take_hours(self) -> list[tuple[int, int, float]]:
        """Take out the hours that passed: check, hour, p95 in seconds."""
        hours, self._hours = self._hours, []
        return hours

    # -- what is known --------------------------------------------------------------------------------------------

    def check_ids(self) -> tuple[int, ...]:
        """Give the checks that are watched."""
        return tuple(self._checks)

    def check(self, check_id: int) -> CheckState:
        """Give one check's state. Raise KeyError for one that is not watched."""
        return self._checks[check_id]

    @property
    def lines(self) -> Mapping[str, Line]:
        """Each location's line."""
        return self._lines

    @property
    def health(self) -> Mapping[str, LocationHealth]:
        """The health of each location."""
        return {location: line.health for location, line in self._lines.items()}

    def healthy(self) -> frozenset[str]:
        """Give the locations whose observations count."""
        return self._healthy

    def _note_healthy(self) -> None:
        counting = frozenset([name for name, line in self._lines.items() if line.counts])
        if counting != self._healthy:
            self._healthy = counting
            self.judge.question_all()

    # -- the step -------------------------------------------------------------------------------------------------

    def step(self, now: Instant, inputs: Iterable[Input] = ()) -> Stepped:
        """Take in what was seen since the last step and decide."""
        asks: list[Ask] = []
        self._changed = set()
        for item in inputs:
            self._take(item, now, asks)
        for line in self._lines.values():
            line.tick(now.steady)
        self._note_healthy()
        for line in self._lines.values():
            for seen in line.proven(now.steady):
                self._count(seen, now, asks)
        if self._wakes and self._wakes[0][0] <= now.steady:
            self._run_wakes(now, asks)
        transitions = tuple(self.judge.settle(now, someone=bool(self._healthy)))
        tests = tuple(name for name, line in self._lines.items() if line.wants_test(now.steady))
        return Stepped(transitions, tuple(asks), tests, frozenset(self._changed), self._next_wake(now))

    def _take(self, item: Input, now: Instant, asks: list[Ask]) -> None:
        line = self._lines.get(item.location)
        if line is None:
            return
        if line.silent:
            line.hear(now.steady)
            self._note_healthy()
        line.hear(now.steady)
        if isinstance(item, Observation):
            self._observe(item, line, now, asks)
        elif isinstance(item, Pending):
            state = self._checks.get(item.check_id)
            if state is not None and line.counts:
                line.ask(item.began.steady)
                self._suspect(state, item.location, item.began, now, asks)
        elif isinstance(item, SelfTestRound):
            if line.take(item):
                self._void(item.location, item.began - line.health.rule.void_before_s)
            self._note_healthy()
        else:
            line.trouble(now.steady, item.reason)
            self._void(item.location, now.steady - line.health.rule.void_before_s)
            self._note_healthy()

    def _void(self, location: str, since: float) -> None:
        for state in self._checks.values():
            state.void(location, since)

    def _observe(self, seen: Observation, line: Line, now: Instant, asks: list[Ask]) -> None:
        state = self._checks.get(seen.check_id)
        if state is None or not line.counts:
            return
        if seen.outcome is Outcome.BROKEN:
            state.broken(seen.location)
            return
        if not seen.failed:
            asked = state.succeed(seen, state.seen_by(self._healthy))
            if (hour := state.trends.passed_hour) is not None:
                self._hours.append((seen.check_id, *hour))
                state.trends.passed_hour = None
            if state.touched:
                self._touch(state)
                self._note_group(state, now)
                self._plan(state, now)
            self._ask(state, asked, asks)
            return
        self._suspect(state, seen.location, seen.began, now, asks)
        if line.tested:
            line.ask(seen.began.steady)
            line.hold(seen)
        else:
            self._count(seen, now, asks)

    def _suspect(self, state: CheckState, location: str, began: Instant, now: Instant, asks: list[Ask]) -> None:
        if self._groups.is_mass(state):
            return  # point 15: the group is known to be down; its members are decided by the grid
        asked = state.suspect(location, began, state.seen_by(self._healthy), now)
        if not asked:
            return
        self._ask(state, asked, asks)
        for parent in self.judge.components()[state.view.component_id].parents:
            for check in self.judge.checks_of(parent):
                asks.extend(ask for ask in check.look_along(asked) if self._is_news(ask))

    def _is_news(self, ask: Ask) -> bool:
        key = (ask.check_id, ask.location)
        if abs(self._along.get(key, -ALONG_S) - ask.not_before) < ALONG_S:
            return False
        self._along[key] = ask.not_before
        return True

    def _count(self, seen: Observation, now: Instant, asks: list[Ask]) -> None:
        state = self._checks.get(seen.check_id)
        if state is None:
            return
        result = Result(seen.began.steady, seen.sequence, True, seen.began.wall, seen.reason)
        state.fail(
            seen.location,
            result,
            state.seen_by(self._healthy),
            now,
            sampled=seen.sampled,
            mass=self._groups.is_mass(state),
        )
        self._note_group(state, now)
        self._plan(state, now)
        self._ask(state, (), asks)
        self._touch(state)

    def _ask(self, state: CheckState, asked: Iterable[Ask], asks: list[Ask]) -> None:
        asks.extend(asked)
        if state.next_wake is not None:
            self._wake(state.view.check_id, state.next_wake)

    def _note_group(self, state: CheckState, now: Instant) -> None:
        """Count a check in its label; decide those that waited for confirmations when none is needed any more."""
        for check_id in self._groups.note(state, self.judge.checks_of(state.view.component_id)):
            waiting = self._checks[check_id]
            if self._groups.is_mass(waiting) and waiting.decide_down(waiting.seen_by(self._healthy), now, mass=True):
                self._note_group(waiting, now)
                self._plan(waiting, now)
                self._touch(waiting)

    def _touch(self, state: CheckState) -> None:
        self.judge.question(state.view.component_id)
        self._changed.add(state.view.check_id)

    # -- time -----------------------------------------------------------------------------------------------------

    def _wake(self, check_id: int, at: float) -> None:
        planned = self._planned.get(check_id)
        if planned is None or at < planned:
            self._planned[check_id] = at
            heapq.heappush(self._wakes, (at, check_id))

    def _plan(self, state: CheckState, now: Instant) -> None:
        self._wake(state.view.check_id, state.following_wake(now))

    def _run_wakes(self, now: Instant, asks: list[Ask]) -> None:
        while self._wakes and self._wakes[0][0] <= now.steady:
            at, check_id = heapq.heappop(self._wakes)
            if self._planned.get(check_id) != at:
                continue
            del self._planned[check_id]
            state = self._checks.get(check_id)
            if state is None:
                continue
            before = state.shown
            asks.extend(state.wake(now, state.seen_by(self._healthy)))
            if state.shown is not before:
                self._touch(state)
            self._plan(state, now)

    def _next_wake(self, now: Instant) -> float | None:
        wakes = [at for line in self._lines.values() if (at := line.wakes_at()) is not None]
        if self._wakes:
            wakes.append(self._wakes[0][0])
        if (at := self.judge.next_wake()) is not None:
            wakes.append(at)
        return min((at for at in wakes if at > now.steady), default=None)
