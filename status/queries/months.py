"""The travaux month by month: how many events each one has, and which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.periods import Length, Period, period_of
from status.models import Event
from status.models.event import BEGAN
from status.queries.cards import Card, known, read_cards
from status.queries.components import Places, read_places

MOST: Final = 70
"""So many events of a month are shown; the list has them all."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month. `counts` are the events that began in each month that has some; `cards` are this one's, newest first.

    `total` counts all of this month's.
    """

    period: Period
    counts: Mapping[Period, int]
    cards: tuple[Card, ...]

    @property
    def total(self) -> int:
        """Count this month's events."""
        return self.counts.get(self.period, 0)

    @property
    def years(self) -> tuple[int, ...]:
        """Give the years with events, and this one's, newest first."""
        return tuple(sorted({self.period.first.year, *(month.first.year for month in self.counts)}, reverse=True))

    @property
    def earlier(self) -> Period | None:
        """Give the nearest month before it that has events."""
        return max((month for month in self.counts if month.first < self.period.first), default=None, key=_first)

    @property
    def later(self) -> Period | None:
        """Give the nearest month after it that has events."""
        return min((month for month in self.counts if month.first > self.period.first), default=None, key=_first)

    def of_year(self, year: int) -> tuple[Period, ...]:
        """Give a year's months that have events, in their order."""
        return tuple(sorted((month for month in self.counts if month.first.year == year), key=_first))


def read_month(session: Session, audience: Audience, period: Period, zone: ZoneInfo) -> Month:
    """Read a month as `audience` may know it. Six statements; 20,000 events are counted in some 0.1 s."""
    places = read_places(session, audience)
    began = session.scalars(sa.select(BEGAN).where(known(places), BEGAN.is_not(None)))
    counts = Counter(period_of(Length.MONTH, at.astimezone(zone).date()) for at in began)
    return Month(period, counts, _cards(session, places, period, zone))


def _cards(session: Session, places: Places, period: Period, zone: ZoneInfo) -> tuple[Card, ...]:
    within = (period.begins(zone) <= BEGAN) & (period.ends(zone) > BEGAN)
    events = sa.select(Event).where(known(places), within).order_by(BEGAN.desc(), Event.n.desc())
    return read_cards(session, places, events.limit(MOST))


def _first(period: Period) -> int:
    return period.first.toordinal()
