"""Run one probe as the runner would: a check, a deadline, a trace and the prober's tools."""

from __future__ import annotations

import asyncio
from typing import Any

from probes.deadline import Deadline
from probes.runner import make_tools
from probes.trace import Trace
from probes.types import Check, Job, Kind, Reading


def run_probe(kind: Kind, timeout_s: float = 2.0, **options: Any) -> Reading:
    """Run `kind` once with these options; give its Reading or raise its ProbeFailure."""
    check = Check(1, "test", kind.name, 60.0, timeout_s, kind.options(**options))

    async def measure() -> Reading:
        assert kind.probe is not None
        tools = make_tools()
        try:
            return await kind.probe(Job(check, Deadline.after(timeout_s), Trace(), tools))
        finally:
            tools.curl.close()
            tools.resolver.close()

    return asyncio.run(measure())
