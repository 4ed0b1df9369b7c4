"""`travaux config`: check a configuration, apply it, show what holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click
import sqlalchemy as sa

from status.cli.channel_examinations import way_out
from status.cli.context import EXIT_CONFIG, fail, refused, require_schema, runtime_of
from status.cli.doctor import Finding
from status.cli.location_examinations import lacking_references, locations_seen, lone_location
from status.clock import utc
from status.config.errors import ConfigError
from status.config.load import find_config, load
from status.config.model import Settings
from status.domain.refused import Refused
from status.models.engine import writing
from status.models.instruction import Instruction
from status.places import places_of
from status.runtime import Runtime, make_runtime
from status.services import catalogue, installation, leases
from status.services.catalogue_rows import CatalogueChange, RowChange

DECIDER = "decider"
LEASE_S = 15.0


@click.group()
def config() -> None:
    """Check config.toml and apply it."""


@config.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the faults as JSON.")
@click.pass_context
def check(ctx: click.Context, file: Path | None, *, as_json: bool) -> None:
    """Tell every fault of FILE (default: the configuration in use). Leaves with 2 when there are any.

    What is sound but leaves travaux half blind (no self-test, one location alone) is a warning on standard error.
    """
    path, base = find_config(file or ctx.find_object(Path), Path.cwd())
    try:
        settings = load(path)
    except ConfigError as error:
        if not as_json:
            fail(str(error))
        faults = [
            {"file": str(fault.file), "line": fault.line, "where": fault.where, "message": fault.message}
            for fault in error.faults
        ]
        click.echo(json.dumps({"valid": False, "faults": faults}, ensure_ascii=False, indent=2))
        raise SystemExit(EXIT_CONFIG) from None
    warnings = _warnings(settings, path, base)
    if as_json:
        told = [{"where": one.subject, "message": one.found, "advice": one.advice} for one in warnings]
        click.echo(json.dumps({"valid": True, "faults": [], "warnings": told}, ensure_ascii=False))
        return
    click.echo(f"{path}: {_summary(settings)}")
    for one in warnings:
        click.echo(str(one), err=True)


@config.command()
@click.option("--confirm", is_flag=True, help="Also when it retires much, or what has an open event or coming work.")
@click.pass_context
def apply(ctx: click.Context, *, confirm: bool) -> None:
    """Bring the catalogue in line with the configuration, and say what changes.

    A running monitor does it itself, within a second or two; without one it is done here.
    """
    runtime = runtime_of(ctx)
    database = runtime.engine.url.database
    if runtime.engine.dialect.name == "sqlite" and not Path(database or "").exists():
        fail(f"there is no database yet ({database}): `travaux run` makes it and loads {runtime.places.config}", 1)
    require_schema(runtime)
    try:
        change, asked = _apply_or_ask(runtime, confirm=confirm)
    except Refused as error:
        refused(error)
    except sa.exc.DBAPIError as error:
        fail(f"the database can't be used: {error.orig}; `travaux doctor` looks for the cause", 1)
    for line in [*_lines("components", change.components), *_lines("checks", change.checks)]:
        click.echo(line)
    if change.still_said:
        click.echo(f"words that name what is public no more, to be redacted: {', '.join(change.still_said)}", err=True)
    if change.is_empty:
        click.echo("components and checks: nothing to change")
    click.echo("the running monitor has been asked to load it" if asked else "applied; no monitor runs")


@config.command()
@click.pass_context
def show(ctx: click.Context) -> None:
    """Print every setting that holds, defaults included, as JSON. Secrets show as references."""
    path, _ = find_config(ctx.find_object(Path), Path.cwd())
    try:
        click.echo(load(path).model_dump_json(indent=2))
    except ConfigError as error:
        fail(str(error))


def _apply_or_ask(runtime: Runtime, *, confirm: bool) -> tuple[CatalogueChange, bool]:
    """Apply the configuration under the decider's lease; where a monitor holds it, undo and ask that monitor."""
    now = utc(runtime.clock().wall)
    with runtime.sessions() as session:
        session.connection(execution_options={"travaux_writing": True})
        fence = leases.take(session, DECIDER, leases.this_holder(), now, LEASE_S)
        installation.ensure(session, runtime.settings, now)
        change = catalogue.apply(session, runtime.settings, now, confirm=confirm)
        if fence is not None:
            leases.release(session, DECIDER, fence)
            session.commit()
            return change, False
        session.rollback()
    with writing(runtime.sessions) as session:
        data = {"confirm": confirm, "config": str(runtime.places.config.resolve())}
        session.add(Instruction(at=now, actor_id=None, action="config_apply", data=data, done_at=None))
    return change, True


def _warnings(settings: Settings, path: Path, base: Path) -> list[Finding]:
    """Give what is sound but unwise. PostgreSQL is not asked for locations: the check of a file waits for no server."""
    found = [*lacking_references(settings), *way_out(settings)]
    if settings.database.url and sa.make_url(settings.database.url).get_backend_name() != "sqlite":
        return found
    runtime = make_runtime(settings, places_of(settings, path, base))
    seen = locations_seen(runtime)
    runtime.engine.dispose()
    return found if seen is None else [*found, *lone_location(settings, seen)]


def _summary(settings: Settings) -> str:
    kinds = Counter(entry.kind for entry in settings.check)
    listed = f" ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))})" if kinds else ""
    counts = [
        _count(len(settings.component), "component"),
        _count(len(settings.check), "check") + listed,
        _count(len(settings.self_test.reference), "reference"),
    ]
    demo = "; a demonstration" if settings.demo is not None else ""
    return f"valid: {', '.join(counts)}{demo}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _lines(table: str, change: RowChange) -> list[str]:
    lists = {
        "added": change.added,
        "renamed": change.renamed,
        "revived": change.revived,
        "changed": change.changed,
        "retired": change.retired,
    }
    return [f"{table} {word}: {_names(names)}" for word, names in lists.items() if names]


def _names(names: tuple[str, ...], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)} ({', '.join(names[:most])}{more})"
