"""A demonstration provider on a free block of ports, in a thread of its own, and plain clients for its servers."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from status.demo.keys import Keys, prepare
from status.demo.ports import NotStarted, bind_tcp, bind_udp
from status.demo.provider import Provider

PORTS = 14


@dataclass(frozen=True)
class Running:
    """A provider that runs; `ask` does what the switchboard would."""

    provider: Provider
    keys: Keys
    ports_from: int
    loop: asyncio.AbstractEventLoop

    def ask(self, action: str, service: str | None = None, **more: Any) -> list[dict[str, Any]]:
        async def obey() -> list[dict[str, Any]]:
            return self.provider.obey({"action": action, "service": service, **more})

        return asyncio.run_coroutine_threadsafe(obey(), self.loop).result(5)


_BLOCKS = itertools.count(20_000 + 16 * (threading.get_native_id() % 600), 16)


def free_block() -> int:
    """Give the first of 14 ports that are free for TCP and UDP, below the system's own range."""
    for first in _BLOCKS:
        try:
            with ExitStack() as held:
                for port in range(first, first + PORTS):
                    held.enter_context(bind_tcp(port))
                    held.enter_context(bind_udp(port))
        except NotStarted:
            continue
        return first
    raise AssertionError("no block of ports is free")


@pytest.fixture
def ports_from() -> int:
    return free_block()


@pytest.fixture
def running(tmp_path: Path, ports_from: int) -> Iterator[Running]:
    keys = prepare(tmp_path, datetime.now(UTC))
    started: list[Running] = []
    ready = threading.Event()
    ended = asyncio.Event()

    async def serve() -> None:
        provider = Provider(ports_from, keys)
        provider.open()
        started.append(Running(provider, keys, ports_from, asyncio.get_running_loop()))
        ready.set()
        await ended.wait()
        provider.close()
        await asyncio.sleep(0)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(5)
    yield started[0]
    started[0].loop.call_soon_threadsafe(ended.set)
    thread.join(5)
