"""Days, months and years of the calendar, as pages ask for them: `2026-11-22`, `2026-11`, `2026`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9_998
"""Beyond these years there is nothing to ask for, and times of some zones can't be told."""

_WRITTEN: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", re.ASCII)
_DECEMBER: Final = 12


class Length(Enum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a month or a year; `first` is its first day."""

    length: Length
    first: date

    @property
    def word(self) -> str:
        """Give it as it stands in an address."""
        letters = {Length.DAY: 10, Length.MONTH: 7, Length.YEAR: 4}[self.length]
        return self.first.isoformat()[:letters]

    @property
    def after(self) -> Period:
        """Give the one that follows."""
        if self.length is Length.DAY:
            return Period(Length.DAY, self.first + timedelta(days=1))
        if self.length is Length.YEAR or self.first.month == _DECEMBER:
            return Period(self.length, date(self.first.year + 1, 1, 1))
        return Period(Length.MONTH, self.first.replace(month=self.first.month + 1))

    @property
    def before(self) -> Period:
        """Give the one before."""
        return period_of(self.length, self.first - timedelta(days=1))

    @property
    def last(self) -> date:
        """Give its last day."""
        return self.after.first - timedelta(days=1)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Give the moment it begins where the site is."""
        return datetime.combine(self.first, time(), zone).astimezone(UTC)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Give the moment it is over."""
        return self.after.begins(zone)

    def parts(self) -> Iterator[Period]:
        """Give the months of a year, the days of a month; a day has none."""
        if self.length is not Length.DAY:
            part = Period(Length.MONTH if self.length is Length.YEAR else Length.DAY, self.first)
            while part.first <= self.last:
                yield part
                part = part.after


def period_of(length: Length, on: date) -> Period:
    """Give the period of that length that a day lies in."""
    if length is Length.YEAR:
        return Period(length, date(on.year, 1, 1))
    return Period(length, on.replace(day=1) if length is Length.MONTH else on)


def parse_period(text: str) -> Period | None:
    """Read a period as it stands in an address; None for what is none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None, "the pattern asks for it"
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return Period(Length.YEAR if month is None else Length.MONTH if day is None else Length.DAY, first)
