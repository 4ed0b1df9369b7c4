"""The travaux list: incidents and works, filtered, newest first, page after page for ever."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.folding import fold
from status.domain.states import (
    COMING_WORK_STATES,
    ENDED_STATES,
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    EventState,
    EventType,
    PlaceKind,
)
from status.models import Event, EventComponent, EventPlace, EventWords
from status.models.event import BEGAN
from status.queries.cards import Card, known, read_cards, with_worst
from status.queries.components import Place, Places, read_places
from status.queries.snapshot import kept

PAGE_SIZE = 50
WORDS: Final = 8
"""So many words of a search are looked for."""

_UNTIL = sa.func.coalesce(Event.ended_at, Event.expected_end_at, Event.planned_end_at)
_FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"(?:FS\s*#?\s*|#\s*)?([0-9]{1,9})", re.IGNORECASE | re.ASCII)


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


class Sort(Enum):
    """In which order the list is; `-` turns one round."""

    BEGIN = "-begin"
    BEGIN_UP = "begin"
    END = "-end"
    END_UP = "end"
    NUMBER = "-number"
    NUMBER_UP = "number"

    @property
    def columns(self) -> tuple[sa.ColumnElement[Any], ...]:
        """Give what the list is ordered by; the number decides between equals, and no end stands last."""
        column = {"begin": BEGAN, "end": _UNTIL, "number": Event.n}[self.value.lstrip("-")]
        is_down = self.value.startswith("-")
        number = Event.n.desc() if is_down else Event.n.asc()
        if column is Event.n:
            return (number,)
        ordered = column.desc() if is_down else column.asc()
        return ordered.nulls_last() if column is _UNTIL else ordered, number


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked for; None and '' ask for everything. `page` counts from 1.

    `component` is a slug or a name, `area` a slug, places are slugs of their kind, `first` and `last` are the first and
    the last day of the period where the site is. `words` are searched as they are typed, in any order.
    """

    type: EventType | None = None
    area: str | None = None
    stage: Stage | None = None
    year: int | None = None
    page: int = 1
    component: str = ""
    places: tuple[tuple[PlaceKind, str], ...] = ()
    first: date | None = None
    last: date | None = None
    words: str = ""
    sort: Sort = Sort.BEGIN

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered (page and order aside)."""
        return replace(self, page=1, sort=Sort.BEGIN) == Filter()


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


def read_listing(session: Session, audience: Audience, wanted: Filter, zone: ZoneInfo) -> Listing:
    """Read one page of the list. Events that touch only hidden components are not in it, nor in the count."""
    key = ("listing", audience, wanted, zone.key)
    return kept(session, key, lambda: _read_listing(session, audience, wanted, zone))


def read_rows(session: Session, audience: Audience, wanted: Filter, zone: ZoneInfo, most: int) -> tuple[Card, ...]:
    """Read what a filter finds beyond its pages, at most so many, in its order."""
    places = read_places(session, audience)
    events = sa.select(Event).where(_matching(places, wanted, zone)).order_by(*wanted.sort.columns)
    return with_worst(session, read_cards(session, places, events.limit(most)))


def find_number(session: Session, audience: Audience, words: str) -> int | None:
    """Give the number that is searched for (`1234`, `FS#1234`) when the reader may see that event."""
    found = _NUMBER.fullmatch(words.strip())
    if found is None:
        return None
    places = read_places(session, audience)
    return session.scalar(sa.select(Event.n).where(known(places), Event.n == int(found[1])))


def _read_listing(session: Session, audience: Audience, wanted: Filter, zone: ZoneInfo) -> Listing:
    places = read_places(session, audience)
    matching, order = _matching(places, wanted, zone), wanted.sort.columns
    uids, total = _page(session, sa.select(Event.uid).where(matching).order_by(*order), wanted)
    cards = read_cards(session, places, sa.select(Event).where(Event.uid.in_(uids)).order_by(*order))
    cards = with_worst(session, cards)
    began = sa.select(BEGAN).where(known(places), BEGAN.is_not(None)).limit(1)
    first, last = session.scalar(began.order_by(BEGAN.asc())), session.scalar(began.order_by(BEGAN.desc()))
    return Listing(places, cards, total, _years(first, last, zone), wanted.page)


def _page(session: Session, found: sa.Select[str], wanted: Filter) -> tuple[Sequence[str], int]:
    """Give the events of the page, and how many there are in all; rows are read afterwards, as they are wide.

    What is searched for is looked up once; of nearly everything the page is read along its index, and the rest counted.
    """
    skipped = (wanted.page - 1) * PAGE_SIZE
    if wanted.area or wanted.component or wanted.places or wanted.words:
        uids = session.connection().execute(found).scalars().all()
        return uids[skipped : skipped + PAGE_SIZE], len(uids)
    total = session.scalar(sa.select(sa.func.count()).select_from(found.order_by(None).subquery())) or 0
    return session.scalars(found.limit(PAGE_SIZE).offset(skipped)).all(), total


def _matching(places: Places, wanted: Filter, zone: ZoneInfo) -> sa.ColumnElement[bool]:
    return sa.and_(known(places), *_conditions(wanted, places, zone))


def _conditions(wanted: Filter, places: Places, zone: ZoneInfo) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.type is not None:
        conditions.append(Event.type == wanted.type)
    if wanted.stage is not None:
        conditions.append(_at_stage(wanted.stage))
    if wanted.area is not None:
        conditions.append(Event.uid.in_(_touching(places, places.by_slug(wanted.area))))
    if wanted.year is not None:
        begins = datetime(wanted.year, 1, 1, tzinfo=zone).astimezone(UTC)
        ends = datetime(wanted.year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
        conditions += [begins <= BEGAN, ends > BEGAN]
    if wanted.last is not None:
        conditions.append(_midnight(wanted.last + timedelta(days=1), zone) > BEGAN)
    if wanted.first is not None:
        conditions.append(sa.func.coalesce(_UNTIL, _FAR) >= _midnight(wanted.first, zone))
    if wanted.component:
        conditions.append(Event.uid.in_(_touching(places, places.named(wanted.component))))
    for kind, slug in wanted.places:
        named = sa.select(EventPlace.event_uid).where(EventPlace.kind == kind, EventPlace.slug == slug)
        conditions.append(Event.uid.in_(named))
    if wanted.words:
        conditions.append(Event.uid.in_(_saying(wanted.words)))
    return conditions


def _at_stage(stage: Stage) -> sa.ColumnElement[bool]:
    if stage is Stage.ENDED:  # nearly all: said by what it is not, as `IS_SHOWN` is
        return Event.state.not_in(Stage.CURRENT.states + Stage.COMING.states)
    return Event.state.in_(stage.states)


def _saying(words: str) -> sa.Select[str]:
    found = sa.select(EventWords.event_uid)
    for word in fold(words).split()[:WORDS]:
        found = found.where(EventWords.words.contains(word, autoescape=True))
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _touching(places: Places, place: Place | None) -> sa.Select[str]:
    """Choose what touches a component or one below it, retired ones too; nothing for one that isn't there."""
    ids = [place.id, *places.ids_below(place)] if place is not None else []
    return sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(ids))


def _years(first: datetime | None, last: datetime | None, zone: ZoneInfo) -> tuple[int, ...]:
    if first is None or last is None:
        return ()
    return tuple(range(last.astimezone(zone).year, first.astimezone(zone).year - 1, -1))
