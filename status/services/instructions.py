"""What supervision must know of a person's deed; the decider reads it before it decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Actor, Event, Hold, Instruction
from status.services.auditing import record

EVENT_CHANGED: Final = "event_changed"
HOLD_CHANGED: Final = "hold_changed"


def instruct(session: Session, author: Actor | None, action: str, data: Mapping[str, object], now: datetime) -> None:
    """Leave an instruction for the decider."""
    actor_id = author.id if author else None
    session.add(Instruction(at=now, actor_id=actor_id, action=action, data=dict(data), done_at=None))


def event_changed(session: Session, author: Actor, event: Event, deed: str, now: datetime) -> None:
    """Tell the decider that a person did `deed` (open, update, close, …) to an event, and write it into the audit."""
    record(session, author, f"event.{deed}", f"event:{event.uid}", now, after={"n": event.n, "version": event.version})
    instruct(session, author, EVENT_CHANGED, {"event_uid": event.uid, "deed": deed}, now)


def hold_changed(session: Session, author: Actor, hold: Hold, now: datetime) -> None:
    """Tell the decider that a person muted or disabled a check, or ended that; `until` is the end that holds now.

    It goes into the audit too.
    """
    until = hold.ended_at or hold.until
    data = {"hold_id": hold.id, "check_id": hold.check_id, "action": hold.action.value}
    told: dict[str, object] = {**data, "until": until.isoformat() if until else None}
    instruct(session, author, HOLD_CHANGED, told, now)
    done = "end" if hold.ended_at else hold.action.value
    record(session, author, f"hold.{done}", f"check:{hold.check_id}", now, after={**told, "reason": hold.reason})


def take_instructions(session: Session, now: datetime) -> Sequence[Instruction]:
    """Give the waiting instructions in the order they were left, and mark them done in the caller's transaction."""
    waiting = session.scalars(
        sa.select(Instruction).where(Instruction.done_at.is_(None)).order_by(Instruction.id)
    ).all()
    for instruction in waiting:
        instruction.done_at = now
    return waiting
