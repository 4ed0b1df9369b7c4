"""From observations to verdicts (detection rule, points 1-8, 10, 11, 14-16). Sans-IO: no clock, no await, no session.

    Detector.step(now, inputs) ─▶ Stepped(transitions, asks, self_tests, next_wake)

`inputs` are observations, pendings and self-test rounds in any order; evidence is ordered by start time. The step
decides verdicts of components; what becomes of them on the page is `domain.grouping`'s.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from probes.types import Instant, Observation, Outcome, Pending
from status.domain.check_state import Ask, CheckState, CheckView, Grounds
from status.domain.component_state import BAD, DOWN, ComponentState, gather
from status.domain.component_verdict import component_verdict
from status.domain.evidence import Result
from status.domain.line import Line
from status.domain.rule import SelfTestRule
from status.domain.self_test import LocationHealth, SelfTestRound
from status.domain.states import Verdict

ALONG_S = 2.0
"""A check looked at beside its dependants is not looked at twice within this time."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the prober itself: its loop lagged, its clocks parted, its descriptors ran out."""

    location: str
    reason: str


Input = Observation | Pending | SelfTestRound | Trouble


@dataclass(frozen=True, slots=True)
class Transition:
    """A component's verdict changed. `began` is when the evidence began, `decided` when it sufficed.

    `unstable`: it comes and goes (point 10). `location` is where alone a local failure is seen from. `work_uid` is set
    when it fails still, or worse than announced, because of a work (point 11).
    """

    component_id: int
    before: Verdict
    after: Verdict
    reason: str
    began: Instant
    decided: Instant
    rule_point: str
    evidence: tuple[tuple[int, str, int], ...] = ()
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    unstable: bool = False
    location: str = ""
    work_uid: str | None = None


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
        self._components: dict[int, ComponentState] = {}
        self._dependants: dict[int, list[int]] = {}
        self._in_work: dict[int, bool] = {}
        self._muted: frozenset[int] = frozenset()
        self._disabled: frozenset[int] = frozenset()
        self._group_down: dict[str, set[int]] = {}
        self._group_failing: dict[str, set[int]] = {}
        self._wakes: list[tuple[float, int]] = []
        self._planned: dict[int, float] = {}
        self._component_wakes: list[tuple[float, int]] = []
        self._along: dict[tuple[int, str], float] = {}
        self._dirty: set[int] = set()
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
            self._group_failing.get(state.view.group, set()).discard(check_id)
        for view in views:
            known = self._checks.get(view.check_id)
            if known is None:
                self._checks[view.check_id] = CheckState(view, now)
            else:
                known.view = view
            self._wake(view.check_id, now.steady + view.stale_after_s)
        self._components = gather(views, parents, self._components)
        self._dependants = {}
        for component_id, component in self._components.items():
            for parent in component.parents:
                self._dependants.setdefault(parent, []).append(component_id)
        self._dirty.update(self._components)

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
        self._dirty.add(state.view.component_id)
        self._plan(state, now)

    def restore_component(
        self, component_id: int, verdict: Verdict, memory: Mapping[str, Any], age_s: float, now: Instant
    ) -> Grounds | None:
        """Put back a component's last verdict, so that only a change is a transition; give what its checks say."""
        component = self._components.get(component_id)
        if component is None:
            return None
        component.verdict = verdict
        if memory:
            component.restore(memory, age_s, now)
        _, leading = component_verdict([self._checks[key] for key in component.check_ids], component.needs)
        return leading.told if leading is not None else Grounds(now)

    def restore_hour(self, check_id: int, hour: int, p95_s: float) -> None:
        """Put back how long a check took in one hour (counted from the Unix epoch) of the last seven days."""
        if check_id in self._checks:
            self._checks[check_id].trends.usual.restore(hour, p95_s)

    def take_hours(self) -> list[tuple[int, int, float]]:
        """Take out the hours that passed: check, hour, p95 in seconds."""
        hours, self._hours = self._hours, []
        return hours

    def in_work(self, inside: Mapping[int, bool]) -> None:
        """Say which components are inside the window of a running work, and whether a full outage was announced."""
        for component_id in inside.keys() ^ self._in_work.keys():
            self._dirty.add(component_id)
            if component_id in self._in_work and component_id in self._components:
                for check_id in self._components[component_id].check_ids:
                    self._checks[check_id].forget_trends()
        self._in_work = dict(inside)

    def hold(self, muted: frozenset[int], disabled: frozenset[int]) -> None:
        """Say which checks open nothing (muted) and which decide nothing (disabled)."""
        for check_id in disabled ^ self._disabled:
            if check_id in self._checks:
                self._dirty.add(self._checks[check_id].view.component_id)
        self._muted, self._disabled = muted, disabled

    # -- what is known --------------------------------------------------------------------------------------------

    def verdict(self, component_id: int) -> Verdict:
        """Give a component's verdict as last decided; unknown for one without checks."""
        component = self._components.get(component_id)
        return Verdict.UNKNOWN if component is None else component.verdict

    def verdicts(self) -> Mapping[int, Verdict]:
        """Give every component's verdict as last decided."""
        return {component_id: component.verdict for component_id, component in self._components.items()}

    def muted(self, component_id: int) -> bool:
        """Whether every check that speaks against a component is muted."""
        component = self._components.get(component_id)
        if component is None or not self._muted:
            return False
        against = [
            check_id
            for check_id in component.check_ids
            if check_id not in self._disabled and self._checks[check_id].shown in {*BAD, Verdict.LOCAL}
        ]
        return bool(against) and all(check_id in self._muted for check_id in against)

    def parent_confirming(self, component_id: int, now: Instant) -> bool:
        """Whether something this component depends on may be about to be found down (point 9)."""
        component = self._components.get(component_id)
        parents = component.parents if component is not None else ()
        return any(
            self._checks[check_id].confirming(now) or self.parent_confirming(parent, now)
            for parent in parents
            if parent in self._components
            for check_id in self._components[parent].check_ids
        )

    def dead_parent(self, component_id: int) -> int | None:
        """Give a component this one depends on that is down, if any."""
        component = self._components.get(component_id)
        parents = component.parents if component is not None else ()
        return next((parent for parent in parents if self.verdict(parent) in DOWN), None)

    def check_ids(self) -> tuple[int, ...]:
        """Give the checks that are watched."""
        return tuple(self._checks)

    def check(self, check_id: int) -> CheckState:
        """Give one check's state. Raise KeyError for one that is not watched."""
        return self._checks[check_id]

    def component(self, component_id: int) -> ComponentState:
        """Give one component's state. Raise KeyError for one without checks."""
        return self._components[component_id]

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
            self._dirty.update(self._components)

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
        while self._component_wakes and self._component_wakes[0][0] <= now.steady:
            self._dirty.add(heapq.heappop(self._component_wakes)[1])
        transitions = tuple(self._settle(now)) if self._dirty else ()
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
                since = item.began - line.health.rule.void_before_s
                for state in self._checks.values():
                    state.void(item.location, since)
            self._note_healthy()
        else:
            line.health.trouble(now.steady, item.reason)
            self._note_healthy()

    def _observe(self, seen: Observation, line: Line, now: Instant, asks: list[Ask]) -> None:
        state = self._checks.get(seen.check_id)
        if state is None or seen.outcome is Outcome.BROKEN or not line.counts:
            return
        if not seen.failed:
            asked = state.succeed(seen, self.healthy())
            if (hour := state.trends.passed_hour) is not None:
                self._hours.append((seen.check_id, *hour))
                state.trends.passed_hour = None
            if state.touched:
                self._dirty.add(state.view.component_id)
                self._changed.add(seen.check_id)
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
        if self._mass(state):
            return  # point 15: the group is known to be down; its members are decided by the grid
        asked = state.suspect(location, began, self.healthy(), now)
        if not asked:
            return
        self._ask(state, asked, asks)
        for parent in self._components[state.view.component_id].parents:
            for check_id in self._components[parent].check_ids if parent in self._components else ():
                asks.extend(ask for ask in self._checks[check_id].look_along(asked) if self._is_news(ask))

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
        state.fail(seen.location, result, self.healthy(), now, sampled=seen.sampled, mass=self._mass(state))
        self._note_group(state, now)
        self._plan(state, now)
        self._ask(state, (), asks)
        self._dirty.add(state.view.component_id)
        self._changed.add(seen.check_id)

    def _ask(self, state: CheckState, asked: Iterable[Ask], asks: list[Ask]) -> None:
        asks.extend(asked)
        if state.next_wake is not None:
            self._wake(state.view.check_id, state.next_wake)

    # -- mass failure (point 15) ----------------------------------------------------------------------------------

    def _mass(self, state: CheckState) -> bool:
        down = self._group_down.get(state.view.group) if state.view.group else None
        if not down:
            return False
        return len(down) - (state.view.component_id in down) >= state.view.rule.mass_members

    def _note_group(self, state: CheckState, now: Instant) -> None:
        """Count the group's components that are down; from the rule's number on the rest needs no confirmation."""
        view = state.view
        if not view.group:
            return
        down, failing = (
            self._group_down.setdefault(view.group, set()),
            self._group_failing.setdefault(view.group, set()),
        )
        if state.verdict is not Verdict.DOWN:
            siblings = self._components[view.component_id].check_ids
            if view.component_id in down and not any(self._checks[key].verdict is Verdict.DOWN for key in siblings):
                down.discard(view.component_id)
            (failing.add if state.failing else failing.discard)(view.check_id)
            return
        failing.discard(view.check_id)
        if view.component_id in down:
            return
        down.add(view.component_id)
        if len(down) == view.rule.mass_members:
            self._decide_mass(failing, now)

    def _decide_mass(self, failing: set[int], now: Instant) -> None:
        """Decide the members that waited for confirmations, now that none is needed."""
        for check_id in sorted(failing):
            state = self._checks[check_id]
            if self._mass(state) and state.decide_down(self.healthy(), now, mass=True):
                self._note_group(state, now)
                self._plan(state, now)
                self._dirty.add(state.view.component_id)
                self._changed.add(check_id)

    # -- time -----------------------------------------------------------------------------------------------------

    def _wake(self, check_id: int, at: float) -> None:
        planned = self._planned.get(check_id)
        if planned is None or at < planned:
            self._planned[check_id] = at
            heapq.heappush(self._wakes, (at, check_id))

    def _plan(self, state: CheckState, now: Instant) -> None:
        self._wake(state.view.check_id, state.following_wake(now))

    def _wake_component(self, component_id: int, at: float) -> None:
        heapq.heappush(self._component_wakes, (at, component_id))

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
            asks.extend(state.wake(now, self.healthy()))
            if state.shown is not before:
                self._dirty.add(state.view.component_id)
                self._changed.add(check_id)
            self._plan(state, now)

    def _next_wake(self, now: Instant) -> float | None:
        wakes = [at for line in self._lines.values() if (at := line.wakes_at()) is not None]
        if self._wakes:
            wakes.append(self._wakes[0][0])
        if self._component_wakes:
            wakes.append(self._component_wakes[0][0])
        return min((at for at in wakes if at > now.steady), default=None)

    # -- the verdict ----------------------------------------------------------------------------------------------

    def _settle(self, now: Instant) -> Iterable[Transition]:
        """Give the changes of the components in question; one's change may put its dependants in question."""
        someone = bool(self.healthy())
        while self._dirty:
            dirty, self._dirty = self._dirty, set()
            for component_id in sorted(dirty & self._components.keys()):
                component = self._components[component_id]
                verdict, grounds, unstable = self._judge(component_id, component, now, someone=someone)
                before = component.verdict
                if verdict is before:
                    continue
                component.verdict = verdict
                if (before in DOWN) is not (verdict in DOWN):
                    self._dirty.update(self._dependants.get(component_id, ()))
                yield self._transition(component_id, before, verdict, grounds, now, unstable=unstable)

    def _judge(
        self, component_id: int, component: ComponentState, now: Instant, *, someone: bool
    ) -> tuple[Verdict, Grounds, bool]:
        if not someone:
            return Verdict.UNKNOWN, Grounds(now, "no_location", "8"), component.unstable
        states = [self._checks[key] for key in component.check_ids if key not in self._disabled]
        verdict, leading = component_verdict(states, component.needs)
        if leading is None:
            return Verdict.UNKNOWN, Grounds(now, "stale" if states else "disabled", "14" if states else "16"), False
        grounds = leading.told
        if verdict in BAD and component_id in self._in_work and not self._worse_than_announced(component_id, now):
            return Verdict.MAINTENANCE, Grounds(grounds.began, grounds.reason, "11", grounds.numbers), False
        if component_id not in self._in_work or verdict not in BAD:
            component.worse_since = None
        if verdict is Verdict.DOWN:
            if component.verdict not in DOWN:
                component.went_down(now.steady)
            if self.dead_parent(component_id) is not None:
                verdict = Verdict.UNREACHABLE
        elif component.unstable and verdict in {Verdict.OPERATIONAL, Verdict.LOCAL, Verdict.DEGRADED}:
            calm_at = component.calm_at(max((s.last_failure.steady for s in states if s.last_failure), default=None))
            if calm_at is not None and calm_at > now.steady:
                self._wake_component(component_id, calm_at)
                return Verdict.DEGRADED, Grounds(now, "unstable", "10", {"downs": len(component.downs)}), True
            component.unstable = False
        return verdict, grounds, component.unstable

    def _worse_than_announced(self, component_id: int, now: Instant) -> bool:
        """Whether it has been down for the rule's time inside a work that announced less than an outage (point 11)."""
        component = self._components[component_id]
        if self._in_work[component_id]:
            return False
        if (
            component_verdict([self._checks[key] for key in component.check_ids], component.needs)[0]
            is not Verdict.DOWN
        ):
            component.worse_since = None
            return False
        if component.worse_since is None:
            component.worse_since = now.steady
        due = component.worse_since + component.rule.work_overrun_s
        if due > now.steady:
            self._wake_component(component_id, due)
        return due <= now.steady

    def _transition(
        self, component_id: int, before: Verdict, after: Verdict, grounds: Grounds, now: Instant, *, unstable: bool
    ) -> Transition:
        local = next(
            (state.local[0] for key in self._components[component_id].check_ids if (state := self._checks[key]).local),
            "",
        )
        began = grounds.began if after is not Verdict.UNKNOWN else now
        return Transition(
            component_id, before, after, grounds.reason, began, now, grounds.point, grounds.evidence,
            grounds.numbers, unstable, local if after is Verdict.LOCAL else "",
        )  # fmt: skip
