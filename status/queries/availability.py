"""How available components were in a day, a month or a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.availability import Total, total
from status.domain.periods import Period
from status.queries.components import Place, Places, read_places
from status.queries.history import Lines, read_lines

MOST_CHILDREN: Final = 200
"""So many of a component's children are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A component in a period. `decided` is what counts; `detected` is without what people decided (SPEC §1 f)."""

    place: Place
    is_head: bool
    decided: Total
    detected: Total


@dataclass(frozen=True, slots=True)
class AvailabilityPage:
    """A period. `groups` are the areas, or the component asked for, each with its children.

    `parts` are the months or days of the component asked for, as far as something is known of them. `left` counts the
    children that are not shown.
    """

    places: Places
    period: Period
    place: Place | None
    path: tuple[Place, ...]
    groups: tuple[tuple[Row, ...], ...]
    parts: tuple[tuple[Period, Total], ...]
    left: int


def read_period(  # noqa: PLR0917 - what is asked, in the order it is said
    session: Session, audience: Audience, period: Period, slug: str, at: datetime, zone: ZoneInfo
) -> AvailabilityPage | None:
    """Read a period as of `at`; None when `audience` knows no component of that slug ('' asks for all areas).

    Five statements at most.
    """
    places = read_places(session, audience)
    place = places.by_slug(slug) if slug else None
    if slug and place is None:
        return None
    begin, end = period.begins(zone), min(period.ends(zone), at)
    lines = read_lines(session, places, begin, max(begin, end))
    heads = (place,) if place is not None else places.areas
    left = 0 if place is None else max(0, len(places.children[place.id]) - MOST_CHILDREN)
    return AvailabilityPage(
        places=places,
        period=period,
        place=place,
        path=places.path(place) if place is not None else (),
        groups=tuple(tuple(_rows(head, places, lines, begin, end)) for head in heads),
        parts=() if place is None else tuple(_parts(lines[0], place, period, end, zone)),
        left=left,
    )


def _rows(head: Place, places: Places, lines: tuple[Lines, Lines], begin: datetime, end: datetime) -> Iterator[Row]:
    for place in (head, *places.children.get(head.id, ())[:MOST_CHILDREN]):
        decided, detected = (total(each.of(place), begin, end) for each in lines)
        yield Row(place, place is head, decided, detected)


def _parts(lines: Lines, place: Place, period: Period, end: datetime, zone: ZoneInfo) -> Iterator[tuple[Period, Total]]:
    spans = lines.of(place)
    for part in period.parts():
        if spans and part.ends(zone) > spans[0].began and part.begins(zone) < end:
            yield part, total(spans, part.begins(zone), min(part.ends(zone), end))
