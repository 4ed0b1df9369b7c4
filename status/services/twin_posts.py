"""Posts that hold the same words: those a person typed once, for incidents that became one or a part that left."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Event, EventUpdate

MOVING: Final = ("merge", "merged", "split")
"""What these posts were made by (`services.merging`)."""


def twins_of(session: Session, event: Event, update: EventUpdate) -> list[tuple[Event, EventUpdate]]:
    """Give the other posts that one merge or split made together with this one, each with its event."""
    if update.action not in MOVING:
        return []
    together = (
        sa.select(Event, EventUpdate)
        .join(EventUpdate, EventUpdate.event_uid == Event.uid)
        .where(EventUpdate.id != update.id, EventUpdate.action.in_(MOVING))
        .where(EventUpdate.written_at == update.written_at, EventUpdate.author_id == update.author_id)
        .where(_related(event))
        .order_by(EventUpdate.id)
    )
    return [(other, row) for other, row in session.execute(together)]


def _related(event: Event) -> sa.ColumnElement[bool]:
    into = event.merged_into or event.uid
    near = [uid for uid in (event.merged_into, event.split_from) if uid is not None]
    return sa.or_(Event.uid.in_(near), Event.merged_into == into, Event.split_from == event.uid)
