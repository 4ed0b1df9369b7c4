"""Replays with a hand in them: results recorded and fed again, batches shuffled, the core killed and put back."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable
from typing import Any

from status.domain.detection import Input
from status.domain.states import Verdict
from status.domain.supervision import Supervision
from status.replay.clockwork import Clockwork
from status.replay.driver import Replay
from status.replay.outcome import Run
from status.replay.scenario import Scenario
from status.replay.setting import check_views, places
from tests.detection.worlds import NINE, Drawn

Arrival = tuple[int, Input]
"""A moment in whole milliseconds from the start, and what arrives then."""


class Recorded(Replay):
    """Keeps what arrives, and when."""

    def __init__(self, drawn: Drawn) -> None:
        super().__init__(drawn.scenario, NINE, drawn.phase)
        self.arrivals: list[Arrival] = []

    def _deliver(self, item: Input) -> None:
        self.arrivals.append((self._clock.ms, item))
        super()._deliver(item)


class Shuffled(Replay):
    """Hands the core each batch in an order of its own."""

    def __init__(self, drawn: Drawn, seed: int) -> None:
        super().__init__(drawn.scenario, NINE, drawn.phase)
        self._chance = random.Random(seed)

    def _step(self) -> None:
        self._chance.shuffle(self._inputs)
        super()._step()


class Restarted(Replay):
    """Kills the core at given moments; what it had not decided is lost, what it had saved is put back."""

    def __init__(self, drawn: Drawn, moments: Iterable[int]) -> None:
        super().__init__(drawn.scenario, NINE, drawn.phase)
        self._moments = tuple(moments)

    def run(self) -> Run:
        for ms in self._moments:
            self._clock.push(ms, self._restart)
        return super().run()

    def _restart(self, _: Any) -> None:
        if self._core is None:
            return
        self._saved = (self._core.saved(self._clock.now()), self._clock.ms)
        self._inputs, self._step_at = [], float("inf")
        self._make_core()


def feed(scenario: Scenario, arrivals: Iterable[Arrival]) -> list[tuple[int, Verdict]]:
    """Feed arrivals to a core of its own, whatever it asks for; give the changes of the first component."""
    clock = Clockwork(scenario.epoch)
    core = Supervision(
        scenario.locations, self_tested=scenario.locations, rule=NINE.rule, self_test=NINE.self_test,
        new_uid=lambda now: str(now.steady), now=clock.now(),
    )  # fmt: skip
    core.know(check_views(scenario, NINE), places(scenario), clock.now())
    todo: list[tuple[int, int, Input | None]] = [(ms, n, item) for n, (ms, item) in enumerate(arrivals)]
    heapq.heapify(todo)
    found, end = [], round(scenario.duration * 1000)
    while todo and todo[0][0] <= end:
        ms, batch = todo[0][0], []
        while todo and todo[0][0] == ms:
            item = heapq.heappop(todo)[2]
            batch += [] if item is None else [item]
        decided = core.step(clock.at(ms), batch)
        found += [(ms, transition.after) for transition in decided.transitions if transition.component_id == 1]
        if decided.next_wake is not None:
            wake = max(ms + 1, clock.first_after(decided.next_wake))
            if not todo or wake < todo[0][0]:
                heapq.heappush(todo, (wake, -1, None))
    return found


def told(run: Run) -> list[tuple]:
    """The incidents without their times, in no order: whom they name, who sees them, whether they are over."""
    return sorted((i.components, i.public, i.origin.value, i.closed is None, i.merged_into) for i in run.incidents)


def events_of(run: Run) -> list[int]:
    """The moments in milliseconds at which something was decided or written, and those just before and after."""
    at = [at for line in run.verdicts for at, _ in line.changes]
    at += [moment for i in run.incidents for moment in (i.opened, i.closed) if moment is not None]
    return sorted({max(0, round(moment * 1000) + shift) for moment in at for shift in (-1, 0, 1)})
