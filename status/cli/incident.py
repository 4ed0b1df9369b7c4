"""`travaux incident`: open, update, take over, hand back, merge, split, close, reopen, withdraw, list and show.

What else can be done to an event is in the other `incident_` modules.
"""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa

from status.cli.alerting import alert_link
from status.cli.incident_hands import HANDS
from status.cli.incident_later import LATER
from status.cli.incident_lessons import LESSONS
from status.cli.incident_parting import PARTING
from status.cli.incident_words import POSTED
from status.cli.posting import (
    IMPACTS,
    TIME,
    as_json_option,
    by_language,
    cleared,
    cleared_options,
    components_option,
    deed,
    event_argument,
    list_events,
    looking,
    worded,
)
from status.cli.telling import show_event
from status.domain.states import OPEN_INCIDENT_STATES, EventState, EventType, Impact
from status.models import Event
from status.services import incidents
from status.services.events import default_title, find
from status.services.updating import Update
from status.services.updating import update as post_update

OPEN_STATES = click.Choice([state.value for state in OPEN_INCIDENT_STATES])


class Spellings(click.Group):
    """Takes `hand-back` for `handback`; the help lists one spelling."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command by its name."""
        return super().get_command(ctx, "handback" if cmd_name == "hand-back" else cmd_name)


@click.group(cls=Spellings)
def incident() -> None:
    """Open, update, take over, merge, split, close and list incidents. EVENT is a number (42, FS#42) or a uid."""


@incident.command("open")
@components_option
@click.option(
    "--impact", type=IMPACTS, default="partial", show_default=True, help="Where a component has none of its own."
)
@worded("title", "The title; left out, it is made from the components")
@worded("text", "What customers should know")
@click.option("--state", type=OPEN_STATES, default="investigating", show_default=True)
@click.option("--severity", type=click.IntRange(1, 5), help="1 very low … 5 critical. Default: by the impact.")
@click.option("--happened-at", help=f"Since when it lasts. {TIME}")
@click.option("--next-update", help=f"When you will write again. {TIME}")
@click.option("--expected-end", help=TIME)
@click.option("--draft", is_flag=True, help="Not public yet; `incident update --publish` makes it so.")
@as_json_option
@click.pass_context
def open_(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Open an incident; prints its number and page."""
    with deed(ctx, as_json=as_json) as doing:
        impacts = doing.impacts(options["components"], options["impact"])
        opening = incidents.Opening(
            impacts=impacts,
            title=doing.words(by_language("title", options)) or default_title(doing.session, impacts),
            texts=doing.words(by_language("text", options)),
            state=EventState(options["state"]),
            severity=options["severity"],
            happened_at=doing.time(options["happened_at"]),
            expected_end_at=doing.time(options["expected_end"]),
            next_update_at=doing.time(options["next_update"]),
            draft=options["draft"],
        )
        doing.told.append(incidents.open_incident(doing.session, opening, doing.author, doing.now))


@incident.command()
@event_argument
@worded("text", "What is new")
@worded("title", "A better title")
@click.option("--state", type=OPEN_STATES, help="Setting it takes the incident over from the robot.")
@click.option("--impact", type=IMPACTS, help="On every component. Takes the incident over from the robot.")
@components_option
@click.option("--next-update", help=f"When you will write again. {TIME}")
@click.option("--expected-end", help=TIME)
@cleared_options
@click.option("--happened-at", help=f"When it happened, if not now. {TIME}")
@click.option("--progress", type=click.IntRange(0, 100), help="Per cent.")
@click.option("--version", type=int, help="The version you looked at; another one since then is refused.")
@click.option("--publish", is_flag=True, help="Make a draft public.")
@click.option("--handback", is_flag=True, help="Let the robot decide on it again.")
@click.option("--hand-back", "handback", is_flag=True, hidden=True)
@as_json_option
@click.pass_context
def update(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Post an update on an incident or a work, or change it. A resolved one is reopened by --state investigating."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        what = Update(
            texts=doing.words(by_language("text", options)),
            title=doing.words(by_language("title", options)),
            state=EventState(options["state"]) if options["state"] else None,
            impact=Impact(options["impact"]) if options["impact"] else None,
            impacts=doing.impacts(options["components"], options["impact"] or found.impact.value),
            next_update_at=doing.time(options["next_update"]),
            expected_end_at=doing.time(options["expected_end"]),
            happened_at=doing.time(options["happened_at"]),
            progress=options["progress"],
            version=options["version"],
            cleared=cleared(options),
        )
        if what != Update(version=what.version) or not (options["publish"] or options["handback"]):
            post_update(doing.session, found, what, doing.author, doing.now)
        if options["publish"]:
            incidents.publish(doing.session, found, doing.author, doing.now)
        if options["handback"]:
            incidents.hand_back(doing.session, found, doing.author, doing.now)
        doing.told.append(found)


@incident.command()
@event_argument
@worded("text", "The conclusion")
@click.option("--ended-at", help=f"When it was over, if not now. {TIME}")
@click.option("--version", type=int, help="The version you looked at; another one since then is refused.")
@as_json_option
@click.pass_context
def close(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Close an incident: it is resolved."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        texts, ended_at = doing.words(by_language("text", options)), doing.time(options["ended_at"])
        version = options["version"]
        incidents.close(doing.session, found, texts, doing.author, doing.now, ended_at=ended_at, version=version)
        doing.told.append(found)


@incident.command()
@event_argument
@worded("text", "The reason, which those who were told will read")
@as_json_option
@click.pass_context
def withdraw(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Withdraw a false alarm: number and page stay, marked as such."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        texts = doing.words(by_language("text", options))
        incidents.withdraw(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@incident.command()
@event_argument
@as_json_option
@click.pass_context
def take(ctx: click.Context, /, event: str, *, as_json: bool) -> None:
    """Take an incident over: the robot adds evidence and tells of the return, no more."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        incidents.take(doing.session, found, doing.author, doing.now)
        doing.told.append(found)


@incident.command()
@event_argument
@as_json_option
@click.pass_context
def handback(ctx: click.Context, /, event: str, *, as_json: bool) -> None:
    """Hand an incident back to the robot: its state and its impacts are the robot's again."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        incidents.hand_back(doing.session, found, doing.author, doing.now)
        doing.told.append(found)


@incident.command()
@event_argument
@worded("text", "Why it is open again")
@as_json_option
@click.pass_context
def reopen(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Open a resolved incident again."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        texts = doing.words(by_language("text", options))
        incidents.reopen(doing.session, found, texts, doing.author, doing.now)
        doing.told.append(found)


@incident.command("list")
@click.option("--all", "every", is_flag=True, help="Closed ones too, the newest 100.")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, *, every: bool, as_json: bool) -> None:
    """List the open incidents, drafts included."""
    wanted = sa.select(Event).where(Event.type == EventType.INCIDENT).order_by(Event.created_at.desc()).limit(100)
    if not every:
        wanted = wanted.where(Event.state.in_(OPEN_INCIDENT_STATES))
    list_events(ctx, wanted, as_json=as_json)


@incident.command()
@event_argument
@as_json_option
@click.pass_context
def show(ctx: click.Context, event: str, *, as_json: bool) -> None:
    """Show an incident or a work with all its updates."""
    with looking(ctx) as (runtime, session):
        show_event(runtime, session, find(session, event), as_json=as_json)


for verb in (alert_link, *HANDS, *PARTING, *POSTED, *LATER, *LESSONS):
    incident.add_command(verb)
