"""All that decides, in one piece: detection, events, and the hours of works. Sans-IO.

    Supervision.step(now, inputs)
        works that begin ─▶ which components a work covers ─▶ Detector.step ─▶ Book.step ─▶ Decided

Two drivers call it: the monitor (real probes, a database) and the replay (a simulated world, a simulated clock).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from probes.types import Instant
from status.domain.check_state import Ask, CheckView, Grounds
from status.domain.component_state import BAD
from status.domain.decisions import Decision
from status.domain.detection import Detector, Input
from status.domain.grouping import Book, Incident, Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.states import RUNNING_WORK_STATES, EventState, Verdict
from status.domain.transition import Transition
from status.domain.work import WorkView, exceeds, work_step

LONGEST_AGE_S = 86_400.0
"""Ages put back are held between 0 and this, whatever the wall clock did meanwhile."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a step decided, what it wants run, and when it must be called again at the latest (steady seconds)."""

    transitions: tuple[Transition, ...]
    decisions: tuple[Decision, ...]
    asks: tuple[Ask, ...]
    self_tests: tuple[str, ...]
    changed_checks: frozenset[int]
    next_wake: float | None


@dataclass(frozen=True, slots=True)
class SavedCheck:
    """What must outlive the process of one check. Ages are seconds before the moment of saving.

    `alone`: its verdict stands on one location's word.
    """

    verdict: Verdict
    age_s: float
    reason: str = ""
    degraded: bool = False
    local: str = ""
    seen_age_s: float | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What must outlive the process. `components` maps to a verdict and what `ComponentState.saved` gave."""

    checks: Mapping[int, SavedCheck] = field(default_factory=dict)
    components: Mapping[int, tuple[Verdict, Mapping[str, Any]]] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)


class Supervision:
    """The one that decides. Its owner calls it from one thread and applies what it decides."""

    def __init__(
        self,
        locations: Iterable[str],
        *,
        self_tested: Iterable[str],
        rule: Rule,
        self_test: SelfTestRule,
        new_uid: Callable[[Instant], str],
        now: Instant,
    ) -> None:
        self.detector = Detector(locations, self_tested=self_tested, rule=self_test, now=now)
        self.judge = self.detector.judge
        self.book = Book(rule, new_uid)
        self._rule = rule
        self._below: dict[int, list[int]] = {}
        self._works: tuple[WorkView, ...] = ()
        self._covered_by: dict[int, str] = {}
        self._spared: set[int] = set()
        self._muted: Mapping[int, float | None] = {}
        self._disabled: Mapping[int, float | None] = {}

    # -- what it knows --------------------------------------------------------------------------------------------

    def know(self, views: Iterable[CheckView], places: Iterable[Place], now: Instant) -> None:
        """Take in the whole catalogue."""
        places = tuple(places)
        self.detector.watch(views, {place.component_id: place.parents for place in places}, now)
        self.book.places(places)
        self._below = {}
        for place in places:
            for above in {*place.parents, *place.ancestors[:1]}:
                self._below.setdefault(above, []).append(place.component_id)

    def events(self, incidents: Iterable[Incident], works: Iterable[WorkView], now: Instant) -> None:
        """Take in what the store says of events: at the start, and whenever anybody changed one."""
        self.book.sync(incidents, self.judge)
        self._works = tuple(works)
        self._cover(now)

    def hold(self, muted: Mapping[int, float | None], disabled: Mapping[int, float | None], now: Instant) -> None:
        """Take in which checks are muted and disabled, and until when (steady seconds; None: until told)."""
        self._muted, self._disabled = muted, disabled
        self._hold(now)

    # -- the step -------------------------------------------------------------------------------------------------

    def step(self, now: Instant, inputs: Iterable[Input] = ()) -> Decided:
        """Take in what was seen since the last step and decide."""
        starting, next_work = work_step(self._works, now.wall) if self._works else ((), None)
        if self._works or self._covered_by:
            self._cover(now)
        if self._muted or self._disabled:
            self._hold(now)
        stepped = self.detector.step(now, inputs)
        transitions = tuple(self._linked(transition) for transition in stepped.transitions)
        booked = self.book.step(now, transitions, self.judge)
        if transitions and self._works:
            self._cover(now)
        wakes = [stepped.next_wake, booked.next_wake, *self._own_wakes(now)]
        if next_work is not None:
            wakes.append(next_work - now.wall + now.steady)
        return Decided(
            transitions=transitions,
            decisions=(*starting, *booked.decisions),
            asks=stepped.asks,
            self_tests=stepped.self_tests,
            changed_checks=stepped.changed_checks,
            next_wake=min((at for at in wakes if at is not None), default=None),
        )

    def _own_wakes(self, now: Instant) -> Iterable[float]:
        for until in (*self._muted.values(), *self._disabled.values()):
            if until is not None and until > now.steady:
                yield until
        for work in self._works:
            grace_ends = self._grace_ends(work)
            if grace_ends is not None and grace_ends > now.wall:
                yield grace_ends - now.wall + now.steady

    def _hold(self, now: Instant) -> None:
        self.judge.hold(_active(self._muted, now), _active(self._disabled, now))

    # -- planned work (point 11) ----------------------------------------------------------------------------------

    def _cover(self, now: Instant) -> None:
        """Tell detection which components a work covers: running, or ended less than the grace ago.

        What failed in an open incident before the work began stays in it until it is well.
        """
        inside: dict[int, Verdict] = {}
        for work in self._works:
            if work.state in RUNNING_WORK_STATES or now.wall < (self._grace_ends(work) or 0.0):
                for component_id in self._with_dependants(work.component_ids):
                    if exceeds(work.announced, inside.setdefault(component_id, work.announced)):
                        inside[component_id] = work.announced
                    if component_id not in self._covered_by and self.book.holds_open(component_id):
                        self._spared.add(component_id)
                    self._covered_by[component_id] = work.uid
        for component_id in self._covered_by.keys() - inside.keys():
            if self.judge.verdict(component_id) is not Verdict.MAINTENANCE:
                del self._covered_by[component_id]
        self._spared = {key for key in self._spared & inside.keys() if self.judge.verdict(key) in BAD}
        for component_id in self._spared:
            del inside[component_id]
        self.judge.in_work(inside)

    def _grace_ends(self, work: WorkView) -> float | None:
        """Give when what still fails after a work is an overrun (Unix seconds); a cancelled one has no grace."""
        if work.ended is None or work.state not in {EventState.DONE, EventState.ROLLED_BACK}:
            return None
        return work.ended + self._rule.work_overrun_s

    def _linked(self, transition: Transition) -> Transition:
        """Link what fails beyond its work to that work."""
        work_uid = self._covered_by.get(transition.component_id)
        if transition.before is not Verdict.MAINTENANCE or transition.after not in BAD or work_uid is None:
            return transition
        return replace(transition, work_uid=work_uid, rule_point="11")

    def _with_dependants(self, component_ids: Iterable[int]) -> set[int]:
        found: set[int] = set()
        todo = list(component_ids)
        while todo:
            component_id = todo.pop()
            if component_id not in found:
                found.add(component_id)
                todo.extend(self._below.get(component_id, ()))
        return found

    # -- restart (point 13) ---------------------------------------------------------------------------------------

    def saved_check(self, check_id: int, now: Instant) -> SavedCheck | None:
        """Give what must outlive the process of one check; None before its first verdict."""
        state = self.detector.check(check_id)
        if state.verdict is None:
            return None
        told = state.told
        local = state.local[0] if state.local is not None else ""
        age_s = round(now.steady - told.began.steady, 3)
        seen = state.seen_age_s(now)
        alone = told.numbers.get("healthy") == 1
        return SavedCheck(state.verdict, age_s, told.reason, state.degraded is not None, local, seen, alone)

    def saved(self, now: Instant) -> Saved:
        """Give what must outlive the process."""
        checks = {key: saved for key in self.detector.check_ids() if (saved := self.saved_check(key, now)) is not None}
        components = {
            key: (component.verdict, component.saved(now)) for key, component in self.judge.components().items()
        }
        aside = {name: health.reason for name, health in self.detector.health.items() if not health.healthy}
        return Saved(checks, components, aside)

    def restore(self, saved: Saved, age_s: float, now: Instant) -> None:
        """Put back what was saved `age_s` seconds ago. Runs of failures begin anew and are confirmed as usual."""
        for check_id, check in saved.checks.items():
            began = now.plus(-_age(check.age_s + age_s))
            seen = None if check.seen_age_s is None else now.plus(-_age(check.seen_age_s + age_s))
            grounds = Grounds(began, check.reason, "13", {"healthy": 1} if check.alone else {})
            self.detector.restore(
                check_id,
                check.verdict,
                grounds,
                seen=seen,
                now=now,
                degraded=check.degraded,
                local=check.local if check.local in self.detector.lines else "",
            )
        bad = []
        for component_id, (verdict, memory) in saved.components.items():
            told = self.judge.restore(component_id, verdict, memory, age_s, now)
            if verdict in BAD and told is not None:
                since = told.began
                again = Transition(component_id, Verdict.UNKNOWN, verdict, told.reason, since, since, "13")
                bad.append(replace(again, numbers=told.numbers))
        self.book.restore(bad)
        for location, reason in saved.aside.items():
            if location in self.detector.lines:
                self.detector.lines[location].health.trouble(now.steady, reason)


def _active(held: Mapping[int, float | None], now: Instant) -> frozenset[int]:
    return frozenset(check_id for check_id, until in held.items() if until is None or until > now.steady)


def _age(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_AGE_S)
