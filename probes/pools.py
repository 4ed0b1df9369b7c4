"""Threads for kinds whose libraries block: a bounded pool per kind, so that one hung platform silences only its kind.

A thread can't be stopped. At the deadline the sockets its probe registered are shut down, which ends its reads; the
run is recorded at once and the slot comes free when the thread ends.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from probes.types import CannotProbe, Job, Kind, Reading


@dataclass(slots=True)
class _Pool:
    threads: ThreadPoolExecutor
    busy: int = 0


class Pools:
    """One pool of at most `size` threads for each blocking kind, made at its first run."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._pools: dict[str, _Pool] = {}

    async def run(self, kind: Kind, job: Job) -> Reading:
        """Run a blocking probe; raise what it raises, or its deadline's failure.

        Raise CannotProbe('no_capacity') when every thread of the kind is still taken.
        """
        pool = self._pools.get(kind.name)
        if pool is None:
            threads = ThreadPoolExecutor(self._size, thread_name_prefix=f"kind-{kind.name}")
            pool = self._pools[kind.name] = _Pool(threads)
        if pool.busy >= self._size:
            raise CannotProbe("no_capacity", f"all {self._size} threads of kind {kind.name} are taken")
        assert kind.blocking is not None
        pool.busy += 1
        running = asyncio.get_running_loop().run_in_executor(pool.threads, kind.blocking, job)
        running.add_done_callback(lambda done: _free(pool, done))
        try:
            async with asyncio.timeout(job.deadline.left_s()):
                return await asyncio.shield(running)
        except TimeoutError as error:
            raise job.deadline.failure(kind.name) from error
        finally:
            if not running.done():
                job.sockets.shut()

    def close(self) -> None:
        """Start no further thread; those that run end with their sockets."""
        for pool in self._pools.values():
            pool.threads.shutdown(wait=False, cancel_futures=True)


def _free(pool: _Pool, done: asyncio.Future[Reading]) -> None:
    pool.busy -= 1
    if not done.cancelled():
        done.exception()  # looked at, or asyncio complains about a probe that failed after its deadline
