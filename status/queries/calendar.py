"""The works of a time, with every pair of times they were announced for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.states import OPEN_STATES, EventState, EventType, Publication
from status.domain.work import former_times
from status.models import Event
from status.queries.cards import Card, known, read_cards, with_worst
from status.queries.components import read_places

MOST: Final = 60
"""So many works are shown at once."""

_BEGINS: Final = sa.func.coalesce(Event.started_at, Event.planned_start_at)
_ENDED: Final = sa.case((Event.state != EventState.CANCELLED, Event.ended_at))
_ENDS: Final = sa.func.coalesce(_ENDED, Event.planned_end_at, Event.expected_end_at, _BEGINS)


@dataclass(frozen=True, slots=True)
class Work:
    """A work. `postponed_from` are the times it was announced for before, the oldest first."""

    card: Card
    postponed_from: tuple[tuple[datetime, datetime], ...]

    @property
    def begins(self) -> datetime | None:
        """Give when it began, or is to begin."""
        return self.card.began_at

    @property
    def ends(self) -> datetime | None:
        """Give when it ended, or is to end."""
        ended_at = None if self.card.is_called_off else self.card.ended_at
        return ended_at or self.card.planned_end_at or self.card.expected_end_at


def read_coming(session: Session, audience: Audience, since: datetime) -> tuple[Work, ...]:
    """Read the works that are not over, and those that ended since then (not those cancelled), by when they begin."""
    live = Event.state.in_(OPEN_STATES) & (Event.publication == Publication.PUBLIC)
    return _read(session, audience, live | (since <= _ENDED))


def read_within(session: Session, audience: Audience, begin: datetime, end: datetime) -> tuple[Work, ...]:
    """Read the works that were, are or will be going on in a time, by when they begin."""
    return _read(session, audience, (end > _BEGINS) & (begin <= _ENDS))


def _read(session: Session, audience: Audience, which: sa.ColumnElement[bool]) -> tuple[Work, ...]:
    places = read_places(session, audience)
    chosen = sa.and_(known(places), Event.type != EventType.INCIDENT, which)
    order = _BEGINS.asc().nulls_last(), Event.n
    cards = read_cards(session, places, sa.select(Event).where(chosen).order_by(*order).limit(MOST))
    cards = with_worst(session, cards)
    announced = sa.select(Event.uid, Event.planned_history).where(Event.uid.in_([card.uid for card in cards]))
    history: dict[str, list[str]] = dict(session.execute(announced).all())
    return tuple(Work(card, former_times(history.get(card.uid, ()))) for card in cards)
