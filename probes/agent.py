"""An agent: a prober at another location. No configuration, no database; outbound HTTPS alone.

    Carrier ─ Orders ─▶ Prober (standing, single), SelfTest ─ observations, pendings, rounds ─▶ Carrier

Without its server it goes on by its standing orders for as long as they hold, and keeps what it sees on disk.
"""

from __future__ import annotations

import asyncio
import logging
import math
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop
from pydantic import ValidationError

from probes.agent_buffer import KEEP_BYTES, KEEP_S, Buffer
from probes.agent_carrier import Carrier
from probes.agent_folder import boot_id, claim, reserve
from probes.agent_line import Line
from probes.agent_messages import (
    CheckToRun,
    Orders,
    Round,
    SingleOrder,
    Standing,
    Troubled,
    as_seen,
    as_tested,
    as_waiting,
)
from probes.options import Options
from probes.registry import kinds
from probes.runner import Runner, make_tools
from probes.schedule import Prober, Ticker
from probes.self_test import Answers, SelfTest
from probes.sequence import BLOCK, Sequence
from probes.types import Check, Instant, Observation, Order, OrderType, Outcome, Pending

log = logging.getLogger(__name__)

KEEP_HOUSE_S: Final = 1.0
HEARD_EVERY_S: Final = 10.0
"""Without references an agent says so often that it lives; with some, its rounds do."""

SELF_TEST_PACE_S: Final = 1.0
"""Failures ask for a self-test at once, but for no more than one in so long: references are other people's servers."""


@dataclass(frozen=True, slots=True)
class Task:
    """Who this agent is and of which release, where its server and its files are, how much it may do at once."""

    location: str
    server: str
    token_file: Path
    data: Path
    version: str = ""
    ca: Path | None = None
    resolvers: tuple[str, ...] = ()
    resolver_inflight: int = 32
    concurrency: int = 1_000
    pool_size: int = 16
    keep_s: float = KEEP_S
    keep_bytes: int = KEEP_BYTES


def main(task: Task, now: Callable[[], Instant]) -> int:
    """Look until SIGTERM; give the exit code (1 when a thread was lost). Raise FolderTaken, OSError."""
    lock = claim(task.data)
    try:
        return uvloop.run(Agent(task, now).run())
    finally:
        lock.close()


class Agent:
    """The parts of an agent process, on one loop."""

    def __init__(self, task: Task, now: Callable[[], Instant]) -> None:
        self._task = task
        self._now = now
        self._sequence = Sequence()
        self._buffer = Buffer(task.data / "buffer", boot_id(), now, keep_s=task.keep_s, keep_bytes=task.keep_bytes)
        self._carrier = Carrier(task.location, self._buffer, self._line, now, self._hand_over)
        self._runner = Runner(make_tools(task.resolvers, task.resolver_inflight), kinds(), task.pool_size, now)
        self._prober = Prober(
            location=task.location,
            runner=self._runner,
            sequence=self._sequence,
            concurrency=task.concurrency,
            now=now,
            sink=self._sink,
            trouble=self._trouble,
        )
        self._standing: Standing | None = None
        self._confirmed_at = -math.inf
        self._holds = False
        self._self_test: SelfTest | None = None
        self._testing: asyncio.Task[None] | None = None
        self._asking: asyncio.TimerHandle | None = None
        self._asked_at = -math.inf
        self._over: asyncio.Future[int]

    async def run(self) -> int:
        """Look, deliver and obey until told to stop."""
        self._loop = asyncio.get_running_loop()
        self._over = self._loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._end, 0)
        log.info("agent_started", extra={"location": self._task.location, "records_waiting": len(self._buffer)})
        await self._reserve()
        ticker = Ticker(lambda: self._now().steady)
        ticker.every(KEEP_HOUSE_S, self._keep_house, name="house")
        ticker.every(HEARD_EVERY_S, self._say_alive, name="alive")
        self._carrier.start()
        ticker.start(self._prober.tick)
        try:
            return await self._over
        finally:
            ticker.stop()
            if self._testing is not None:
                self._testing.cancel()
            await self._prober.stop()
            self._runner.close()
            await asyncio.to_thread(self._carrier.stop)
            log.info("agent_ended", extra={"records_waiting": len(self._buffer)})

    # -- orders ---------------------------------------------------------------------------------------------------

    def _line(self) -> Line:
        return Line(self._task.server, self._task.location, self._task.token_file, self._task.ca, self._task.version)

    def _hand_over(self, orders: Orders) -> None:
        """Pass orders from the poller's thread to the loop."""
        self._loop.call_soon_threadsafe(self._obey, orders)

    def _obey(self, orders: Orders) -> None:
        self._confirmed_at = self._now().steady
        if orders.standing is not None:
            self._standing = orders.standing
            self._holds = False
        if not self._holds and self._standing is not None:
            self._stand(self._standing)
        if orders.orders:
            self._prober.send(self._single(order) for order in orders.orders)
        if orders.self_test:
            self._ask_self_test()

    def _stand(self, standing: Standing) -> None:
        checks = _understood(standing.checks)
        phases = {message.id: message.phase for message in standing.checks}
        self._prober.know(checks)
        self._prober.send(self._standing_order(check, phases[check.id]) for check in checks)
        self._test_line(_understood(standing.references), standing.self_test_interval_s)
        self._holds = True
        log.info("orders_taken", extra={"checks": len(checks), "references": len(standing.references)})

    def _standing_order(self, check: Check, phase: float) -> Order:
        return Order(
            uid=f"standing/{check.id}",
            check_id=check.id,
            location=self._task.location,
            type=OrderType.STANDING,
            valid_until=math.inf,  # all of them are withdrawn together, see _keep_house
            phase_s=phase * check.interval_s,
            interval_s=check.interval_s,
        )

    def _single(self, order: SingleOrder) -> Order:
        now = self._now().steady
        return Order(
            uid=order.uid,
            check_id=order.check,
            location=self._task.location,
            type=OrderType.SINGLE,
            valid_until=now + order.valid_s,
            not_before=now + order.after_s,
            timeout_s=order.timeout_s,
            lane=order.lane,
        )

    def _test_line(self, references: tuple[Check, ...], interval_s: float) -> None:
        if self._testing is not None:
            self._testing.cancel()
        self._self_test = SelfTest(self._task.location, references, self._runner, self._now, self._tested)
        self._testing = self._loop.create_task(self._self_test.run(interval_s))

    # -- what is seen ---------------------------------------------------------------------------------------------

    def _sink(self, item: Observation | Pending) -> None:
        if isinstance(item, Pending):
            self._carrier.put(as_waiting(item), urgent=True)
            self._ask_self_test()
            return
        quiet = item.standing and item.outcome in {Outcome.OK, Outcome.SLOW}
        self._carrier.put(as_seen(item), urgent=not quiet)
        if item.failed:
            self._ask_self_test()

    def _tested(self, answers: Answers) -> None:
        self._carrier.put(as_tested(answers), urgent=True)

    def _trouble(self, reason: str) -> None:
        self._carrier.put(Troubled(at=self._now().steady, reason=reason), urgent=True)

    def _ask_self_test(self) -> None:
        if self._asking is None and self._self_test is not None:
            after_s = max(0.0, self._asked_at + SELF_TEST_PACE_S - self._now().steady)
            self._asking = self._loop.call_later(after_s, self._begin_self_test)

    def _begin_self_test(self) -> None:
        self._asking, self._asked_at = None, self._now().steady
        if self._self_test is not None:
            self._self_test.ask()

    # -- house ----------------------------------------------------------------------------------------------------

    async def _keep_house(self) -> None:
        if not self._carrier.lives and not self._over.done():
            log.error("agent_thread_lost", extra={"location": self._task.location})
            self._end(1)
        if self._holds and self._standing and self._now().steady - self._confirmed_at > self._standing.valid_s:
            self._prober.know(())
            self._holds = False
            log.warning("orders_expired", extra={"after_s": self._standing.valid_s})
        await self._reserve()

    async def _reserve(self) -> None:
        wanted = max(BLOCK, 2 * self._task.concurrency)
        if self._sequence.left < wanted:
            wall = self._now().wall
            self._sequence.grant(*await asyncio.to_thread(reserve, self._task.data, -(-wanted // BLOCK), wall))

    def _say_alive(self) -> None:
        now = self._now().steady
        if self._standing is None or not self._standing.references:
            self._carrier.put(Round(began=now, ended=now, well=()), urgent=False)

    def _end(self, code: int) -> None:
        if not self._over.done():
            self._over.set_result(code)


def _understood(messages: Iterable[CheckToRun]) -> tuple[Check, ...]:
    """Give the checks of these messages; one whose options this release does not know is left out, and said."""
    checks = []
    for message in messages:
        kind = kinds().get(message.kind)
        try:
            options = kind.options.model_validate(message.options) if kind is not None else Options()
        except ValidationError as error:
            log.warning("check_not_understood", extra={"check": message.name, "error": str(error.errors()[0]["msg"])})
            continue
        checks.append(Check(message.id, message.name, message.kind, message.interval_s, message.timeout_s, options))
    return tuple(checks)
