"""`travaux work series`: works that come again: add, list, end."""

from __future__ import annotations

import json
from typing import Any

import click

from status.cli.posting import as_json_option, by_language, deed, looking, worded
from status.cli.work_planning import begin_series, planning, series_told
from status.clock import utc
from status.queries.series import going
from status.services import series as services

EVERY = "When it comes again: an RRULE of local time, like 'FREQ=WEEKLY;BYDAY=TU'."


@click.group("series")
def series() -> None:
    """Works that come again. Each becomes a work with a number some days before it, confirmed by itself."""


@series.command()
@click.option("--every", required=True, metavar="RRULE", help=EVERY)
@planning
@as_json_option
@click.pass_context
def add(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Begin a series. --start and --end are those of the first one; the later ones keep its local hour."""
    with deed(ctx, as_json=as_json) as doing:
        begin_series(doing, options)


@series.command("list")
@click.option("--all", "every", is_flag=True, help="Ended ones too.")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, *, every: bool, as_json: bool) -> None:
    """List the series and their next start that is not announced yet."""
    with looking(ctx) as (runtime, session):
        told = [series_told(runtime, row, utc(runtime.clock().wall)) for row in going(session, ended=every)]
    if as_json:
        click.echo(json.dumps([data for _, data in told], ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(line for line, _ in told) or "none")


@series.command()
@click.argument("uid", metavar="SERIES")
@worded("text", "Why")
@as_json_option
@click.pass_context
def end(ctx: click.Context, /, uid: str, *, as_json: bool, **options: Any) -> None:
    """End a series: the announced ones to come are cancelled, each with a post; one that runs goes on."""
    with deed(ctx, as_json=as_json) as doing:
        row, texts = services.find(doing.session, uid), doing.words(by_language("text", options))
        cancelled = services.end(doing.session, row, doing.author, doing.now, texts=texts)
        line, data = series_told(doing.runtime, row, doing.now)
        doing.told.extend([] if as_json else cancelled)
        doing.said.append((line, {**data, "cancelled": [event.n for event in cancelled]}))
