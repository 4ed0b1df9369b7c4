"""A little world for tests of the rule: virtual clock, the production agenda, detector and book."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from probes.agenda import Agenda
from probes.types import Instant, Observation, Order, OrderType, Outcome, Pending
from status.domain.check_state import CheckView
from status.domain.decisions import Decision
from status.domain.detection import Input
from status.domain.grouping import Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.self_test import SelfTestRound
from status.domain.states import Policy
from status.domain.supervision import Supervision
from status.domain.transition import Transition

BEGIN = Instant(50_000.0, 1_700_000_000.0)
TICK_S = 0.25

Answer = tuple[bool, float]
"""Whether the target answered well, and after how many seconds."""


def well(_check_id: int, _location: str, _at: float) -> Answer:
    return True, 0.05


@dataclass
class World:
    """Checks 1…n, one component each (component id = check id), seen from some locations."""

    checks: int = 1
    locations: tuple[str, ...] = ("here",)
    interval_s: float = 30.0
    timeout_s: float = 10.0
    rule: Rule = field(default_factory=Rule)
    target: Callable[[int, str, float], Answer] = well
    line: Callable[[str, float], bool] = lambda _location, _at: True
    labels: dict[int, str] = field(default_factory=dict)
    parents: dict[int, tuple[int, ...]] = field(default_factory=dict)
    tested: bool = True

    def __post_init__(self) -> None:
        self.transitions: list[tuple[float, Transition]] = []
        self.decisions: list[tuple[float, Decision]] = []
        self.runs = 0
        self.at = 0.0
        self._sequence = itertools.count(1)
        self._arrivals: list[tuple[float, int, Input]] = []
        self.agendas = {location: Agenda(BEGIN) for location in self.locations}
        tested = self.locations if self.tested else ()
        uids = (f"event-{n}" for n in itertools.count(1))
        self.supervision = Supervision(
            self.locations, self_tested=tested, rule=self.rule, self_test=SelfTestRule(),
            new_uid=lambda _now: next(uids), now=BEGIN,
        )  # fmt: skip
        self.detector, self.book = self.supervision.detector, self.supervision.book
        numbers = range(1, self.checks + 1)
        label = {n: self.labels.get(n, f"label-{n}") for n in numbers}
        views = [CheckView(n, n, self.interval_s, self.timeout_s, self.rule, group=label[n]) for n in numbers]
        places = [Place(n, (), label[n], Policy.PUBLISH, Policy.DRAFT, self.parents.get(n, ())) for n in numbers]
        self.supervision.know(views, places, BEGIN)
        for index, (location, agenda) in enumerate(self.agendas.items()):
            shift = index / len(self.locations)
            agenda.add(
                [
                    Order(
                        f"s{n}", n, location, OrderType.STANDING, 1e12,
                        ((n / (self.checks + 1) + shift) % 1) * self.interval_s, self.interval_s,
                    )
                    for n in numbers
                ],
                BEGIN,
            )  # fmt: skip
        self._next_test = dict.fromkeys(self.locations, 0.0)

    def run(self, until: float) -> World:
        """Let virtual time pass up to `until` seconds from the start."""
        while self.at < until:
            self.at += TICK_S
            now = BEGIN.plus(self.at)
            self._start_runs(now)
            self._test_lines()
            inputs = []
            while self._arrivals and self._arrivals[0][0] <= self.at:
                inputs.append(heapq.heappop(self._arrivals)[2])
            self._step(now, inputs)
        return self

    def verdicts(self, component_id: int = 1) -> list[tuple[float, str]]:
        """Give the changes of a component's verdict, with seconds from the start."""
        return [(at, t.after.value) for at, t in self.transitions if t.component_id == component_id]

    def actions(self) -> list[str]:
        return [decision.action.value for _, decision in self.decisions]

    def _step(self, now: Instant, inputs: list[Input]) -> None:
        stepped = self.supervision.step(now, inputs)
        for ask in stepped.asks:
            order = Order(
                ask.uid, ask.check_id, ask.location, OrderType.SINGLE, 1e12,
                not_before=ask.not_before, timeout_s=ask.timeout_s,
            )  # fmt: skip
            self.agendas[ask.location].add([order], now)
        for location in stepped.self_tests:
            self._next_test[location] = self.at
        self.transitions += [(self.at, transition) for transition in stepped.transitions]
        self.decisions += [(self.at, decision) for decision in stepped.decisions]

    def _start_runs(self, now: Instant) -> None:
        for location, agenda in self.agendas.items():
            for run in agenda.step(now, 10_000).runs:
                self.runs += 1
                self._look(run.order, location, run.due)

    def _look(self, order: Order, location: str, due: Instant) -> None:
        answered, after = self.target(order.check_id, location, self.at)
        if not self.line(location, self.at):
            answered, after = False, self.timeout_s
        limit = min(order.timeout_s or self.timeout_s, self.timeout_s)
        answered, after = answered and after < limit, min(after, limit)
        number, began = next(self._sequence), BEGIN.plus(self.at)
        standing = order.type is OrderType.STANDING
        if after > 3:
            pending = Pending(order.check_id, location, number, standing, began)
            heapq.heappush(self._arrivals, (self.at + 3, next(self._sequence), pending))
        seen = Observation(
            order.check_id, location, number, order.uid, standing, due, began, after,
            Outcome.OK if answered else Outcome.FAILED, "" if answered else "refused",
        )  # fmt: skip
        heapq.heappush(self._arrivals, (self.at + after, number, seen))

    def _test_lines(self) -> None:
        if not self.tested:
            return
        for location, due in self._next_test.items():
            if due <= self.at:
                ok = self.line(location, self.at)
                began = BEGIN.steady + self.at
                round_ = SelfTestRound(location, began, began + 0.05, (ok, ok, ok))
                heapq.heappush(self._arrivals, (self.at + 0.05, next(self._sequence), round_))
                self._next_test[location] = self.at + 15


def outage(begin: float, end: float, *, after: float = 0.01, checks: tuple[int, ...] = (1,)):
    """Make a target that fails between two times: at once, or (after > 10) by time-out."""

    def target(check_id: int, _location: str, at: float) -> Answer:
        return (False, after) if begin <= at < end and check_id in checks else (True, 0.05)

    return target
