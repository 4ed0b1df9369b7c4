"""The decider's transactions, in one thread of their own: leases, loading, turns, and what a failed turn means.

A turn that fails is rolled back and its decider thrown away: memory is loaded again from the database, as after a
restart, and the same inputs are tried once more. What the database cannot take now waits; a row it can never take is
found by halving, set aside and logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from probes.sequence import BLOCK
from probes.sequence import Sequence as Numbers
from probes.types import Check, Observation
from status.clock import utc
from status.config.model import Settings
from status.domain.detection import Input
from status.domain.phases import phase_at
from status.models.engine import reading, writing
from status.monitor.decider import Decider, Turned
from status.monitor.inbox import ROWS_A_TURN, is_waiting, set_aside_first
from status.monitor.recording import reserve
from status.runtime import Runtime
from status.services import catalogue, installation, leases
from status.services.life_signs import write_life_sign
from status.services.reloading import note_refused, note_taken
from status.services.tenure import LEASE_S, LeaseLost

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LEASE_POLL_S = 1.0
KEEP_INPUTS = 100_000
"""Inputs kept while the database can't be written; the oldest go first."""


class Batches:
    """Everything that touches the database on behalf of the monitor. One call at a time."""

    def __init__(self, runtime: Runtime, numbers: Numbers) -> None:
        self._runtime = runtime
        self._numbers = numbers
        self._settings = runtime.settings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decider")
        self._fences: dict[str, int] = {}
        self._decider: Decider | None = None
        self._kept: list[Input] = []
        self._failing = False
        self.reloaded = False

    async def take_leases(self, stopping: asyncio.Event) -> bool:
        """Wait for the decider's and the prober's lease; False when told to stop meanwhile."""
        location = self._settings.monitor.location
        while not stopping.is_set():
            try:
                if await self._in_thread(self._take, ("decider", f"prober:{location}")):
                    return True
                log.info("waiting_for_lease", extra={"location": location})
            except DBAPIError as error:
                log.warning("database_unavailable", extra={"error": str(error.orig)})
            try:
                async with asyncio.timeout(LEASE_POLL_S):
                    await stopping.wait()
            except TimeoutError:
                continue
        return False

    async def load(self, settings: Settings, *, confirm: bool = False) -> None:
        """Apply a configuration and load a decider on it. Raises Refused; the old one goes on then."""
        await self._in_thread(self._load, settings, confirm=confirm)

    async def note_refused(self, faults: str) -> None:
        """Keep why a configuration was refused, for people to read; the one before it goes on."""
        try:
            await self._in_thread(self._note_refused, faults)
        except OperationalError as error:
            log.warning("config_refusal_not_kept", extra={"error": str(error.orig)})

    def checks(self) -> list[tuple[Check, float]]:
        """Give the checks to run, each with its phase (a share of its interval)."""
        assert self._decider is not None
        place = self._decider.place
        index, count = place.index(self._settings.monitor.location), len(place)
        return [(entry.check, phase_at(entry.phase, index, count)) for entry in self._decider.catalogue.checks]

    async def something_waits(self) -> bool:
        """Whether agents or people left something for the decider. False when the database can't tell."""
        try:
            return await self._in_thread(self._something_waits)
        except DBAPIError:
            return False

    async def turn(self, inputs: Sequence[Input]) -> Turned | None:
        """Do a turn with these inputs and what was kept before; None when the database could not take it."""
        inputs = [*self._kept, *inputs]
        self._kept = []
        self.reloaded = False
        try:
            turned = await self._in_thread(self._turn_or_halve, inputs)
        except OperationalError as error:
            self._keep(inputs, str(error.orig))
            await asyncio.sleep(1)
            return None
        if self._failing:
            log.info("database_writable_again", extra={"inputs": len(inputs)})
        self._failing = False
        return turned

    async def close(self) -> None:
        """Give the leases back and end the thread."""
        if self._fences:
            try:
                await self._in_thread(self._release)
            except DBAPIError as error:
                log.warning("lease_not_released", extra={"error": str(error.orig)})
        self._thread.shutdown()

    # -- in the thread --------------------------------------------------------------------------------------------

    def _take(self, names: tuple[str, ...]) -> bool:
        holder = leases.this_holder()
        with writing(self._runtime.sessions) as session:
            now = utc(self._runtime.clock().wall)
            for name in names:
                fence = leases.take(session, name, holder, now, LEASE_S)
                if fence is None:
                    session.rollback()
                    self._fences.clear()
                    return False
                self._fences[name] = fence
        return True

    def _release(self) -> None:
        with writing(self._runtime.sessions) as session:
            for name, fence in self._fences.items():
                leases.release(session, name, fence)

    def _load(self, settings: Settings, *, confirm: bool) -> None:
        now = self._runtime.clock()
        with writing(self._runtime.sessions) as session:
            self._renew(session)
            installation.ensure(session, settings, utc(now.wall))
            change = catalogue.apply(session, settings, utc(now.wall), confirm=confirm)
            if change.still_said:
                log.warning("hidden_name_still_said", extra={"events": change.still_said})
            session.flush()
            self._top_up(session)
            self._decider = Decider(session, settings, now)
            note_taken(session, len(self._decider.catalogue.checks), utc(now.wall))
        self._settings = settings

    def _note_refused(self, faults: str) -> None:
        with writing(self._runtime.sessions) as session:
            note_refused(session, faults, utc(self._runtime.clock().wall))

    def _turn(self, inputs: Sequence[Input], batches: int = ROWS_A_TURN) -> Turned:
        decider = self._decider or self._load_decider()
        self._decider = None
        with writing(self._runtime.sessions) as session:
            self._renew(session)
            self._top_up(session)
            turned = decider.turn(session, self._runtime.clock(), inputs, batches=batches)
            write_life_sign(session, "monitor", utc(self._runtime.clock().wall))
        self._decider = decider
        return turned

    def _load_decider(self) -> Decider:
        self.reloaded = True
        with writing(self._runtime.sessions) as session:
            return Decider(session, self._settings, self._runtime.clock())

    def _turn_or_halve(self, inputs: Sequence[Input]) -> Turned | None:
        """Do a turn; when something in it can never be stored, find it: halves are tried until it stands alone."""
        try:
            return self._turn(inputs)
        except (LeaseLost, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 - what can't be stored is found, whatever the reason
            if len(inputs) <= 1:
                return self._set_aside(inputs, error)
        log.warning("batch_halved", extra={"inputs": len(inputs)})
        middle = len(inputs) // 2
        self._turn_or_halve(inputs[:middle])
        return self._turn_or_halve(inputs[middle:])

    def _set_aside(self, inputs: Sequence[Input], error: Exception) -> Turned | None:
        """Leave out what can't be stored: this input, or else the oldest batch of an agent."""
        if not self._turns(inputs, batches=0):
            log.error("input_set_aside", exc_info=error, extra={"input": _key(inputs)})
            return None
        if not self._turns((), batches=1):
            with writing(self._runtime.sessions) as session:
                self._renew(session)
                set_aside_first(session)
        return None

    def _turns(self, inputs: Sequence[Input], batches: int) -> bool:
        """Whether a turn with these goes well."""
        try:
            self._turn(inputs, batches)
        except (LeaseLost, OperationalError):
            raise
        except Exception:  # noqa: BLE001 - whatever it is: this input, or this batch of an agent, is the cause
            return False
        return True

    def _something_waits(self) -> bool:
        with reading(self._runtime.sessions) as session:
            return is_waiting(session)

    def _renew(self, session: Session) -> None:
        now = utc(self._runtime.clock().wall)
        for name, fence in self._fences.items():
            if not leases.renew(session, name, fence, now, LEASE_S):
                raise LeaseLost(name)

    def _top_up(self, session: Session) -> None:
        wanted = max(BLOCK, 2 * self._settings.monitor.concurrency)
        if self._numbers.left >= wanted:
            return
        blocks = -(-wanted // BLOCK)
        start, count = reserve(session, f"sequence:{self._settings.monitor.location}", blocks)
        sa.event.listen(session, "after_commit", lambda _session: self._numbers.grant(start, count), once=True)

    def _keep(self, inputs: list[Input], error: str) -> None:
        self._kept = inputs[-KEEP_INPUTS:]
        if not self._failing:
            log.error("database_not_writable", extra={"error": error, "kept": len(self._kept)})
        self._failing = True

    async def _in_thread(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *arguments, **named))


def _key(inputs: Sequence[Input]) -> str:
    return ", ".join(
        f"{item.check_id}/{item.location}/{item.sequence}" if isinstance(item, Observation) else type(item).__name__
        for item in inputs
    )
