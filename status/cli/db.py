"""`travaux db`: bring the database's schema to this release's, and say where it stands."""

from __future__ import annotations

import json

import click
from sqlalchemy.exc import OperationalError

from status.cli.context import fail, refused, runtime_of
from status.domain.refused import Refused
from status.models.migrate import schema_of
from status.models.migrate import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the schema to this release's, after a backup (SQLite: in the data folder's `backups`)."""
    runtime = runtime_of(ctx)
    try:
        before = upgrade_schema(runtime.engine, runtime.places.data / "backups")
    except Refused as error:
        refused(error)
    except OperationalError as error:
        fail(f"the database can't be upgraded: {error.orig}", 1)
    if before.is_head:
        click.echo(f"the database is at {before.head} already")
    else:
        click.echo(f"upgraded from {before.current or 'empty'} to {before.head}")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Say where the schema stands: exit 0 at the head, 1 behind or ahead of it."""
    runtime = runtime_of(ctx)
    try:
        schema = schema_of(runtime.engine)
    except OperationalError as error:
        fail(f"the database can't be reached: {error.orig}", 1)
    if as_json:
        click.echo(json.dumps({"current": schema.current, "head": schema.head, "known": schema.known}))
    else:
        click.echo(f"schema {schema.current or 'empty'}, this release wants {schema.head}")
    raise SystemExit(0 if schema.is_head else 1)
