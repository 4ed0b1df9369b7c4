"""Components' verdicts from those of their checks, and what works, holds and dead parents make of them. Sans-IO.

    Judge.settle(components in question) ─▶ transitions

Points of the rule: 9 (unreachable), 10 (unstable), 11 (maintenance, worse than announced), 14, 16 (disabled).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any

from probes.types import Instant
from status.domain.check_state import CheckState, CheckView, Grounds
from status.domain.component_state import BAD, DOWN, ComponentState, gather
from status.domain.component_verdict import component_verdict
from status.domain.states import Verdict
from status.domain.transition import Transition
from status.domain.work import exceeds


class Judge:
    """The components of one detector, over its checks. `question` puts components in question."""

    def __init__(self, checks: Mapping[int, CheckState]) -> None:
        self._checks = checks
        self._components: dict[int, ComponentState] = {}
        self._dependants: dict[int, list[int]] = {}
        self._in_work: dict[int, Verdict] = {}
        self._muted: frozenset[int] = frozenset()
        self._disabled: frozenset[int] = frozenset()
        self._wakes: list[tuple[float, int]] = []
        self._dirty: set[int] = set()

    # -- what is watched ------------------------------------------------------------------------------------------

    def gather(self, views: Iterable[CheckView], parents: Mapping[int, tuple[int, ...]]) -> None:
        """Take in the components of these checks. `parents` maps a component to those it depends on."""
        self._components = gather(views, parents, self._components)
        self._dependants = {}
        for component_id, component in self._components.items():
            for parent in component.parents:
                self._dependants.setdefault(parent, []).append(component_id)
        self.question_all()

    def question(self, component_id: int) -> None:
        """Put a component's verdict in question."""
        self._dirty.add(component_id)

    def question_all(self) -> None:
        """Put every verdict in question."""
        self._dirty.update(self._components)

    def components(self) -> Mapping[int, ComponentState]:
        """Give every component with checks."""
        return self._components

    def checks_of(self, component_id: int) -> list[CheckState]:
        """Give a component's checks; none of one that has none."""
        component = self._components.get(component_id)
        return [] if component is None else [self._checks[key] for key in component.check_ids]

    def restore(
        self, component_id: int, verdict: Verdict, memory: Mapping[str, Any], age_s: float, now: Instant
    ) -> Grounds | None:
        """Put back a component's last verdict, so that only a change is a transition; give what its checks say."""
        component = self._components.get(component_id)
        if component is None:
            return None
        component.verdict = verdict
        if memory:
            component.restore(memory, age_s, now)
        for check in self.checks_of(component_id) if component.unstable else ():
            check.last_failure = check.last_failure or now  # when is not kept; green comes later rather than sooner
        _, leading = component_verdict(self.checks_of(component_id), component.needs)
        return leading.told if leading is not None else Grounds(now)

    def in_work(self, inside: Mapping[int, Verdict]) -> None:
        """Say which components are inside the window of a running work, and the worst verdict that was announced."""
        for component_id in inside.keys() ^ self._in_work.keys():
            self._dirty.add(component_id)
            if component_id in self._in_work:
                for check in self.checks_of(component_id):
                    check.forget_trends()
        self._in_work = dict(inside)

    def hold(self, muted: frozenset[int], disabled: frozenset[int]) -> None:
        """Say which checks open nothing (muted) and which decide nothing (disabled)."""
        for check_id in disabled ^ self._disabled:
            if check_id in self._checks:
                self._dirty.add(self._checks[check_id].view.component_id)
        self._muted, self._disabled = muted, disabled

    def verdict(self, component_id: int) -> Verdict:
        """Give a component's verdict as last decided; unknown for one without checks."""
        component = self._components.get(component_id)
        return Verdict.UNKNOWN if component is None else component.verdict

    def verdicts(self) -> Mapping[int, Verdict]:
        """Give every component's verdict as last decided."""
        return {component_id: component.verdict for component_id, component in self._components.items()}

    def unknown(self, component_id: int) -> bool:
        """Whether a component has checks and its state is not known."""
        component = self._components.get(component_id)
        return component is not None and component.verdict is Verdict.UNKNOWN

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
            any(check.confirming(now) for check in self.checks_of(parent)) or self.parent_confirming(parent, now)
            for parent in parents
        )

    def dead_parent(self, component_id: int) -> int | None:
        """Give a component this one depends on, be it through others, that is down; the nearest, if any."""
        level: tuple[int, ...] = (component_id,)
        while level:
            above = [parent for each in level if each in self._components for parent in self._components[each].parents]
            level = tuple(dict.fromkeys(above))
            dead = next((parent for parent in level if self.verdict(parent) in DOWN), None)
            if dead is not None:
                return dead
        return None

    # -- the verdict ----------------------------------------------------------------------------------------------

    def next_wake(self) -> float | None:
        """Give when a component must be asked about again (steady seconds)."""
        return self._wakes[0][0] if self._wakes else None

    def settle(self, now: Instant, *, someone: bool) -> Iterable[Transition]:
        """Give the changes of the components in question; one's change may put its dependants in question.

        `someone`: at least one location counts.
        """
        while self._wakes and self._wakes[0][0] <= now.steady:
            self._dirty.add(heapq.heappop(self._wakes)[1])
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
                    self._question_dependants(component_id)
                yield self._transition(component_id, before, verdict, grounds, now, unstable=unstable)

    def _question_dependants(self, component_id: int) -> None:
        below = [component_id]
        found: set[int] = set()
        while below:
            new = set(self._dependants.get(below.pop(), ())) - found
            found |= new
            below.extend(new)
        self._dirty |= found

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
        seen_amiss = verdict in BAD or verdict is Verdict.LOCAL
        if seen_amiss and component_id in self._in_work and not self._worse_than_announced(component_id, now):
            return Verdict.MAINTENANCE, Grounds(grounds.began, grounds.reason, "11", grounds.numbers), False
        if component_id not in self._in_work or verdict not in BAD:
            component.worse_since = None
        if verdict is Verdict.DOWN:
            if component.verdict not in DOWN:
                component.went_down(grounds.began.steady, now.steady)
            dead = self.dead_parent(component_id) is not None
            return Verdict.UNREACHABLE if dead else verdict, grounds, component.unstable
        if component.unstable and not self._is_calm(component_id, component, states, now):
            return Verdict.DEGRADED, Grounds(now, "unstable", "10", {"downs": len(component.downs)}), True
        return verdict, grounds, False

    def _is_calm(
        self, component_id: int, component: ComponentState, states: Iterable[CheckState], now: Instant
    ) -> bool:
        """Whether what came and went has not failed for long enough to be green again (point 10)."""
        last = max((state.last_failure.steady for state in states if state.last_failure), default=None)
        calm_at = component.calm_at(last)
        if calm_at is not None and calm_at > now.steady:
            heapq.heappush(self._wakes, (calm_at, component_id))
            return False
        component.unstable = False
        return True

    def _worse_than_announced(self, component_id: int, now: Instant) -> bool:
        """Whether it has been worse for the rule's time than the work it is in announced (point 11)."""
        component, announced = self._components[component_id], self._in_work[component_id]
        verdict, _ = component_verdict([self._checks[key] for key in component.check_ids], component.needs)
        if not exceeds(verdict, announced):
            component.worse_since = None
            return False
        if component.worse_since is None:
            component.worse_since = now.steady
        due = component.worse_since + component.rule.work_overrun_s
        if due > now.steady:
            heapq.heappush(self._wakes, (due, component_id))
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
