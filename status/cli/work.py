"""`travaux work`: plan, confirm, start, verify, finish, cancel, move and list works; series are beside it."""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa

from status.cli.posting import (
    as_json_option,
    by_language,
    deed,
    event_argument,
    list_events,
    looking,
    worded,
)
from status.cli.telling import show_event
from status.cli.work_planning import TIME, anyway_option, begin_series, plan_of, planning, warn_of_times
from status.cli.work_series import EVERY, series
from status.domain.refused import Refused
from status.domain.states import COMING_WORK_STATES, RUNNING_WORK_STATES, EventType
from status.models import Event
from status.services import works
from status.services.events import components_of, find


@click.group()
def work() -> None:
    """Plan, confirm, start, finish, cancel and list works. EVENT is a number (42, FS#42) or a uid."""


work.add_command(series)


@work.command()
@planning
@click.option("--every", metavar="RRULE", help=f"{EVERY} Then it is a series, as `work series add` makes it.")
@click.option("--draft", is_flag=True, help="Not announced yet; `incident update --publish` announces it.")
@as_json_option
@click.pass_context
def plan(ctx: click.Context, /, *, every: str | None, as_json: bool, **options: Any) -> None:
    """Plan a work; prints its number and page. It starts by itself only once confirmed."""
    with deed(ctx, as_json=as_json) as doing:
        if every is not None:
            if options["draft"]:
                raise Refused("draft", "a series has no draft: each of its works is announced some days before it")
            begin_series(doing, {**options, "every": every})
            return
        what = plan_of(doing, options)
        warn_of_times(doing, what.impacts, (what.start_at, what.end_at), anyway=options["anyway"], but=None)
        doing.told.append(works.plan(doing.session, what, doing.author, doing.now))


@work.command()
@event_argument
@worded("text", "What customers should know")
@as_json_option
@click.pass_context
def confirm(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Confirm a planned work: it starts by itself at its hour."""
    with deed(ctx, as_json=as_json) as doing:
        found, texts = find(doing.session, event), doing.words(by_language("text", options))
        works.confirm(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@work.command()
@event_argument
@worded("text", "What customers should know")
@as_json_option
@click.pass_context
def start(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Start a confirmed work now."""
    with deed(ctx, as_json=as_json) as doing:
        found, texts = find(doing.session, event), doing.words(by_language("text", options))
        works.start(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@work.command()
@event_argument
@worded("text", "What customers should know")
@as_json_option
@click.pass_context
def verify(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Say that a running work is done and being verified."""
    with deed(ctx, as_json=as_json) as doing:
        found, texts = find(doing.session, event), doing.words(by_language("text", options))
        works.verify(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@work.command()
@event_argument
@click.option("--rolled-back", is_flag=True, help="It did not succeed: everything is as before.")
@worded("text", "The conclusion")
@as_json_option
@click.pass_context
def finish(ctx: click.Context, /, event: str, *, rolled_back: bool, as_json: bool, **options: Any) -> None:
    """End a running work."""
    with deed(ctx, as_json=as_json) as doing:
        found, texts = find(doing.session, event), doing.words(by_language("text", options))
        end = works.roll_back if rolled_back else works.finish
        end(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@work.command()
@event_argument
@worded("text", "Why")
@as_json_option
@click.pass_context
def cancel(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Cancel a work that has not begun."""
    with deed(ctx, as_json=as_json) as doing:
        found, texts = find(doing.session, event), doing.words(by_language("text", options))
        works.cancel(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@work.command()
@event_argument
@click.option("--start", help=f"Left out for a running work. {TIME}")
@click.option("--end", required=True, help=TIME)
@anyway_option
@worded("text", "Why")
@as_json_option
@click.pass_context
def move(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Announce new times: postpone a coming work, or extend a running one."""
    with deed(ctx, as_json=as_json) as doing:
        found, texts = find(doing.session, event), doing.words(by_language("text", options))
        start, end = doing.time(options["start"]), doing.time(options["end"])
        assert end is not None
        impacts = {row.component_id: row.impact for row in components_of(doing.session, found)}
        times = (start or doing.now, end)
        warn_of_times(doing, impacts, times, anyway=options["anyway"], but=found.uid)
        works.new_times(doing.session, found, (start, end), texts, doing.author, now=doing.now)
        doing.told.append(found)


@work.command("list")
@click.option("--all", "every", is_flag=True, help="Ended ones too, the newest 100.")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, *, every: bool, as_json: bool) -> None:
    """List coming and running works, drafts included."""
    wanted = sa.select(Event).where(Event.type != EventType.INCIDENT).order_by(Event.planned_start_at).limit(100)
    if not every:
        wanted = wanted.where(Event.state.in_((*COMING_WORK_STATES, *RUNNING_WORK_STATES)))
    list_events(ctx, wanted, as_json=as_json)


@work.command()
@event_argument
@as_json_option
@click.pass_context
def show(ctx: click.Context, event: str, *, as_json: bool) -> None:
    """Show a work with all its updates."""
    with looking(ctx) as (runtime, session):
        show_event(runtime, session, find(session, event), as_json=as_json)
