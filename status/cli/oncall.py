"""`travaux oncall`: who is on duty now and next, taking a duty over, duties from a calendar, a test of one's ways."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from status.alerting.calendars import bring_in, read_duties
from status.alerting.testing import test_ways
from status.cli.context import runtime_of
from status.cli.posting import TIME, as_json_option, deed, deeds, looking, nearest
from status.clock import utc
from status.config.model import Settings
from status.domain.refused import Refused
from status.domain.rota import Shift
from status.queries.on_call import Roster, rosters, taken_over, ways_of_all
from status.services import accounts, duties
from status.services.contacting import ENOUGH
from status.services.duty_calendar import LIMIT_BYTES

WEEK = timedelta(days=7)


@click.group()
def oncall() -> None:
    """Say who is on duty. Rotas stand in config.toml; here is what goes before them."""


@oncall.command()
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How far to look ahead.")
@as_json_option
@click.pass_context
def show(ctx: click.Context, /, days: int, *, as_json: bool) -> None:
    """Show who is on duty now and next, what was taken over, and who could not be reached."""
    with looking(ctx) as (runtime, session):
        now, settings = utc(runtime.clock().wall), runtime.settings
        found, taken = rosters(session, settings, now), taken_over(session, now)
        ways = ways_of_all(session)
    until = now + timedelta(days=days)
    if as_json:
        click.echo(json.dumps([_data(each, now, until) for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        zone = ZoneInfo(each.rota.zone)
        click.echo(f"{each.rota.name} ({each.rota.zone})")
        for shift in each.shifts(now, until):
            click.echo(f"  {_span(shift, zone, now)}  {_who(shift)}")
        for name in sorted({*each.rota.people}):
            if name in each.missing:
                click.echo(
                    f"  there is no account {name!r}, or it is disabled: the next one is alerted in its turns", err=True
                )
            elif len(ways.get(name, ())) < ENOUGH:
                click.echo(f"  {name} has fewer than {ENOUGH} contact ways of different kind", err=True)
    for duty in taken:
        span = f"{duty.from_at:%Y-%m-%d %H:%M} - {duty.until_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"taken over {duty.number}: {duty.rota}, {span}, {duty.account} {duty.note}".rstrip())
    if not found:
        click.echo("there is no [[rota]] in config.toml")


@oncall.command()
@click.argument("rota", metavar="ROTA")
@click.argument("name", metavar="NAME")
@click.option("--from", "from_", default=None, help=f"Default: now. {TIME}")
@click.option("--until", required=True, help=TIME)
@click.option("--note", default="", help="Why, for the others.")
@click.pass_context
def override(ctx: click.Context, /, rota: str, name: str, **options: str | None) -> None:
    """Put NAME on duty for a span, in place of whose turn it is."""
    with deed(ctx, as_json=False) as doing:
        _require_rota(doing.runtime.settings, rota)
        from_at, until_at = doing.time(options["from_"]) or doing.now, doing.time(options["until"])
        assert until_at is not None
        account = accounts.named(doing.session, name)
        duty = duties.take_over(
            doing.session, rota, account, (from_at, until_at), doing.author, now=doing.now, note=options["note"] or ""
        )
        number = duty.id
    click.echo(f"{name} is on duty; `travaux oncall cancel {number}` takes it back")


@oncall.command()
@click.argument("number", type=int, metavar="NUMBER")
@click.pass_context
def cancel(ctx: click.Context, /, number: int) -> None:
    """Take a duty that was taken over back: the rota holds again."""
    with deed(ctx, as_json=False) as doing:
        duties.end(doing.session, number, doing.author, doing.now)
    click.echo("the rota holds again")


@oncall.command("import")
@click.argument("rota", metavar="ROTA")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_context
def import_(ctx: click.Context, /, rota: str, file: Path) -> None:
    """Take the duties of an iCalendar file in, instead of those taken in before. All of it or nothing."""
    with file.open("rb") as opened:
        text = opened.read(LIMIT_BYTES + 1)
    with deeds(ctx):
        runtime = runtime_of(ctx)
        _require_rota(runtime.settings, rota)
        gone, new = bring_in(runtime, read_duties(runtime, rota, text, file.name))
    click.echo(f"{new} duties came, {gone} went")


@oncall.command()
@click.argument("name", metavar="NAME")
@click.pass_context
def test(ctx: click.Context, /, name: str) -> None:
    """Send a test to a person by each of his contact ways; the desk's page /desk/on-call says what became of it."""
    with deed(ctx, as_json=False) as doing:
        told = test_ways(doing.session, doing.runtime, accounts.named(doing.session, name), doing.now)
    click.echo(f"a test goes out by {', '.join(told)}")


def _require_rota(settings: Settings, name: str) -> None:
    names = [entry.name for entry in settings.rota]
    if name not in names:
        raise Refused("rota", f"there is no [[rota]] {name!r} in config.toml{nearest(name, names)}")


def _span(shift: Shift, zone: ZoneInfo, now: datetime) -> str:
    begins = "now             " if shift.from_at <= now else f"{shift.from_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{begins} - {shift.until_at.astimezone(zone):%Y-%m-%d %H:%M}"


def _who(shift: Shift) -> str:
    return f"{shift.person or 'nobody: the leads'}{'' if shift.origin.value == 'turn' else f' ({shift.origin.value})'}"


def _data(each: Roster, now: datetime, until: datetime) -> dict[str, object]:
    return {
        "rota": each.rota.name,
        "zone": each.rota.zone,
        "in_order": list(each.in_order(now)),
        "missing": list(each.missing),
        "shifts": [
            {
                "person": shift.person or None, "from": shift.from_at.isoformat(), "until": shift.until_at.isoformat(),
                "origin": shift.origin.value,
            }
            for shift in each.shifts(now, until)
        ],
    }  # fmt: skip
