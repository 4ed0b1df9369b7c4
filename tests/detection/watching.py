"""One process that watches: three probers on loops of their own, and the production decider with its database.

    Location (thread, its network) ─ observations, pendings, rounds ─▶ Watch.turns ─▶ Batches.turn ─▶ orders ─▶ Location

It does what `status.monitor.process` does, for three locations at once and without a web process between them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

import uvloop

from probes.registry import kinds
from probes.runner import Runner, make_tools
from probes.schedule import Prober, Ticker
from probes.self_test import Answers, SelfTest
from probes.sequence import Sequence
from probes.types import Check, Observation, Order, Outcome
from status.clock import system_clock
from status.config.model import Settings
from status.config.reference import reference_check
from status.domain.detection import Input, Trouble
from status.domain.phases import phase_at
from status.domain.self_test import SelfTestRound
from status.models.engine import reading, writing
from status.monitor.batches import Batches
from status.monitor.orders import Orders
from status.monitor.process import GATHER_S, TURN_EVERY_S
from status.monitor.recording import reserve
from status.places import places_of
from status.queries.locations import grid
from status.runtime import make_runtime

CLONE_NEWNET = 0x40000000
BLOCKS = 20


@dataclass(frozen=True)
class Task:
    """What a watching process is given. `lines` maps a location to the network namespace it looks from."""

    settings: Settings
    folder: Path
    lines: Mapping[str, str] = field(default_factory=dict)


def watch(task: Task, ready: Event) -> None:
    """Watch until SIGTERM."""
    asyncio.run(Watch(task).run(ready))


def enter(namespace: str) -> None:
    """Let this thread look from another network."""
    with Path("/run/netns", namespace).open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"can't enter the network namespace {namespace}")


class Location:
    """A prober with its self-test, on a loop and in a thread of its own. A `Dispatch` from any thread."""

    def __init__(self, name: str, task: Task, sequence: Sequence, sink: Callable[[Input], None]) -> None:
        self.name = name
        self._task, self._sequence, self._sink = task, sequence, sink
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def know(self, checks: Iterable[Check]) -> None:
        self._loop.call_soon_threadsafe(self._prober.know, tuple(checks))

    def send(self, orders: Iterable[Order]) -> None:
        self._loop.call_soon_threadsafe(self._prober.send, tuple(orders))

    def ask(self) -> None:
        self._loop.call_soon_threadsafe(self._self_test.ask)

    def _run(self) -> None:
        if self.name in self._task.lines:
            enter(self._task.lines[self.name])
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._look())

    async def _look(self) -> None:
        settings = self._task.settings
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        runner = Runner(make_tools(), kinds(), settings.monitor.pool_size, system_clock)
        self._prober = Prober(
            location=self.name, runner=runner, sequence=self._sequence, concurrency=settings.monitor.concurrency,
            now=system_clock, sink=self._sink, trouble=lambda reason: self._sink(Trouble(self.name, reason)),
        )  # fmt: skip
        references = tuple(reference_check(each, -1 - n) for n, each in enumerate(settings.self_test.reference))
        self._self_test = SelfTest(self.name, references, runner, system_clock, self._tested)
        ticker = Ticker(lambda: system_clock().steady)
        ticker.start(self._prober.tick)
        testing = self._loop.create_task(self._self_test.run(settings.self_test.interval_s))
        self._started.set()
        await self._over.wait()
        testing.cancel()
        ticker.stop()
        await self._prober.stop()
        runner.close()

    def _tested(self, answers: Answers) -> None:
        self._sink(SelfTestRound(self.name, answers.began.steady, answers.ended.steady, answers.well))


class Watch:
    """The locations and the decider of one process."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._runtime = make_runtime(task.settings, places_of(task.settings, task.folder / "none", task.folder))
        self._inbox: list[Input] = []
        self._urgent, self._stopping = asyncio.Event(), asyncio.Event()

    async def run(self, ready: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTERM, self._stop)
        batches = Batches(self._runtime, own := Sequence())
        assert await batches.take_leases(self._stopping)
        await batches.load(self._task.settings)
        names = self._names()
        sequences = {self._task.settings.monitor.location: own}
        sequences |= {name: self._numbers(name) for name in names if name not in sequences}
        places = [Location(name, self._task, sequences[name], self._sink) for name in names]
        for place in places:
            place.start()
        self._orders = [Orders(place.name, place, place, system_clock) for place in places]
        self._stand(batches)
        ready.set()
        try:
            await self._turns(batches)
        finally:
            for place in places:
                await asyncio.to_thread(place.stop)
            await batches.close()

    async def _turns(self, batches: Batches) -> None:
        wake: float | None = None
        while not self._stopping.is_set():
            await self._wait(wake)
            inputs, self._inbox = self._inbox, []
            self._urgent.clear()
            turned = await batches.turn(inputs)
            assert turned is not None, "the database could not be written"
            assert not batches.reloaded, "a turn failed"
            wake = turned.next_wake
            for orders in self._orders:
                orders.carry_out(turned)
            if turned.reload:
                await batches.load(self._task.settings)
                self._stand(batches)

    async def _wait(self, wake: float | None) -> None:
        """Wait for something urgent, for the moment the rule asks for, or until a quiet batch is old enough."""
        now = system_clock().steady
        ends = now + (self._task.settings.monitor.quiet_batch_s if self._inbox else min(TURN_EVERY_S, 1.0))
        left = ends - now if wake is None else min(ends, wake) - now
        if left > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._urgent.wait()
        await asyncio.sleep(GATHER_S)

    def _stand(self, batches: Batches) -> None:
        """Send each location the grid as it has it: their order shares the interval evenly."""
        names = self._names()
        shift = -names.index(self._task.settings.monitor.location)
        for index, orders in enumerate(self._orders):
            orders.stand((check, phase_at(phase, index + shift, len(names))) for check, phase in batches.checks())

    def _names(self) -> tuple[str, ...]:
        with reading(self._runtime.sessions) as session:
            return grid(session, self._task.settings.monitor.location)

    def _numbers(self, name: str) -> Sequence:
        sequence = Sequence()
        with writing(self._runtime.sessions) as session:
            sequence.grant(*reserve(session, f"sequence:{name}", BLOCKS))
        return sequence

    def _sink(self, item: Input) -> None:
        """Take what a location saw, from its thread."""
        self._loop.call_soon_threadsafe(self._take, item)

    def _take(self, item: Input) -> None:
        self._inbox.append(item)
        quiet = all(item.well) if isinstance(item, SelfTestRound) else False
        if isinstance(item, Observation):
            quiet = item.standing and item.outcome in {Outcome.OK, Outcome.SLOW}
        if not quiet:
            self._urgent.set()

    def _stop(self) -> None:
        self._stopping.set()
        self._urgent.set()
