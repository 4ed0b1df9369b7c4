"""Works: planned, moved, repeated."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from status.domain.states import EventState, EventType, Impact
from status.queries.overlaps import Way
from status.web.api.shapes.base import Impacts, Query, Shape, Texts, Time, Titles

UID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Slugs = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,80}(,[a-z0-9-]{1,80}){0,49}$")]


def _real(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Local = Annotated[
    str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"), AfterValidator(_real)
]


class Planning(Shape):
    """A work to plan; the impacts are the expected ones. A draft is not announced."""

    type: Literal["maintenance", "upgrade"]
    impacts: Annotated[Impacts, Field(min_length=1, max_length=500)]
    title: Annotated[Titles, Field(min_length=1)]
    start_at: Time
    end_at: Time
    texts: Texts = Field(default_factory=dict)
    draft: bool = False


class Moving(Shape):
    """New times: both for a work to come, the end alone for a running one."""

    start_at: Time | None = None
    end_at: Time
    texts: Texts = Field(default_factory=dict)


class OverlapsQuery(Query):
    """Which components, by slug with commas between, and when: at most 62 days. `without` is left out."""

    components: Slugs
    start_at: Time
    end_at: Time
    without: Annotated[str, StringConstraints(pattern=UID)] | None = None


class OverlapAnswer(Shape):
    """Another work at that time: on `other`, which is in the way of `component`.

    An occurrence of a series that is not announced yet has neither `uid` nor `n`. `pair`: the redundant components.
    """

    uid: str | None
    n: int | None
    series_uid: str | None
    title: dict[str, str]
    state: EventState
    start_at: datetime
    end_at: datetime
    component: str
    other: str
    impact: Impact
    way: Way
    pair: list[str] | None


class OverlapsAnswer(Shape):
    """Works that are in the way, the soonest first."""

    items: list[OverlapAnswer]


class Beginning(Shape):
    """Works that come again: an RRULE of RFC 5545 on the site's clock.

    `starts` is the first start, local, without a zone; each lasts `lasts_s` seconds.
    """

    rule: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    starts: Local
    lasts_s: Annotated[int, Field(ge=60, le=31 * 86_400)]
    type: Literal["maintenance", "upgrade"]
    impacts: Annotated[Impacts, Field(min_length=1, max_length=500)]
    title: Annotated[Titles, Field(min_length=1)]
    texts: Texts = Field(default_factory=dict)


class SeriesAnswer(Shape):
    """Works that come again; `next_at` is the next start that is not announced yet, within a year."""

    uid: str
    rule: str
    zone: str
    starts: str
    lasts_s: int
    type: EventType
    title: dict[str, str]
    texts: dict[str, str]
    impacts: dict[str, Impact]
    next_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    version: int


class SeriesPage(Shape):
    """Series, the youngest first, ended ones too."""

    items: list[SeriesAnswer]
    next: str | None
