"""Detection fed by hand: a test gives every look. The production detector, judge and book decide, without an agenda."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from probes.types import Observation, Outcome
from status.domain.check_state import CheckView
from status.domain.decisions import Decision
from status.domain.detection import Input
from status.domain.grouping import Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.states import Policy
from status.domain.supervision import Decided, Supervision
from status.domain.transition import Transition
from tests.status.domain.simulation import BEGIN


@dataclass
class Bench:
    """Checks 1…n, one component each. Times are seconds from the world's begin; the process begins at `begins`."""

    checks: int = 1
    locations: tuple[str, ...] = ("here",)
    interval_s: float = 30.0
    label: str = ""
    slow_s: float | None = None
    parents: dict[int, tuple[int, ...]] = field(default_factory=dict)
    begins: float = 0.0

    def __post_init__(self) -> None:
        self.transitions: list[Transition] = []
        self.decisions: list[Decision] = []
        self._sequence = itertools.count(1)
        uids = (f"event-{n}" for n in itertools.count(1))
        self.supervision = Supervision(
            self.locations, self_tested=(), rule=Rule(), self_test=SelfTestRule(),
            new_uid=lambda _now: next(uids), now=BEGIN.plus(self.begins),
        )  # fmt: skip
        self.judge, self.book = self.supervision.judge, self.supervision.book
        self.know(range(1, self.checks + 1), self.begins)

    def know(self, numbers: Iterable[int], at: float) -> None:
        """Give the catalogue: checks that are not named are retired."""
        label = {n: self.label or f"label-{n}" for n in numbers}
        views = [CheckView(n, n, self.interval_s, 10.0, Rule(), group=label[n], slow_s=self.slow_s) for n in label]
        places = [Place(n, (), label[n], Policy.PUBLISH, Policy.DRAFT, self.parents.get(n, ())) for n in label]
        self.supervision.know(views, places, BEGIN.plus(at))

    def step(self, at: float, *inputs: Input) -> Decided:
        decided = self.supervision.step(BEGIN.plus(at), inputs)
        self.transitions += decided.transitions
        self.decisions += decided.decisions
        return decided

    def look(self, at: float, outcome: Outcome, location: str = "here", check: int = 1, **rest: float) -> Decided:
        """Let a scheduled run of a check end at once; `rest` may name `duration_s` or `loss`."""
        began, reason = BEGIN.plus(at), "refused" if outcome is Outcome.FAILED else ""
        seen = Observation(check, location, next(self._sequence), "s", True, began, began, 0.05, outcome, reason)
        return self.step(at, replace(seen, **rest))

    def looks(
        self, begin: float, end: float, outcome: Outcome, *, every: float = 5.0, locations: tuple[str, ...] = ()
    ) -> Bench:
        """Let check 1 be looked at from each location, from `begin` until before `end`."""
        at = begin
        while at < end:
            for location in locations or self.locations:
                self.look(at, outcome, location)
            at += every
        return self

    def restart(self, at: float) -> Bench:
        """Give a new process that is told what the old one kept and which incidents there are."""
        saved, incidents = self.supervision.saved(BEGIN.plus(at)), self.book.incidents()
        new = replace(self, begins=at)
        new.supervision.restore(saved, 0.0, BEGIN.plus(at))
        new.supervision.events(incidents, [], BEGIN.plus(at))
        return new

    def verdicts(self) -> list[str]:
        """Give the changes of the components' verdicts."""
        return [transition.after.value for transition in self.transitions]

    def actions(self) -> list[str]:
        """Give what was decided about incidents."""
        return [decision.action.value for decision in self.decisions]
