"""One location of a replay: the production agenda, runs against the simulated world, self-test rounds, deaths.

standing and single orders ─▶ Agenda ─▶ World.probe ─▶ Pending, Observation ─▶ deliver
                                        World.references ─▶ SelfTestRound ─▶ deliver
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from probes.agenda import Agenda
from probes.types import PENDING_AFTER_S, Instant, Observation, Order, OrderType, Outcome, Pending
from status.domain.check_state import Ask
from status.domain.detection import Input
from status.domain.self_test import SelfTestRound
from status.replay.clockwork import Clockwork
from status.replay.setting import TIMEOUT_S
from status.replay.world import World

ROOM: Final = 1_000_000
"""A simulated prober has room for every run that is due."""

TICK_S: Final = 5e-6
"""The agenda is asked this much late, as a tick always is: its dues carry the rounding of Unix time."""

TEST_EVERY_MS: Final = 15_000
TEST_WELL_MS: Final = 50
TEST_BAD_MS: Final = 2_000
"""How long a round takes when all references answer, and when one does not."""

PENDING_MS: Final = round(PENDING_AFTER_S * 1000)


class Prober:
    """What one location does while its process lives; `note_run` hears the world's time of each run."""

    def __init__(
        self,
        index: int,
        standing: tuple[Order, ...],
        clock: Clockwork,
        world: World,
        *,
        deliver: Callable[[Input], None],
        note_run: Callable[[int], None],
    ) -> None:
        self.index = index
        self.location = standing[0].location
        self.alive = False
        self._standing = standing
        self._clock = clock
        self._world = world
        self._deliver = deliver
        self._note_run = note_run
        self._life = 0
        self._agenda: Agenda | None = None
        self._wake_at: int | None = None
        self._sequence = itertools.count(1)
        self._testing = False
        self._test_again = False
        self._test_began = 0
        self._rounds = 0

    # -- its process ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin with the standing orders and a self-test, and nothing else."""
        now = self._clock.now()
        self.alive, self._testing, self._wake_at = True, False, None
        self._life += 1
        self._agenda = Agenda(now)
        self._agenda.add(self._standing, now)
        self.test()
        self._run_due(now)

    def die(self) -> None:
        """End at once: single orders, runs and rounds under way are lost."""
        self.alive, self._agenda = False, None
        self._life += 1

    def take(self, asks: Iterable[Ask]) -> None:
        """Take in single orders."""
        if self._agenda is None:
            return
        orders = [
            Order(
                uid=ask.uid,
                check_id=ask.check_id,
                location=self.location,
                type=OrderType.SINGLE,
                valid_until=math.inf,
                not_before=ask.not_before,
                timeout_s=ask.timeout_s,
                lane=ask.lane,
            )
            for ask in asks
        ]
        self._agenda.add(orders, self._clock.now())
        if orders:
            self._plan(min(order.not_before for order in orders))

    # -- looking --------------------------------------------------------------------------------------------------

    def _wake(self, life: int) -> None:
        if life == self._life and self._wake_at == self._clock.ms:
            self._wake_at = None
            self._run_due(self._clock.now())

    def _run_due(self, now: Instant) -> None:
        assert self._agenda is not None
        found = self._agenda.step(now.plus(TICK_S), ROOM)
        for run in found.runs:
            self._look(run.order, now)
        if found.next_wake is not None:
            self._plan(found.next_wake)

    def _plan(self, steady: float) -> None:
        at = max(self._clock.ms, self._clock.first_after(steady))
        if self._wake_at is None or at < self._wake_at:
            self._wake_at = at
            self._clock.push(at, self._wake, self._life)

    def _look(self, order: Order, now: Instant) -> None:
        """Run one order: what the world answers arrives when it has taken its time."""
        clock, check_id = self._clock, order.check_id
        limit = TIMEOUT_S if order.timeout_s is None else min(order.timeout_s, TIMEOUT_S)
        ok, taken, reason, loss = self._world.probe(check_id - 1, self.index, clock.world_ms, limit)
        self._note_run(clock.world_ms)
        sequence, standing = next(self._sequence), order.type is OrderType.STANDING
        taken_ms = math.ceil(taken * 1000)
        if taken_ms > PENDING_MS:
            pending = Pending(check_id, self.location, sequence, standing, now)
            clock.push(clock.ms + PENDING_MS, self._arrive, (self._life, pending))
        seen = Observation(
            check_id, self.location, sequence, order.uid, standing, now, now, taken,
            Outcome.OK if ok else Outcome.FAILED, "" if ok else reason,
            loss=loss if self._world.sends_series(check_id - 1) else None,
        )  # fmt: skip
        clock.push(clock.ms + taken_ms, self._arrive, (self._life, seen))

    def _arrive(self, what: tuple[int, Observation | Pending]) -> None:
        life, seen = what
        if life != self._life:
            return
        self._deliver(seen)
        if isinstance(seen, Observation) and seen.outcome is Outcome.FAILED:
            self._test_anew()

    # -- self-tests -----------------------------------------------------------------------------------------------

    def test(self, _: Any = None) -> None:
        """Begin a round, unless one is under way."""
        if self._testing or not self.alive:
            return
        clock = self._clock
        self._testing, self._test_again, self._test_began = True, False, clock.ms
        self._rounds += 1
        well = self._world.references(self.index, clock.world_ms)
        ends = clock.ms + (TEST_WELL_MS if all(well) else TEST_BAD_MS)
        round_ = SelfTestRound(self.location, clock.now().steady, clock.at(ends).steady, well)
        clock.push(ends, self._end_test, (self._life, round_))

    def _test_anew(self) -> None:
        """Begin a round now, or as soon as the one under way, begun before this moment, is over."""
        if self._testing and self._test_began < self._clock.ms:
            self._test_again = True
        self.test()

    def _end_test(self, what: tuple[int, SelfTestRound]) -> None:
        life, round_ = what
        if life != self._life:
            return
        self._testing = False
        self._deliver(round_)
        if self._test_again:
            self.test()
        else:
            at = (self._clock.ms // TEST_EVERY_MS + 1) * TEST_EVERY_MS
            self._clock.push(at, self._test_on_time, (life, self._rounds))

    def _test_on_time(self, what: tuple[int, int]) -> None:
        if what == (self._life, self._rounds):
            self.test()
