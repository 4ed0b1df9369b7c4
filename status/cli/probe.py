"""`travaux probe CHECK`: run one check by hand, with the prober's own tools, and print what it saw."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import click

from probes.registry import kinds
from probes.runner import Runner, make_tools
from probes.trace import printable
from probes.types import Check, Observation, Order, OrderType, Outcome
from status.cli.context import fail, runtime_of
from status.config.findings import did_you_mean
from status.runtime import Runtime
from status.services.catalogue import probe_check

EXITS: Final = {Outcome.OK: 0, Outcome.SLOW: 0, Outcome.FAILED: 1, Outcome.BROKEN: 3}


@click.command()
@click.argument("name", metavar="CHECK")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def probe(ctx: click.Context, name: str, *, as_json: bool) -> None:
    """Run CHECK once, here and now, and print what it saw, its phases, evidence and trace.

    Nothing is recorded. Leaves with 0 when the check is ok (or slow), 1 when it failed, 3 when it could not look.
    """
    runtime = runtime_of(ctx)
    entries = {entry.name: entry for entry in runtime.settings.check}
    if name not in entries:
        near = did_you_mean(name, entries) or f"; the configuration has {', '.join(sorted(entries)) or 'no check'}"
        fail(f"unknown check {name!r}{near}")
    check = probe_check(entries[name], 0)
    seen = asyncio.run(_measure(runtime, check))
    click.echo(json.dumps(_fields(check, seen), ensure_ascii=False, default=str) if as_json else _text(check, seen))
    raise SystemExit(EXITS[seen.outcome])


async def _measure(runtime: Runtime, check: Check) -> Observation:
    monitor = runtime.settings.monitor
    runner = Runner(make_tools(monitor.resolvers, monitor.resolver_inflight_per_zone), kinds(), 1, runtime.clock)
    now = runtime.clock()
    order = Order("by-hand", check.id, monitor.location, OrderType.SINGLE, now.steady + check.timeout_s)
    try:
        return await runner.measure(check, order, 0, now, lambda _: click.echo("still waiting …", err=True))
    finally:
        runner.close()


def _fields(check: Check, seen: Observation) -> dict[str, Any]:
    return {
        "check": check.name,
        "kind": check.kind,
        "outcome": seen.outcome.name.lower(),
        "reason": seen.reason,
        "detail": printable(seen.detail),
        "duration_s": seen.duration_s,
        "phases_s": dict(seen.phases_s),
        "evidence": dict(seen.evidence),
        "trace": list(seen.trace),
    }


def _text(check: Check, seen: Observation) -> str:
    lines = [f"{check.name} ({check.kind}): {seen.outcome.name.lower()} after {seen.duration_s * 1000:.1f} ms"]
    if seen.reason:
        lines.append(f"  {seen.reason}: {printable(seen.detail)}")
    if seen.phases_s:
        lines.append("  " + ", ".join(f"{phase} {spent * 1000:.1f} ms" for phase, spent in seen.phases_s.items()))
    lines += [f"  {key}: {printable(str(value))}" for key, value in seen.evidence.items()]
    lines += ["trace:", *(f"  {line}" for line in seen.trace)] if seen.trace else []
    return "\n".join(lines)
