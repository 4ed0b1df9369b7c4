"""The monitor process: a prober and the decider on one loop, the database in one thread beside it.

    Ticker ─▶ Prober.tick ─▶ sink ─▶ inbox ─▶ batch (≤ 250 ms) ─▶ thread: Decider.turn in one transaction
                 ▲                                                        │
                 └──────────────── orders, self-tests ────────────────────┘

Two leases: `decider` and `prober:{location}`. A lost lease ends the process; the supervisor starts another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from datetime import timedelta

import uvloop

from probes.registry import kinds
from probes.runner import Runner, make_tools
from probes.schedule import Prober, Ticker
from probes.self_test import Answers, SelfTest
from probes.sequence import Sequence
from probes.types import Observation, Outcome
from status.clock import utc
from status.config.errors import ConfigError
from status.config.load import load
from status.config.reference import reference_check
from status.domain.detection import Input, Trouble
from status.domain.refused import Refused
from status.domain.self_test import SelfTestRound
from status.life import touch_life
from status.models.engine import refresh_statistics
from status.monitor.batches import Batches
from status.monitor.housekeeping import keep_door, keep_house
from status.monitor.orders import Orders
from status.runtime import Runtime
from status.services.tenure import LeaseLost

log = logging.getLogger(__name__)

TURN_EVERY_S = 5.0
"""The decider commits at least this often, also with nothing to store: `verified_at` lives on it."""

ALIVE_EVERY_S = 10.0

POLL_S = 0.25

GATHER_S = 0.1
"""What comes together is decided together: ten machines behind one router are one batch."""


def main(runtime: Runtime) -> int:
    """Run the monitor until SIGTERM; give the exit code (1 when its lease was lost)."""
    return uvloop.run(Monitor(runtime).run())


class Monitor:
    """The parts of a monitor process and the loop that ties them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._location = runtime.settings.monitor.location
        self._inbox: list[Input] = []
        self._urgent = asyncio.Event()
        self._stopping = asyncio.Event()
        self._reload = False

    async def run(self) -> int:
        """Take the leases, load, watch until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._ask_reload)
        batches = Batches(self._runtime, sequence := Sequence())
        alive = loop.create_task(self._live())
        try:
            if not await batches.take_leases(self._stopping):
                return 0
            return await self._watch(batches, sequence)
        except Refused as error:
            log.error("config_refused", extra={"reason": error.message})  # noqa: TRY400 - the message says it all
            return 2
        except LeaseLost as lost:
            log.error("lease_lost", extra={"lease": str(lost)})  # noqa: TRY400 - no traceback: this is expected
            return 1
        finally:
            alive.cancel()
            await batches.close()

    async def _watch(self, batches: Batches, sequence: Sequence) -> int:
        settings = self._runtime.settings
        tools = make_tools(settings.monitor.resolvers, settings.monitor.resolver_inflight_per_zone)
        runner = Runner(tools, kinds(), settings.monitor.pool_size, self._runtime.clock)
        prober = Prober(
            location=self._location,
            runner=runner,
            sequence=sequence,
            concurrency=settings.monitor.concurrency,
            confirm_share=settings.monitor.confirm_share,
            now=self._runtime.clock,
            sink=self._sink,
            trouble=lambda reason: self._sink(Trouble(self._location, reason)),
        )
        references = tuple(
            reference_check(reference, -1 - index, settings.self_test.interval_s)
            for index, reference in enumerate(settings.self_test.reference)
        )
        self_test = SelfTest(self._location, references, runner, self._runtime.clock, self._tested)
        self._orders = Orders(self._location, prober, self_test, self._runtime.clock)
        await self._load(batches)
        ticker = Ticker(lambda: self._runtime.clock().steady)
        ticker.every(3600.0, self._keep_house, name="retention")
        if not references:
            ticker.every(ALIVE_EVERY_S, self._say_alive, name="alive")
        ticker.start(prober.tick)
        testing = asyncio.get_running_loop().create_task(self_test.run(settings.self_test.interval_s))
        try:
            await self._turns(batches)
        finally:
            testing.cancel()
            ticker.stop()
            await prober.stop()
            runner.close()
        return 0

    async def _turns(self, batches: Batches) -> None:
        wake: float | None = None
        while not self._stopping.is_set():
            await self._wait(batches, wake)
            if self._reload:
                self._reload = False
                await self._load_again(batches)
            inputs, self._inbox = self._inbox, []
            self._urgent.clear()
            turned = await batches.turn(inputs)
            if turned is None:
                wake = None
                continue
            wake = turned.next_wake
            self._orders.carry_out(turned)
            if batches.reloaded:
                self._orders.stand(batches.checks())
            if turned.reload:
                await self._load_again(batches, confirm=turned.confirm)

    async def _wait(self, batches: Batches, wake: float | None) -> None:
        """Wait until something urgent came, the rule must be asked (`wake`), or a quiet batch is old enough.

        What agents and people leave in the database is urgent.
        """
        begun = self._runtime.clock().steady
        while not self._urgent.is_set():
            limit = self._runtime.settings.monitor.quiet_batch_s if self._inbox else TURN_EVERY_S
            ends = begun + limit if wake is None else min(begun + limit, wake)
            left = ends - self._runtime.clock().steady
            if left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, POLL_S)):
                    await self._urgent.wait()
            if await batches.something_waits():
                break
        await asyncio.sleep(GATHER_S)

    async def _load(self, batches: Batches) -> None:
        await batches.load(self._runtime.settings)
        self._orders.stand(batches.checks())

    async def _load_again(self, batches: Batches, *, confirm: bool = False) -> None:
        """Read config.toml again; a bad file, or a refused change, keeps the old one running and says so."""
        try:
            settings = load(self._runtime.places.config)
            await batches.load(settings, confirm=confirm)
        except ConfigError as error:
            log.error("config_refused", extra={"faults": str(error)})  # noqa: TRY400 - the faults say it all
            await batches.note_refused(str(error))
            return
        except Refused as error:
            log.error("config_refused", extra={"reason": error.message})  # noqa: TRY400 - as above
            await batches.note_refused(error.message)
            return
        self._orders.stand(batches.checks())
        log.info("config_loaded", extra={"checks": len(batches.checks())})

    async def _live(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                touch_life(self._runtime.places, "monitor")
            await asyncio.sleep(1)

    async def _keep_house(self) -> None:
        hours = self._runtime.settings.monitor.observation_hours
        now = utc(self._runtime.clock().wall)
        before = now - timedelta(hours=hours)
        await asyncio.to_thread(keep_house, self._runtime.sessions, before)
        await asyncio.to_thread(refresh_statistics, self._runtime.sessions)
        await asyncio.to_thread(keep_door, self._runtime.sessions, self._runtime.settings.desk, now)

    def _sink(self, item: Input) -> None:
        self._inbox.append(item)
        if not _is_quiet(item):
            self._urgent.set()

    def _tested(self, answers: Answers) -> None:
        self._sink(SelfTestRound(self._location, answers.began.steady, answers.ended.steady, answers.well))

    def _say_alive(self) -> None:
        """Say that this location lives, as the rounds of one with references do."""
        now = self._runtime.clock().steady
        self._sink(SelfTestRound(self._location, now, now, ()))

    def _stop(self) -> None:
        self._stopping.set()
        self._urgent.set()

    def _ask_reload(self) -> None:
        self._reload = True
        self._urgent.set()


def _is_quiet(item: Input) -> bool:
    """Whether an input can wait for a larger batch: it saw the target well, or says only that we live."""
    if isinstance(item, SelfTestRound):
        return not item.well
    return isinstance(item, Observation) and item.standing and item.outcome in {Outcome.OK, Outcome.SLOW}
