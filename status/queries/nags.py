"""Promises that were not kept: open public events whose next word is overdue, and incidents that promise none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import OPEN_STATES, EventType, Publication
from status.models import Event


@dataclass(frozen=True, slots=True)
class Nag:
    """An event somebody should write on. `next_update_at` is when it was promised; None: nothing was."""

    uid: str
    n: int | None
    title: Mapping[str, str]
    severity: int
    next_update_at: datetime | None


def nags(session: Session, now: datetime) -> Sequence[Nag]:
    """Give the open public events whose promised next word is due, the longest overdue first."""
    due = _open().where(Event.next_update_at <= now).order_by(Event.next_update_at, Event.n)
    return [_nag(row) for row in session.scalars(due)]


def without_promise(session: Session) -> Sequence[Nag]:
    """Give the open public incidents a person holds that say nothing of a next word, the worst first."""
    silent = _open().where(
        Event.next_update_at.is_(None), Event.type == EventType.INCIDENT, Event.taken_by.is_not(None)
    )
    return [_nag(row) for row in session.scalars(silent.order_by(Event.severity.desc(), Event.n))]


def _open() -> sa.Select[Event]:
    return sa.select(Event).where(Event.publication == Publication.PUBLIC, Event.state.in_(OPEN_STATES))


def _nag(event: Event) -> Nag:
    return Nag(event.uid, event.n, event.title, event.severity, event.next_update_at)
