"""libcurl on the loop: cancelling, many at once, the stock loop, what it may not do."""

from __future__ import annotations

import asyncio
import io

import pycurl
import pytest
import uvloop

from probes.deadline import Deadline
from probes.net.curl import CurlError, CurlMulti, fresh_curl
from tests.servers import http
from tests.servers.loopback import TCPServer, hang


async def get(multi: CurlMulti, server: TCPServer, limit_s: float = 2.0) -> tuple[CurlError | None, bytes]:
    body = io.BytesIO()
    curl = fresh_curl(f"http://name.invalid:{server.port}/", "127.0.0.1", server.port)
    curl.setopt(pycurl.WRITEFUNCTION, body.write)
    try:
        return await multi.perform(curl, Deadline.after(limit_s)), body.getvalue()
    finally:
        curl.close()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_many_transfers_run_at_once_on_either_loop(loop: object) -> None:
    async def many() -> list[tuple[CurlError | None, bytes]]:
        multi = CurlMulti()
        try:
            return await asyncio.gather(*(get(multi, server) for _ in range(50)))
        finally:
            multi.close()

    with TCPServer(http.reply(http.OK)) as server, asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]
        assert set(runner.run(many())) == {(None, b"all is well")}


def test_a_cancelled_transfer_leaves_the_others_alone() -> None:
    async def cancel() -> tuple[CurlError | None, bytes]:
        multi = CurlMulti()
        tasks = [asyncio.ensure_future(get(multi, hung)) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        answer = await get(multi, server)
        multi.close()
        return answer

    with TCPServer(hang) as hung, TCPServer(http.reply(http.OK)) as server:
        assert uvloop.run(cancel()) == (None, b"all is well")


def test_the_deadline_ends_a_transfer() -> None:
    async def wait() -> CurlError | None:
        multi = CurlMulti()
        error, _ = await get(multi, server, 0.2)
        multi.close()
        return error

    with TCPServer(hang) as server:
        error = uvloop.run(wait())
    assert error is not None
    assert error.code == pycurl.E_OPERATION_TIMEDOUT


def test_closing_cancels_those_who_wait() -> None:
    async def close() -> bool:
        multi = CurlMulti()
        task = asyncio.ensure_future(get(multi, server))
        await asyncio.sleep(0)
        multi.close()
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled()

    with TCPServer(hang) as server:
        assert uvloop.run(close())
