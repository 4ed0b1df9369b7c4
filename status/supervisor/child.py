"""One child process: started in a group of its own, restarted when it ends or hangs, stopped with its whole group."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from status.life import SUPERVISOR_VARIABLE
from status.log import fields
from status.supervisor.limits import Backoff, Limits

log = logging.getLogger(__name__)

Watch = Callable[[int], Awaitable[str]]
"""Given a pid: ends, with the reason, when that process hangs."""


async def never_hung(_pid: int) -> str:
    """Watch nothing."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


class Child:
    """A child that is kept alive from `start` to `stop`. Made and used on one event loop, in the main thread."""

    def __init__(self, name: str, argv: Sequence[str], limits: Limits, watch: Watch = never_hung) -> None:
        self.name = name
        self._argv = argv
        self._limits = limits
        self._watch = watch
        self._process: subprocess.Popen[bytes] | None = None
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep it alive."""
        self._keeping = asyncio.create_task(self._keep())

    def signal(self, number: signal.Signals) -> None:
        """Pass a signal on to its main process, if it lives."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    async def stop(self) -> None:
        """End it: SIGTERM to its main process, then after `limits.stop_s` SIGKILL to the group."""
        if self._keeping is None:
            return
        self._keeping.cancel()
        await asyncio.wait([self._keeping])
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError, ProcessLookupError):
            await asyncio.wait_for(_ended(self._process), self._limits.stop_s)
        self._kill_group(self._process)

    async def _keep(self) -> None:
        backoff = Backoff(self._limits)
        while True:
            began = time.monotonic()
            self._process = self._spawn()
            hung = await self._end_or_hang(self._process)
            self._kill_group(self._process)
            lived_s = time.monotonic() - began
            wait_s = backoff.after(lived_s)
            if hung and wait_s <= self._limits.backoff_s:
                wait_s = 0.0  # it was waited for long enough
            log.warning(
                "child_hung" if hung else "child_ended",
                extra=fields(
                    child=self.name,
                    pid=self._process.pid,
                    why=hung or _end_of(self._process),
                    lived_s=round(lived_s, 1),
                    again_in_s=wait_s,
                ),
            )
            await asyncio.sleep(wait_s)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # Only the main thread may start children: PR_SET_PDEATHSIG watches the thread that did (prctl(2)).
        environment = os.environ | {SUPERVISOR_VARIABLE: str(os.getpid())}
        process = subprocess.Popen(  # noqa: S603 - our own command line
            self._argv, stdin=subprocess.DEVNULL, env=environment, start_new_session=True, close_fds=True
        )
        log.info("child_started", extra=fields(child=self.name, pid=process.pid))
        return process

    async def _end_or_hang(self, process: subprocess.Popen[bytes]) -> str:
        """Wait until the child ends (gives "") or its watch takes it for hung (gives why)."""
        end = asyncio.ensure_future(_ended(process))
        watch = asyncio.ensure_future(self._watch(process.pid))
        try:
            await asyncio.wait({end, watch}, return_when=asyncio.FIRST_COMPLETED)
            return "" if end.done() else watch.result()
        finally:
            end.cancel()
            watch.cancel()
            await asyncio.wait({end, watch})

    @staticmethod
    def _kill_group(process: subprocess.Popen[bytes]) -> None:
        """End whatever is left of the child's group, and take its exit."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process to end without taking its exit."""
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    descriptor = os.pidfd_open(process.pid)
    try:
        loop.add_reader(descriptor, end.set)
        await end.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _end_of(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
