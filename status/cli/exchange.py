"""`travaux exchange`: the provider's telephone exchanges (NRA), taken in from a list, and listed."""

from __future__ import annotations

import json
from pathlib import Path

import click
import sqlalchemy as sa

from status.cli.context import fail
from status.cli.file_faults import content_of, tell_faults
from status.cli.posting import as_json_option, deed, looking
from status.domain.departments import find_department
from status.domain.states import PlaceKind
from status.models import Place
from status.services.exchange_file import FILE_BYTES, read_exchanges
from status.services.exchanges import Taken, take_in


@click.group()
def exchange() -> None:
    """Say which telephone exchanges (NRA) there are, so that each has a name, a department and a page."""


@exchange.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json_option
@click.pass_context
def import_(ctx: click.Context, /, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take in a CSV file: code; name; INSEE code of the commune. The department comes from that.

    Separated by ; or tab or , and in UTF-8 or Windows-1252. With one line wrong nothing is taken in. What is known
    already is brought up to date; what is not in the file stays as it is.
    """
    reading = read_exchanges(content_of(file, FILE_BYTES))
    if reading.faults:
        tell_faults(file, reading.faults)
    with deed(ctx, as_json=as_json) as doing:
        taken = take_in(doing.session, reading.exchanges, doing.author, doing.now)
        if dry_run:
            doing.session.rollback()
        doing.said.append(_told(taken, dry_run=dry_run))


@exchange.command("list")
@click.option("--department", metavar="CODE", help="Only those of a department: 59, 2A, 971.")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, department: str | None, *, as_json: bool) -> None:
    """List the exchanges: code, address, department, INSEE code, name."""
    code = None if department is None else find_department(department)
    if department is not None and code is None:
        fail(f"--department: found {department!r}, expected a code like 59, 2A or 971")
    wanted = sa.select(Place).where(Place.kind == PlaceKind.EXCHANGE).order_by(Place.department, Place.code)
    with looking(ctx) as (_, session):
        rows = list(session.scalars(wanted if code is None else wanted.where(Place.department == code)))
    if as_json:
        click.echo(json.dumps([_data(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        gone = f"  retired on {row.retired_at:%Y-%m-%d}" if row.retired_at else ""
        click.echo(f"{row.code:14}  {row.slug:14}  {row.department or '-':3}  {row.insee or '-':5}  {row.name}{gone}")
    if not rows:
        click.echo("none")


def _told(taken: Taken, *, dry_run: bool) -> tuple[str, dict[str, object]]:
    data: dict[str, object] = {
        "added": taken.added, "changed": taken.changed, "revived": taken.revived, "unchanged": taken.unchanged,
        "dry_run": dry_run,
    }  # fmt: skip
    line = f"{taken.added} added, {taken.changed} changed, {taken.revived} brought back, {taken.unchanged} as they were"
    return (f"{line}; a trial: nothing was written" if dry_run else line), data


def _data(row: Place) -> dict[str, object]:
    retired = row.retired_at.isoformat() if row.retired_at else None
    return {
        "code": row.code, "slug": row.slug, "name": row.name, "insee": row.insee, "department": row.department,
        "retired_at": retired,
    }  # fmt: skip
