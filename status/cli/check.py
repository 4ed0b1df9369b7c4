"""`travaux check`: what the checks say, and which of them are muted or disabled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.cli.posting import Deed, as_json_option, component_id, deed, looking, nearest
from status.clock import utc
from status.domain.refused import Refused
from status.domain.states import HoldAction
from status.models import Actor, Check, Hold
from status.queries.holds import CheckLine, HoldLine, held_at, read_checks
from status.services import holds as service

Command = TypeVar("Command", bound=Callable[..., Any])

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_HELD: Final = {HoldAction.MUTE: "muted", HoldAction.DISABLE: "disabled"}


class Span(click.ParamType[timedelta]):
    """A length of time as people type it: 90s, 10m, 2h, 1d, 1h30m."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it."""
        text = str(value).strip().lower()
        if not re.fullmatch(r"(\d{1,6}[smhd])+", text):
            self.fail(f"{value!r} is not a length of time; expected 90s, 10m, 2h, 1d or 1h30m", param, ctx)
        parts = re.findall(r"(\d+)([smhd])", text)
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def chosen(command: Command) -> Command:
    """Add the names of checks and `--component`; they arrive as `names` and `components`."""
    command = click.option(
        "-c", "--component", "components", multiple=True, metavar="SLUG", help="All checks of a component; repeatable."
    )(command)
    return click.argument("names", nargs=-1, metavar="[NAME]...")(command)


def ending(command: Command) -> Command:
    """Add `--for` and `--until`; they arrive as `for_` and `until`."""
    command = click.option("--until", help="A time: '14:05', '2026-11-22 14:05' (the site's zone), '+45m'.")(command)
    return click.option("--for", "for_", type=Span(), help="How long: 90s, 10m, 2h, 1d, 1h30m.")(command)


@click.group()
def check() -> None:
    """List checks; mute or disable those that must not speak for a while."""


@check.command()
@chosen
@ending
@click.option("--reason", default="", help="Why; listed with it.")
@as_json_option
@click.pass_context
def mute(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Let checks open no incident and alert nobody for a while. Their verdicts and open incidents go on."""
    with deed(ctx, as_json=as_json) as doing:
        until = _until(doing, options)
        if until is None:
            raise Refused("no_end", "how long? give --for (2h) or --until (18:00): a mute ends by itself")
        for row in _checks(doing.session, options):
            held = service.mute(doing.session, row, until, doing.author, doing.now, reason=options["reason"])
            _say(doing, row, held)


@check.command()
@chosen
@as_json_option
@click.pass_context
def unmute(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Let muted checks speak again."""
    with deed(ctx, as_json=as_json) as doing:
        _end(doing, options, service.unmute)


@check.command()
@chosen
@ending
@click.option("--reason", required=True, help="Why it lies; listed with it.")
@as_json_option
@click.pass_context
def disable(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Let checks that lie decide nothing, for a while or until `enable`. Others decide, or the state is unknown."""
    with deed(ctx, as_json=as_json) as doing:
        until = _until(doing, options)
        for row in _checks(doing.session, options):
            held = service.disable(doing.session, row, until, doing.author, doing.now, reason=options["reason"])
            _say(doing, row, held)


@check.command()
@chosen
@as_json_option
@click.pass_context
def enable(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Let disabled checks decide again."""
    with deed(ctx, as_json=as_json) as doing:
        _end(doing, options, service.enable)


@check.command("list")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List the checks, each with its verdict, then its component's; held ones are marked."""
    with looking(ctx) as (runtime, session):
        lines = read_checks(session, utc(runtime.clock().wall))
        zone = ZoneInfo(runtime.settings.site.timezone)
    if as_json:
        click.echo(json.dumps([_check_data(line) for line in lines], ensure_ascii=False, indent=2))
        return
    width = max((len(line.name) for line in lines), default=0)
    for line in lines:
        verdict = line.verdict.value if line.verdict else "not decided yet"
        component = f"{line.component} {line.component_verdict.value if line.component_verdict else 'not decided yet'}"
        held = "; ".join(f"{_HELD[hold.action]} {_end_of(hold.until, zone)}" for hold in line.holds)
        click.echo(f"{line.name:{width}}  {line.kind:12}  {verdict:15}  {component:32}  {held}".rstrip())
    if not lines:
        click.echo("none")


@check.command()
@as_json_option
@click.pass_context
def holds(ctx: click.Context, *, as_json: bool) -> None:
    """List what is muted or disabled, by whom, why and until when."""
    with looking(ctx) as (runtime, session):
        lines = held_at(session, utc(runtime.clock().wall))
        zone = ZoneInfo(runtime.settings.site.timezone)
    if as_json:
        click.echo(json.dumps([hold_data(line) for line in lines], ensure_ascii=False, indent=2))
        return
    for line in lines:
        click.echo(held_words(line, zone))
    if not lines:
        click.echo("none")


def held_words(line: HoldLine, zone: ZoneInfo) -> str:
    """Say a hold in one line."""
    since, why = f"{line.began_at.astimezone(zone):%Y-%m-%d %H:%M}", f": {line.reason}" if line.reason else ""
    return f"{line.check}  {_HELD[line.action]} {_end_of(line.until, zone)}, since {since} by {line.by}{why}"


def hold_data(line: HoldLine) -> dict[str, Any]:
    """Give what a script wants to know of a hold."""
    return {
        "check": line.check, "component": line.component, "action": line.action.value, "reason": line.reason,
        "by": line.by, "began_at": line.began_at.isoformat(),
        "until": line.until.isoformat() if line.until else None,
    }  # fmt: skip


def _check_data(line: CheckLine) -> dict[str, Any]:
    return {
        "name": line.name, "kind": line.kind, "component": line.component,
        "component_verdict": line.component_verdict.value if line.component_verdict else None,
        "verdict": line.verdict.value if line.verdict else None, "holds": [hold_data(hold) for hold in line.holds],
    }  # fmt: skip


def _until(doing: Deed, options: dict[str, Any]) -> datetime | None:
    for_: timedelta | None = options["for_"]
    if for_ is not None and options["until"] is not None:
        raise Refused("two_ends", "--for and --until both say when it ends: give one")
    return doing.now + for_ if for_ is not None else doing.time(options["until"])


def _checks(session: Session, options: dict[str, Any]) -> Sequence[Check]:
    """Find the checks that were named; raise Refused for an unknown one, naming the nearest."""
    rows = session.scalars(sa.select(Check).where(Check.retired_at.is_(None)).order_by(Check.name)).all()
    by_name = {row.name: row for row in rows}
    found: dict[str, Check] = {}
    for name in options["names"]:
        if name not in by_name:
            raise Refused("no_such_check", f"there is no check {name!r}{nearest(name, by_name)}")
        found[name] = by_name[name]
    for slug in options["components"]:
        of_component = component_id(session, slug)
        own = {row.name: row for row in rows if row.component_id == of_component}
        if not own:
            raise Refused("no_check", f"the component {slug!r} has no check of its own; `travaux check list` lists all")
        found |= own
    if not found:
        raise Refused("no_check", "name a check, or a component with --component; `travaux check list` lists them")
    return tuple(found.values())


def _end(doing: Deed, options: dict[str, Any], end: Callable[[Session, Check, Actor, datetime], Hold]) -> None:
    """End a hold of each; of a component's checks only those that have one, and at least one of them."""
    refusals = []
    for row in _checks(doing.session, options):
        try:
            _say(doing, row, end(doing.session, row, doing.author, doing.now))
        except Refused as error:
            if row.name in options["names"]:
                raise
            refusals.append(error)
    if refusals and not doing.said:
        raise refusals[0]


def _say(doing: Deed, row: Check, held: Hold) -> None:
    """Tell what holds now, once the transaction is kept."""
    zone = ZoneInfo(doing.runtime.settings.site.timezone)
    if held.ended_at is not None:
        words = {HoldAction.MUTE: "speaks again", HoldAction.DISABLE: "decides again"}[held.action]
    else:
        words = f"{_HELD[held.action]} {_end_of(held.until, zone)}"
    data: dict[str, object] = {"check": row.name, "action": held.action.value, "ended": held.ended_at is not None}
    data["until"] = held.until.isoformat() if held.until else None
    doing.said.append((f"{row.name}  {words}", data))


def _end_of(until: datetime | None, zone: ZoneInfo) -> str:
    return f"until {until.astimezone(zone):%Y-%m-%d %H:%M}" if until else "until a person ends it"
