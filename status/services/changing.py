"""Changing an event's row: by its version, so that two who change it at once are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Actor, Event, Installation
from status.services.auditing import note_change


class Conflict(Refused):
    """Somebody else changed the event meanwhile. A person looks again; the robot reads again."""

    def __init__(self, event: Event) -> None:
        number = f"FS#{event.n}" if event.n else event.uid
        super().__init__("conflict", f"{number} was changed by somebody else meanwhile: look at it again, then repeat")


def line_up(session: Session) -> None:
    """Let one transaction at a time change events: PostgreSQL waits here, SQLite did so at BEGIN IMMEDIATE.

    Called before anything of an event is written, so that two writers never wait for one another in a ring: every
    change ends in the installation's counters. A person's command lines up before it reads.
    """
    with session.no_autoflush:
        session.execute(sa.select(Installation.id).where(Installation.id == 1).with_for_update())


def change(session: Session, event: Event, values: Mapping[str, object], author: Actor | None = None) -> None:
    """Write some fields of an event and raise its version. Raise Conflict when its version is not the one we read.

    With an `author`, each field remembers who set it.
    """
    line_up(session)
    session.flush()
    for name, value in values.items():
        note_change(session, f"event:{event.uid}", name, getattr(event, name), value)
    written: dict[str, Any] = dict(values)
    if author is not None:
        written["set_by"] = {**event.set_by, **written.get("set_by", {}), **dict.fromkeys(values, author.id)}
        written["set_by"].pop("set_by", None)
    statement = (
        sa.update(Event)
        .where(Event.uid == event.uid, Event.version == event.version)
        .values(**written, version=event.version + 1)
        .execution_options(synchronize_session=False)
    )
    result = cast("sa.CursorResult[Any]", session.execute(statement))
    if result.rowcount != 1:
        raise Conflict(event)
    session.refresh(event)


def require_version(event: Event, version: int | None) -> None:
    """Raise Conflict when a person looked at another version than the present one (None: he did not say)."""
    if version is not None and event.version != version:
        raise Conflict(event)
