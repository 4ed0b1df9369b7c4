"""The travaux list: incidents and works, filtered, newest first, page after page for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.states import (
    COMING_WORK_STATES,
    ENDED_STATES,
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    EventState,
    EventType,
)
from status.models import Component, Event, EventComponent
from status.queries.cards import SHOWN, Card, read_cards
from status.queries.components import Places, read_places
from status.queries.snapshot import kept

PAGE_SIZE = 50


class Stage(Enum):
    """Where events stand, as the list filters them."""

    CURRENT = "current"
    COMING = "coming"
    ENDED = "ended"

    @property
    def states(self) -> tuple[EventState, ...]:
        """Give the states this filter lets through."""
        return {
            Stage.CURRENT: OPEN_INCIDENT_STATES + RUNNING_WORK_STATES,
            Stage.COMING: COMING_WORK_STATES,
            Stage.ENDED: ENDED_STATES,
        }[self]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked for; None asks for everything. `page` counts from 1."""

    type: EventType | None = None
    area: str | None = None
    stage: Stage | None = None
    year: int | None = None
    page: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered (the page aside)."""
        return (self.type, self.area, self.stage, self.year) == (None, None, None, None)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `total` counts all that match; `years` are those that have events, newest first."""

    places: Places
    cards: tuple[Card, ...]
    total: int
    years: tuple[int, ...]
    page: int

    @property
    def pages(self) -> int:
        """Give the number of pages, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


_WHEN = sa.func.coalesce(Event.started_at, Event.planned_start_at, Event.detected_at, Event.published_at)


def read_listing(session: Session, audience: Audience, wanted: Filter, zone: ZoneInfo) -> Listing:
    """Read one page of the list. Events that touch only hidden components are not in it, nor in the count."""
    key = ("listing", audience, wanted, zone.key)
    return kept(session, key, lambda: _read_listing(session, audience, wanted, zone))


def _read_listing(session: Session, audience: Audience, wanted: Filter, zone: ZoneInfo) -> Listing:
    places = read_places(session, audience)
    known = sa.and_(Event.publication.in_(SHOWN), Event.n.is_not(None), _is_known(places))
    matching = sa.and_(known, *_conditions(wanted, zone))
    total = session.scalar(sa.select(sa.func.count()).select_from(Event).where(matching)) or 0
    events = sa.select(Event).where(matching).order_by(_WHEN.desc(), Event.n.desc())
    page = events.limit(PAGE_SIZE).offset((wanted.page - 1) * PAGE_SIZE)
    first, last = session.execute(sa.select(sa.func.min(_WHEN), sa.func.max(_WHEN)).where(known)).one()
    return Listing(places, read_cards(session, places, page), total, _years(first, last, zone), wanted.page)


def _is_known(places: Places) -> sa.ColumnElement[bool]:
    mine = sa.select(EventComponent.event_uid)
    visible = mine.where(EventComponent.component_id.in_(tuple(places.by_id)))
    return Event.uid.in_(visible) | Event.uid.not_in(mine)


def _conditions(wanted: Filter, zone: ZoneInfo) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.type is not None:
        conditions.append(Event.type == wanted.type)
    if wanted.stage is not None:
        conditions.append(Event.state.in_(wanted.stage.states))
    if wanted.area is not None:
        conditions.append(Event.uid.in_(_touching(wanted.area)))
    if wanted.year is not None:
        begins = datetime(wanted.year, 1, 1, tzinfo=zone).astimezone(UTC)
        ends = datetime(wanted.year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
        conditions += [begins <= _WHEN, ends > _WHEN]
    return conditions


def _touching(area: str) -> sa.Select[str]:
    below = sa.select(Component.id).where(Component.slug == area).cte("below", recursive=True)
    below = below.union_all(sa.select(Component.id).join(below, Component.parent_id == below.c.id))
    return sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(sa.select(below.c.id)))


def _years(first: datetime | None, last: datetime | None, zone: ZoneInfo) -> tuple[int, ...]:
    if first is None or last is None:
        return ()
    return tuple(range(last.astimezone(zone).year, first.astimezone(zone).year - 1, -1))
