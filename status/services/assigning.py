"""Who takes care of an event: acknowledged, assigned, handed over. Internal; the public sees nothing of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import ENDED_STATES
from status.models import Actor, Event
from status.services import notes
from status.services.changing import change, line_up
from status.services.instructions import event_changed


def acknowledge(session: Session, event: Event, author: Actor, now: datetime) -> bool:
    """Note that somebody has seen an event; give False when somebody had already. Raise Refused when it is over."""
    line_up(session)
    session.refresh(event)
    if event.acknowledged_at is not None:
        return False
    _require_open(event)
    change(session, event, {"acknowledged_by": author.id, "acknowledged_at": now})
    event_changed(session, author, event, "acknowledge", now)
    return True


def assign(session: Session, event: Event, to: Actor | None, author: Actor, now: datetime, *, note: str = "") -> None:
    """Give an event to somebody (None: to nobody), with a note for him if there is something to say."""
    _require_open(event)
    if event.assigned_to == (to.id if to else None):
        raise Refused("nothing", "it is in those hands already: name somebody else")
    values: dict[str, object] = {"assigned_to": to.id if to else None}
    if to is not None and to.id == author.id and event.acknowledged_at is None:
        values |= {"acknowledged_by": author.id, "acknowledged_at": now}
    change(session, event, values)
    if note.strip():
        notes.add(session, event, note, author, now)
    event_changed(session, author, event, "assign", now)


def _require_open(event: Event) -> None:
    if event.state in ENDED_STATES:
        raise Refused("not_open", f"the event is {event.state.value}: there is nothing to take care of any more")
