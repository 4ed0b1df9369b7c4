from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from probes.schedule import Ticker


async def _stands_still_s() -> float:
    """Give how long no tick comes after the clock was set back by an hour: the next one is an hour away by it."""
    ticks: asyncio.Queue[float] = asyncio.Queue()
    ticker = Ticker(time.monotonic)
    ticker.start(lambda: ticks.put_nowait(time.monotonic()))
    try:
        last = await ticks.get()
        ticker._scheduler.modify_job("tick", next_run_time=datetime.now(UTC) + timedelta(hours=1))
        return await ticks.get() - last
    finally:
        ticker.stop()


def test_a_clock_set_back_stops_the_tick_for_less_than_two_seconds():
    assert asyncio.run(asyncio.wait_for(_stands_still_s(), 10)) < 2
