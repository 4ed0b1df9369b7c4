"""Internal words on an event; never public."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.written import clean_text
from status.models import Actor, Event, Note
from status.services.auditing import record


def add(session: Session, event: Event, text: str, author: Actor, now: datetime) -> Note:
    """Add a note. Raise Refused when it is empty or too long."""
    words = clean_text(text)
    if not words:
        raise Refused("nothing", "the note is empty: write what the next one on call should know")
    note = Note(event_uid=event.uid, author_id=author.id, at=now, text=words)
    session.add(note)
    session.flush()
    record(session, author, "event.note", f"event:{event.uid}", now, after={"n": event.n, "characters": len(words)})
    return note
