"""What others changed on an event since a person looked at it, so that nothing is overwritten unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Actor, AuditEntry, Event, EventUpdate
from status.queries.desk_event import DeskPost, read_posts, read_touching
from status.queries.desk_events import plain_name

FIELDS: Final = (
    "title", "state", "impact", "severity", "planned_start_at", "planned_end_at", "expected_end_at", "next_update_at",
    "progress", "publication", "ended_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is not what it was; `name` is a component's when it is that one's impact. Values are plain."""

    field: str
    before: Any
    after: Any
    name: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did something meanwhile, and when."""

    at: datetime
    author: str
    action: str


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """All that happened since a snapshot."""

    changes: tuple[Change, ...]
    posts: tuple[DeskPost, ...]
    deeds: tuple[Deed, ...]


def snapshot(session: Session, event: Event) -> str:
    """Give what a person sees of an event, to be carried by his form."""
    last = sa.select(sa.func.max(EventUpdate.id)).where(EventUpdate.event_uid == event.uid)
    return json.dumps({**_seen(session, event), "post": session.scalar(last) or 0}, ensure_ascii=False)


def read_meanwhile(session: Session, event: Event, seen: str) -> Meanwhile:
    """Tell what is not as it was in a snapshot. One that can't be read counts as one of the beginning."""
    before = _read(seen)
    now = _seen(session, event)
    names = {str(each.component_id): each.name for each in read_touching(session, event, {})}
    changes = [Change(name, before[name], now[name]) for name in FIELDS if name in before and before[name] != now[name]]
    was, is_ = before.get("impacts", now["impacts"]), now["impacts"]
    changes += [
        Change("impact", was.get(key), is_.get(key), names.get(key, {"en": key}))
        for key in {**was, **is_}
        if was.get(key) != is_.get(key)
    ]
    people = {id_: plain_name(name) for id_, name in session.execute(sa.select(Actor.id, Actor.name))}
    posts = read_posts(session, event, people, after=before.get("post", 0))
    return Meanwhile(tuple(changes), posts, _deeds(session, event, before.get("version", 0)))


def _seen(session: Session, event: Event) -> dict[str, Any]:
    fields = {name: _plain(getattr(event, name)) for name in FIELDS}
    touched = read_touching(session, event, {})
    impacts = {str(each.component_id): each.impact.value for each in touched if each.left_at is None}
    return {**fields, "impacts": impacts, "version": event.version}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return getattr(value, "value", value)


def _read(seen: str) -> dict[str, Any]:
    try:
        found = json.loads(seen)
    except ValueError:
        return {}
    if not isinstance(found, dict) or not isinstance(found.get("impacts", {}), dict):
        return {}
    numbers = all(isinstance(found.get(name, 0), int) for name in ("post", "version"))
    return found if numbers else {}


def _deeds(session: Session, event: Event, version: int) -> tuple[Deed, ...]:
    rows = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject == f"event:{event.uid}").order_by(AuditEntry.n.desc()).limit(20)
    )
    newer = [row for row in rows if row.after.get("version", 0) > version]
    return tuple(Deed(row.at, plain_name(row.actor), row.action.removeprefix("event.")) for row in newer)
