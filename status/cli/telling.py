"""How `travaux incident` and `travaux work` print an event."""

from __future__ import annotations

import json
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Actor, Event, EventComponent, EventUpdate, UpdateText
from status.runtime import Runtime


def page_of(runtime: Runtime, event: Event) -> str | None:
    """Give the address of an event's page; a draft has none."""
    site = runtime.settings.site
    return f"{site.public_url.rstrip('/')}/{site.languages[0]}/travaux/{event.n}" if event.n else None


def event_data(runtime: Runtime, event: Event) -> dict[str, Any]:
    """Give what a script wants to know of an event."""
    times = ("started_at", "ended_at", "planned_start_at", "planned_end_at", "expected_end_at", "next_update_at")
    return {
        "uid": event.uid, "n": event.n, "url": page_of(runtime, event), "type": event.type.value,
        "title": event.title, "state": event.state.value, "impact": event.impact.value, "severity": event.severity,
        "publication": event.publication.value, "progress": event.progress, "version": event.version,
        "merged_into": event.merged_into, "split_from": event.split_from,
        **{name: at.isoformat() if (at := getattr(event, name)) else None for name in times},
    }  # fmt: skip


def show_event(runtime: Runtime, session: Session, event: Event, *, as_json: bool) -> None:
    """Print an event with its components and all its updates."""
    components = session.scalars(sa.select(EventComponent).where(EventComponent.event_uid == event.uid)).all()
    updates = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid).order_by(EventUpdate.id))
    data = event_data(runtime, event)
    data["components"] = {row.path: row.impact.value + (" (left)" if row.left_at else "") for row in components}
    data["updates"] = [_update_data(session, row) for row in updates]
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{name_of(event)}  {event.type.value}, {event.state.value}, {event.publication.value}  {data['url'] or ''}"
    )
    click.echo(title_of(runtime, event))
    for said, uid in (("merged into", event.merged_into), ("split from", event.split_from)):
        if uid is not None:
            click.echo(f"{said} {name_of(session.get_one(Event, uid))}")
    for path, impact in data["components"].items():
        click.echo(f"  {path}: {impact}")
    for row in data["updates"]:
        click.echo(f"{row['k'] or '-':>3}  {row['written_at']}  {row['action']}, {row['state']}, by {row['author']}")
        for language, text in row["texts"].items():
            click.echo(f"  [{language}] {text}")


def _update_data(session: Session, update: EventUpdate) -> dict[str, Any]:
    texts = session.scalars(sa.select(UpdateText).where(UpdateText.update_id == update.id)).all()
    author = session.get_one(Actor, update.author_id)
    return {
        "k": update.k, "action": update.action, "state": update.state.value, "impact": update.impact.value,
        "author": author.name, "written_at": update.written_at.isoformat(timespec="seconds"),
        "texts": {row.language: row.text for row in texts if row.text},
    }  # fmt: skip


def name_of(event: Event) -> str:
    """Give `FS#42`, a draft's uid."""
    return f"FS#{event.n}" if event.n else event.uid


def title_of(runtime: Runtime, event: Event) -> str:
    """Give an event's title, in the site's first language where it has it."""
    first = runtime.settings.site.languages[0]
    return event.title.get(first) or next(iter(event.title.values()), "")
