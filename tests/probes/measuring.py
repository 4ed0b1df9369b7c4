"""Run checks through the real Runner, with real tools, on the product's loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import uvloop

from probes.registry import kinds
from probes.runner import Runner, make_tools
from probes.types import Check, Instant, Kind, Observation, Order, OrderType, Pending


def now() -> Instant:
    return Instant(time.monotonic(), time.time())


def single(timeout_s: float | None = None) -> Order:
    return Order("order", 1, "here", OrderType.SINGLE, 1e12, timeout_s=timeout_s)


def check_of(kind: Kind, timeout_s: float = 2.0, **options: Any) -> Check:
    return Check(1, "test", kind.name, 60.0, timeout_s, kind.options.model_validate(options))


def measure_all(
    checks: list[Check],
    *,
    resolvers: tuple[str, ...] = (),
    known: Mapping[str, Kind] | None = None,
    pool_size: int = 2,
    order: Order | None = None,
    on_pending: Callable[[Pending], None] = lambda _: None,
) -> list[Observation]:
    """Run all checks at once on one loop."""

    async def run() -> list[Observation]:
        runner = Runner(make_tools(resolvers), known or kinds(), pool_size, now)
        try:
            runs = (runner.measure(check, order or single(), 1, now(), on_pending) for check in checks)
            return await asyncio.gather(*runs)
        finally:
            runner.close()

    return uvloop.run(run())


def measure(kind_name: str, timeout_s: float = 2.0, *, resolvers: tuple[str, ...] = (), **options: Any) -> Observation:
    """Run one check of a kind of ours."""
    return measure_all([check_of(kinds()[kind_name], timeout_s, **options)], resolvers=resolvers)[0]
