"""The live driver of a prober: APScheduler's tick steps the agenda, due runs become tasks, results go to a sink.

    APScheduler (250 ms) ─▶ Prober.tick ─▶ Agenda.step ─▶ Runner.measure ─▶ sink(Observation │ Pending)

APScheduler reads the wall clock and stands still when that is set back; a monotonic guard wakes it then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from probes.agenda import CLOCK_STEP_S, Agenda
from probes.runner import Runner
from probes.sequence import Sequence
from probes.types import Check, Instant, Observation, Order, OrderType, Outcome, Pending, Run

log = logging.getLogger(__name__)

TICK_S = 0.25
SPREAD_S = 0.025
"""Between two ticks, runs that are due closer together than this start together."""

GUARD_S = 1.0
"""Without a tick for this long (monotonic) every job is told to run now."""

GUARD_EVERY_S = 0.25
"""How often that is looked at: a run that was due meanwhile is less than 2 s late."""

LOOP_LAG_S = 2.0
"""A tick this late means the prober itself was starved (detection rule, point 8)."""


class Prober:
    """The checks and orders one location holds, and the runs in flight."""

    def __init__(
        self,
        *,
        location: str,
        runner: Runner,
        sequence: Sequence,
        concurrency: int,
        now: Callable[[], Instant],
        sink: Callable[[Observation | Pending], None],
        trouble: Callable[[str], None],
        confirm_share: float = 0.25,
    ) -> None:
        self._location = location
        self._runner = runner
        self._sequence = sequence
        self._concurrency = concurrency
        self._now = now
        self._sink = sink
        self._trouble = trouble
        self._agenda = Agenda(now())
        self._checks: dict[int, Check] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._budget = max(1, int(concurrency * confirm_share))
        self._singles = 0
        self._short = False
        self._last_tick: float | None = None
        self._between: asyncio.TimerHandle | None = None

    def know(self, checks: Iterable[Check]) -> None:
        """Take in the whole catalogue; orders for checks that left it are dropped."""
        fresh = {check.id: check for check in checks}
        self._agenda.withdraw(self._checks.keys() - fresh.keys())
        self._checks = fresh

    def send(self, orders: Iterable[Order]) -> None:
        """Take in orders of this location."""
        self._agenda.add((order for order in orders if order.location == self._location), self._now())

    def tick(self) -> None:
        """Start what is due. Called every `TICK_S` seconds on the loop."""
        now = self._now()
        self._watch(now)
        self._step(now)

    def _step(self, now: Instant) -> None:
        if self._between is not None:
            self._between.cancel()
            self._between = None
        free = max(0, min(self._concurrency - len(self._tasks), self._sequence.left))
        due = self._agenda.step(now, free, max(0, self._budget - self._singles))
        self._tell_shortage(due.thinned)
        if due.clock_stepped:
            self._trouble(f"the wall clock was set by more than {CLOCK_STEP_S:g} s")
        for run in due.runs:
            self._start(run)
        for run in due.crowded:
            self._record_crowded(run, now)
        self._step_between(due.next_wake, now)

    def _step_between(self, wake: float | None, now: Instant) -> None:
        """Start what is due before the next tick at its own moment: runs started together disturb one another."""
        if wake is None or not now.steady < wake < now.steady + TICK_S:
            return  # nothing comes before the next tick
        after_s = max(SPREAD_S, wake - now.steady)
        self._between = asyncio.get_running_loop().call_later(after_s, lambda: self._step(self._now()))

    async def stop(self) -> None:
        """End every run in flight without recording it."""
        if self._between is not None:
            self._between.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _watch(self, now: Instant) -> None:
        if self._last_tick is not None and now.steady - self._last_tick - TICK_S > LOOP_LAG_S:
            lag_s = now.steady - self._last_tick - TICK_S
            log.warning("prober_lagged", extra={"lag_s": round(lag_s, 1)})
            self._trouble(f"the prober stood still for {lag_s:.1f} s")
        self._last_tick = now.steady

    def _start(self, run: Run) -> None:
        check = self._checks.get(run.order.check_id)
        if check is None:
            return
        task = asyncio.get_running_loop().create_task(self._run(check, run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def short_of_room(self) -> bool:
        """Whether confirmations or checks wait for room: fewer looks are made than were ordered (point 15)."""
        return self._short

    def _tell_shortage(self, thinned: int) -> None:
        waiting = self._agenda.waiting_singles
        short = bool(thinned or waiting)
        if short is not self._short:
            self._short = short
            log.warning(
                "prober_short_of_room" if short else "prober_has_room",
                extra={"waiting": waiting, "in_flight": len(self._tasks), "concurrency": self._concurrency},
            )

    async def _run(self, check: Check, run: Run) -> None:
        if run.order.type is OrderType.SINGLE:
            self._singles += 1
            try:
                await self._measure(check, run)
            finally:
                self._singles -= 1
        else:
            await self._measure(check, run)

    async def _measure(self, check: Check, run: Run) -> None:
        self._sink(await self._runner.measure(check, run.order, self._sequence.take(), run.due, self._sink))

    def _record_crowded(self, run: Run, now: Instant) -> None:
        if not self._sequence.left:
            return
        self._sink(
            Observation(
                check_id=run.order.check_id,
                location=self._location,
                sequence=self._sequence.take(),
                order_uid=run.order.uid,
                standing=run.order.type is OrderType.STANDING,
                due=run.due,
                began=now,
                duration_s=0.0,
                outcome=Outcome.BROKEN,
                reason="no_capacity",
                detail=f"{self._concurrency} runs are in flight already: raise [monitor] concurrency",
            )
        )


class Ticker:
    """APScheduler as the clock of a loop: the tick, other jobs, and the guard that wakes it after a clock set back."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._steady = steady
        self._last = steady()
        self._guard: asyncio.TimerHandle | None = None
        self._closing = False

    def every(self, seconds: float, job: Callable[[], Any], *, name: str) -> None:
        """Run `job` each `seconds`, late runs folded into one, never two at a time, never dropped."""
        self._scheduler.add_job(
            job,
            "interval",
            seconds=seconds,
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self, tick: Callable[[], None]) -> None:
        """Start the clock on the running loop, `tick` being its fastest job."""

        async def beat() -> None:
            self._last = self._steady()
            tick()

        self.every(TICK_S, beat, name="tick")
        self._scheduler.start()
        self._watch()

    def stop(self) -> None:
        """Stop the clock."""
        self._closing = True
        if self._guard is not None:
            self._guard.cancel()
        self._scheduler.shutdown(wait=False)

    def _watch(self) -> None:
        if self._closing:
            return
        if self._steady() - self._last > GUARD_S:
            log.warning("clock_set_back")
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
        self._guard = asyncio.get_running_loop().call_later(GUARD_EVERY_S, self._watch)
