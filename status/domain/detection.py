"""From observations to verdicts (detection rule, points 1-5, 8, 11, 14). Sans-IO: no clock, no await, no session.

    Detector.step(now, inputs) ─▶ Stepped(transitions, asks, self_tests, next_wake)

`inputs` are observations, pendings and self-test rounds in any order; evidence is ordered by start time. A failure is
counted only once its location's self-test, asked for at that moment, has shown the line well; it is void when not.
The step decides verdicts of components; what becomes of them on the page is `domain.grouping`'s.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from probes.types import Instant, Observation, Outcome, Pending
from status.domain.check_state import Ask, CheckState, CheckView
from status.domain.component_verdict import ComponentChecks, component_verdict
from status.domain.evidence import Result
from status.domain.rule import SelfTestRule
from status.domain.self_test import LocationHealth, SelfTestRound
from status.domain.states import Verdict

SELF_TEST_WAIT_S = 12.0
"""A failure waits no longer than this for its self-test; without one it is void, never counted blindly."""

ASIDE_PACE_S = 5.0
"""A location that is set aside is tested this often, so that 30 s of being well are seen as soon as they are over."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the prober itself: its loop lagged, its clocks parted, its descriptors ran out."""

    location: str
    reason: str


Input = Observation | Pending | SelfTestRound | Trouble


@dataclass(frozen=True, slots=True)
class Transition:
    """A component's verdict changed. `began` is when the evidence began, `decided` when it sufficed."""

    component_id: int
    before: Verdict
    after: Verdict
    reason: str
    began: Instant
    decided: Instant
    rule_point: str
    evidence: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step decided, what it wants run, and when it must be called again at the latest (steady seconds)."""

    transitions: tuple[Transition, ...]
    asks: tuple[Ask, ...]
    self_tests: tuple[str, ...]
    changed_checks: frozenset[int]
    next_wake: float | None


@dataclass(slots=True)
class _Held:
    """Failures of one location that wait for a self-test begun after `asked`."""

    asked: float = 0.0
    failures: list[Observation] = field(default_factory=list)


class Detector:
    """The state of detection: every check, every location. One decider owns it."""

    def __init__(self, locations: Iterable[str], *, self_tested: Iterable[str] = (), rule: SelfTestRule) -> None:
        self._self_tested = frozenset(self_tested)
        self._health = {location: LocationHealth(rule) for location in locations}
        self._held = {location: _Held() for location in self._health}
        self._checks: dict[int, CheckState] = {}
        self._components: dict[int, ComponentChecks] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._in_work: frozenset[int] = frozenset()
        self._wakes: list[tuple[float, int]] = []
        self._planned: dict[int, float] = {}
        self._dirty: set[int] = set()

    # -- what is watched ------------------------------------------------------------------------------------------

    def watch(self, views: Iterable[CheckView], now: Instant) -> None:
        """Take in the whole catalogue: new checks begin as unknown, those that left are forgotten, the rest go on."""
        views = tuple(views)
        keep = {view.check_id: view for view in views}
        for check_id in list(self._checks):
            if check_id not in keep:
                self._dirty.add(self._checks.pop(check_id).view.component_id)
        for view in views:
            state = self._checks.get(view.check_id)
            if state is None:
                self._checks[view.check_id] = CheckState(view, now)
            else:
                state.view = view
            self._wake(view.check_id, now.steady + view.stale_after_s)
        self._components = ComponentChecks.gather(views)
        for component_id in list(self._verdicts):
            if component_id not in self._components:
                del self._verdicts[component_id]
        for component_id in self._components:
            self._verdicts.setdefault(component_id, Verdict.UNKNOWN)
        self._dirty.update(self._components)

    def restore(self, check_id: int, verdict: Verdict, began: Instant, *, seen: Instant | None) -> None:
        """Put back what was decided before a restart. `seen` is the last observation; without it: unknown."""
        state = self._checks.get(check_id)
        if state is None:
            return
        state.restore(verdict, began, seen)
        self._dirty.add(state.view.component_id)

    def restore_component(self, component_id: int, verdict: Verdict) -> None:
        """Put back the verdict a component was last recorded with, so that only a change is a transition."""
        if component_id in self._components:
            self._verdicts[component_id] = verdict

    def in_work(self, component_ids: Iterable[int], *, except_for: Iterable[int] = ()) -> None:
        """Say which components are inside the window of a running work (descendants included)."""
        inside = frozenset(component_ids) - frozenset(except_for)
        self._dirty.update(inside ^ self._in_work)
        self._in_work = inside

    def verdicts(self) -> Mapping[int, Verdict]:
        """Give every component's verdict as last decided."""
        return self._verdicts

    def overrun(self, component_id: int, now: Instant) -> Transition:
        """Make the transition of a component that still fails when the grace after its work is over (point 11)."""
        verdict, leading = self._judge(component_id)
        before = self._verdicts[component_id]
        self._verdicts[component_id] = verdict
        self._in_work -= {component_id}
        reason, began, evidence = _grounds(verdict, leading, now, "11")
        return Transition(component_id, before, verdict, reason, began, now, "11", evidence)

    def failing(self, component_id: int) -> bool:
        """Whether a component would be down, whatever work is in progress."""
        return self._judge(component_id)[0] is Verdict.DOWN

    def check(self, check_id: int) -> CheckState:
        """Give one check's state. Raise KeyError for one that is not watched."""
        return self._checks[check_id]

    @property
    def health(self) -> Mapping[str, LocationHealth]:
        """The health of each location."""
        return self._health

    def healthy(self) -> frozenset[str]:
        """Give the locations whose observations count."""
        return frozenset(location for location, health in self._health.items() if health.healthy)

    # -- the step -------------------------------------------------------------------------------------------------

    def step(self, now: Instant, inputs: Iterable[Input] = ()) -> Stepped:
        """Take in what was seen since the last step and decide."""
        asks: list[Ask] = []
        before = self.healthy()
        self._changed: set[int] = set()
        for item in inputs:
            self._take(item, now, asks)
        for health in self._health.values():
            health.tick(now.steady)
        self._count_held(now, asks)
        self._run_wakes(now, asks)
        if self.healthy() != before:
            self._dirty.update(self._components)
        transitions = tuple(self._settle(now))
        return Stepped(
            transitions, tuple(asks), self._wanted_self_tests(now), frozenset(self._changed), self._next_wake()
        )

    def _take(self, item: Input, now: Instant, asks: list[Ask]) -> None:
        if isinstance(item, Observation):
            self._observe(item, now, asks)
        elif isinstance(item, Pending):
            state = self._checks.get(item.check_id)
            if state is not None and item.location in self._health and self._health[item.location].healthy:
                self._hold_for_self_test(item.location, item.began.steady)
                self._ask(state, state.suspect(item.began, self.healthy(), now), asks)
        elif isinstance(item, SelfTestRound):
            self._take_round(item)
        else:
            self._health[item.location].trouble(now.steady, item.reason)

    def _observe(self, seen: Observation, now: Instant, asks: list[Ask]) -> None:
        state = self._checks.get(seen.check_id)
        health = self._health.get(seen.location)
        if state is None or health is None or seen.outcome is Outcome.BROKEN or not health.healthy:
            return
        if not seen.failed:
            asked = state.succeed(seen, self.healthy())
            if state.touched:
                self._dirty.add(state.view.component_id)
                self._changed.add(seen.check_id)
            self._ask(state, asked, asks)
            return
        self._ask(state, state.suspect(seen.began, self.healthy(), now), asks)
        if seen.location in self._self_tested:
            self._hold_for_self_test(seen.location, seen.began.steady)
            self._held[seen.location].failures.append(seen)
        else:
            self._count(seen, now, asks)

    def _hold_for_self_test(self, location: str, began: float) -> None:
        if location in self._self_tested:
            held = self._held[location]
            held.asked = max(held.asked, began)

    def _take_round(self, round_: SelfTestRound) -> None:
        health = self._health.get(round_.location)
        if health is None:
            return
        was = health.healthy
        health.take(round_)
        if was and not health.healthy:
            self._held[round_.location].failures.clear()
            since = round_.began - health.rule.void_before_s
            for state in self._checks.values():
                state.void_failures(round_.location, since)

    def _count_held(self, now: Instant, asks: list[Ask]) -> None:
        for location, held in self._held.items():
            if not held.failures:
                continue
            health = self._health[location]
            if not health.healthy:
                held.failures.clear()
                continue
            tested = health.last_began
            waiting: list[Observation] = []
            for seen in held.failures:
                end = seen.began.steady + seen.duration_s
                if tested is not None and tested >= end - 0.001:
                    self._count(seen, now, asks)
                elif now.steady - end < SELF_TEST_WAIT_S:
                    waiting.append(seen)
            held.failures = waiting

    def _count(self, seen: Observation, now: Instant, asks: list[Ask]) -> None:
        state = self._checks.get(seen.check_id)
        if state is None:
            return
        result = Result(seen.began.steady, seen.sequence, True, seen.began.wall, seen.reason)
        state.fail(seen.location, result, self.healthy(), now)
        self._ask(state, (), asks)
        self._dirty.add(state.view.component_id)
        self._changed.add(seen.check_id)

    def _ask(self, state: CheckState, asked: Iterable[Ask], asks: list[Ask]) -> None:
        asks.extend(asked)
        if state.next_wake is not None:
            self._wake(state.view.check_id, state.next_wake)

    # -- time -----------------------------------------------------------------------------------------------------

    def _wake(self, check_id: int, at: float) -> None:
        planned = self._planned.get(check_id)
        if planned is None or at < planned:
            self._planned[check_id] = at
            heapq.heappush(self._wakes, (at, check_id))

    def _run_wakes(self, now: Instant, asks: list[Ask]) -> None:
        while self._wakes and self._wakes[0][0] <= now.steady:
            at, check_id = heapq.heappop(self._wakes)
            if self._planned.get(check_id) != at:
                continue
            del self._planned[check_id]
            state = self._checks.get(check_id)
            if state is None:
                continue
            asks.extend(state.wake(now, self.healthy()))
            self._dirty.add(state.view.component_id)
            self._wake(check_id, state.following_wake(now))

    def _next_wake(self) -> float | None:
        return self._wakes[0][0] if self._wakes else None

    def _wanted_self_tests(self, now: Instant) -> tuple[str, ...]:
        return tuple(location for location in self._self_tested if self._wants_self_test(location, now))

    def _wants_self_test(self, location: str, now: Instant) -> bool:
        held, health = self._held[location], self._health[location]
        if not health.healthy:
            return health.last_ended is None or now.steady - health.last_ended >= ASIDE_PACE_S
        return bool(held.failures) or (health.last_began or 0.0) < held.asked

    # -- the verdict ----------------------------------------------------------------------------------------------

    def _judge(self, component_id: int) -> tuple[Verdict, CheckState | None]:
        states = [self._checks[check_id] for check_id in self._components[component_id].check_ids]
        return component_verdict(states, self._components[component_id].needs, bool(self.healthy()))

    def _settle(self, now: Instant) -> Iterable[Transition]:
        dirty, self._dirty = self._dirty, set()
        for component_id in sorted(dirty & self._components.keys()):
            verdict, leading = self._judge(component_id)
            point = "2-4" if verdict is Verdict.DOWN else "5" if verdict is Verdict.OPERATIONAL else "6"
            if verdict is Verdict.UNKNOWN:
                point = "14" if self.healthy() else "8"
            if component_id in self._in_work and verdict in {Verdict.DOWN, Verdict.DEGRADED}:
                verdict, point = Verdict.MAINTENANCE, "11"
            before = self._verdicts[component_id]
            if verdict is before:
                continue
            self._verdicts[component_id] = verdict
            reason, began, evidence = _grounds(verdict, leading, now, point)
            yield Transition(component_id, before, verdict, reason, began, now, point, evidence)


def _grounds(
    verdict: Verdict, leading: CheckState | None, now: Instant, point: str
) -> tuple[str, Instant, tuple[tuple[int, str, int], ...]]:
    if verdict is Verdict.UNKNOWN:
        return ("stale" if point == "14" else "no_location"), now, ()
    if leading is None:
        return "", now, ()
    return leading.reason, leading.began, leading.evidence()
