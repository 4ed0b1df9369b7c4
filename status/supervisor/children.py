"""The children of one supervisor: which there are, in which order they start and end, who is told that they work."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from status.domain.refused import Refused
from status.life import life_file
from status.log import fields
from status.runtime import Runtime
from status.supervisor.child import Child, never_hung
from status.supervisor.limits import Limits
from status.supervisor.port import Address
from status.supervisor.watch import WebWatch, life_file_stale

log = logging.getLogger(__name__)

STOPPED_IN_ORDER: Final = ("web", "publisher", "alerting", "monitor", "demo")


class NotYet(Exception):
    """The database can't be reached now. What was published is served meanwhile, and it is tried again."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What the supervisor is given: a child's command line by name, the preparation, where to tell a person."""

    argv_for: Callable[[str], Sequence[str]]
    prepare: Callable[[], None]
    tell: Callable[[str], None]


class Children:
    """Made on an event loop in the main thread."""

    def __init__(self, runtime: Runtime, ways: Ways, limits: Limits) -> None:
        self._demonstration = runtime.settings.demo is not None
        self._address = Address.of(runtime.settings.server.listen)
        self._ways = ways
        self._limits = limits
        self._answered = asyncio.Event()
        self._ended = asyncio.Event()
        self._children = self._make(runtime)

    async def run(self, *, prepared: bool) -> None:
        """Start them, wait for SIGTERM or SIGINT, stop them in their order. SIGHUP goes to the monitor."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        loop.add_signal_handler(signal.SIGHUP, self._children["monitor"].signal, signal.SIGHUP)
        starting = [asyncio.create_task(self._start(prepared=prepared)), asyncio.create_task(self._announce())]
        await self._ended.wait()
        for task in starting:
            task.cancel()
        for name in STOPPED_IN_ORDER:
            if name in self._children:
                await self._children[name].stop()

    def _make(self, runtime: Runtime) -> dict[str, Child]:
        places, limits = runtime.places, self._limits
        web = WebWatch(self._address, places, runtime.settings.server.workers, limits, self._answered.set)
        watches = {
            "web": web.silent,
            "monitor": lambda _pid: life_file_stale(life_file(places, "monitor"), limits),
            "publisher": lambda _pid: life_file_stale(life_file(places, "publisher"), limits),
        }
        if runtime.settings.alert or runtime.settings.heartbeat.url:
            watches["alerting"] = lambda _pid: life_file_stale(life_file(places, "alerting"), limits)
        if self._demonstration:
            watches["demo"] = never_hung
        make = partial(Child, limits=limits)
        return {name: make(name, self._ways.argv_for(name), watch=watch) for name, watch in watches.items()}

    async def _start(self, *, prepared: bool) -> None:
        """Start the web first: what was published before is readable while the others begin.

        The demonstration's servers start with it: the monitor's first look must find them.
        """
        first: list[str] = [name for name in ("web", "demo") if name in self._children]
        for name in first:
            self._children[name].start()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._answered.wait(), self._limits.head_start_s)
        while not prepared:
            await asyncio.sleep(self._limits.prepare_again_s)
            prepared = await asyncio.to_thread(prepare, self._ways)
        for name, child in self._children.items():
            if name not in first:
                child.start()

    async def _announce(self) -> None:
        await self._answered.wait()
        self._ways.tell(self._address.url)
        if self._demonstration:
            self._ways.tell("This is a demonstration. Break something:  travaux demo break sip")
            self._ways.tell("and heal it:                               travaux demo heal sip")


def prepare(ways: Ways) -> bool:
    """Prepare the database and tell whether that is done; a database that is away, or newer by now, is logged."""
    try:
        ways.prepare()
    except (NotYet, Refused) as error:
        log.error("database_not_ready", extra=fields(why=str(error)))  # noqa: TRY400 - expected, no traceback
        return False
    return True
