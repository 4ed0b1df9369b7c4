"""`travaux incident publish` and `travaux incident draft`: what is not public yet, and when it will be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
from sqlalchemy.orm import Session

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
    looking,
    worded,
)
from status.domain.refused import Refused
from status.domain.states import EventState
from status.models import Actor, Event, UpdateDraft
from status.services import drafts, incidents
from status.services.events import find

STATES: Final = click.Choice([state.value for state in EventState])
draft_argument = click.argument("draft", metavar="DRAFT")


@click.command()
@event_argument
@click.option("--at", help=f"Publish it by itself then. {TIME}")
@click.option("--not-yet", is_flag=True, help="It stays a draft until somebody publishes it.")
@as_json_option
@click.pass_context
def publish(ctx: click.Context, event: str, at: str | None, *, not_yet: bool, as_json: bool) -> None:
    """Make a draft public, now or at a time."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        if at is not None or not_yet:
            incidents.publish_at(doing.session, found, None if not_yet else doing.time(at), doing.author, doing.now)
        else:
            incidents.publish(doing.session, found, doing.author, doing.now)
        doing.told.append(found)


@click.group()
def draft() -> None:
    """Keep updates for later, list, post and discard them. DRAFT is a uid that `draft list` prints."""


@draft.command()
@event_argument
@worded("text", "What is new")
@worded("title", "A better title")
@click.option("--state", type=STATES)
@click.option("--impact", type=IMPACTS, help="On every component.")
@components_option
@click.option("--next-update", help=f"When you will write again. {TIME}")
@click.option("--expected-end", help=TIME)
@cleared_options
@click.option("--happened-at", help=f"When it happened. {TIME}")
@click.option("--progress", type=click.IntRange(0, 100), help="Per cent.")
@click.option("--at", help=f"Post it by itself then. {TIME}")
@as_json_option
@click.pass_context
def keep(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Keep an update without posting it; prints its uid."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        times = ("next_update", "expected_end", "happened_at")
        read = {name if name.endswith("_at") else f"{name}_at": doing.time(options[name]) for name in times}
        impacts = doing.impacts(options["components"], options["impact"] or found.impact.value)
        said = {
            "texts": doing.words(by_language("text", options)), "title": doing.words(by_language("title", options)),
            "state": options["state"], "impact": options["impact"], "progress": options["progress"],
            "impacts": {str(id_): impact.value for id_, impact in impacts.items()},
            **{name: at.isoformat() for name, at in read.items() if at is not None},
            "cleared": sorted(cleared(options)),
        }  # fmt: skip
        data = {name: value for name, value in said.items() if value not in (None, {}, [])}
        at = doing.time(options["at"])
        row = drafts.keep(doing.session, found, data, doing.author, doing.now, origin="cli", publish_at=at)
        kept = draft_data(doing.session, row)
        doing.said.append((_line(kept), kept))


@draft.command("list")
@click.argument("event", metavar="[EVENT]", required=False)
@as_json_option
@click.pass_context
def list_(ctx: click.Context, event: str | None, *, as_json: bool) -> None:
    """List the updates that wait, of an event or of all."""
    with looking(ctx) as (_, session):
        uid = find(session, event).uid if event is not None else None
        print_drafts([draft_data(session, row) for row in drafts.waiting(session, uid)], as_json=as_json)


@draft.command()
@event_argument
@draft_argument
@as_json_option
@click.pass_context
def post(ctx: click.Context, event: str, draft: str, *, as_json: bool) -> None:
    """Post a kept update now."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        drafts.post_draft(doing.session, _named(doing.session, found, draft), doing.author, doing.now)
        doing.told.append(found)


@draft.command()
@event_argument
@draft_argument
@as_json_option
@click.pass_context
def discard(ctx: click.Context, event: str, draft: str, *, as_json: bool) -> None:
    """Put a kept update away for good."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        drafts.discard(doing.session, _named(doing.session, found, draft), doing.author, doing.now)
        doing.told.append(found)


def draft_data(session: Session, row: UpdateDraft) -> dict[str, object]:
    """Give what a script wants to know of a draft."""
    return {
        "uid": row.uid, "event": session.get_one(Event, row.event_uid).n or row.event_uid,
        "author": session.get_one(Actor, row.author_id).name, "origin": row.origin, "failure": row.failure,
        "publish_at": row.publish_at.isoformat() if row.publish_at else None, "texts": row.data.get("texts", {}),
    }  # fmt: skip


def print_drafts(waiting: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """Print drafts, one a line."""
    if as_json:
        click.echo(json.dumps(list(waiting), ensure_ascii=False, indent=2))
        return
    for data in waiting:
        click.echo(_line(data))
    if not waiting:
        click.echo("none")


def _line(data: Mapping[str, object]) -> str:
    event, texts = data["event"], data["texts"]
    name = f"FS#{event}" if isinstance(event, int) else str(event)
    words = next(iter(texts.values()), "") if isinstance(texts, dict) else ""
    when = f"at {data['publish_at']}" if data["publish_at"] else "waits"
    failed = f"  could not be posted: {data['failure']}" if data["failure"] else ""
    return f"{data['uid']}  {name}  {data['author']}  {when}  {' '.join(words.split())[:60]}{failed}"


def _named(session: Session, event: Event, uid: str) -> UpdateDraft:
    row = session.get(UpdateDraft, uid.strip().lower())
    if row is None or row.event_uid != event.uid:
        raise Refused("no_such_draft", f"the event has no draft {uid!r}; `travaux incident draft list` has all")
    return row


LATER = (publish, draft)
