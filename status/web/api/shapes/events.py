"""Events as the API gives them, and what is done to them. An event is addressed by its number or its uid."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from status.domain.states import EventState, EventType, Impact, Origin, Publication
from status.queries.travaux import Stage
from status.web.api.shapes.base import AccountName, Impacts, PageQuery, Shape, Slug, Texts, Time, Titles, Words

Area = Annotated[str, StringConstraints(pattern=r"^(hosting|email|telephony|xdsl)$")]
EventReference = Annotated[
    str, StringConstraints(pattern=r"^([0-9]{1,9}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$")
]


class TouchedAnswer(Shape):
    """A component an event touches; `left_at` once it has left, `set_by` who stated its impact last."""

    component: str
    name: dict[str, str]
    path: str
    impact: Impact
    set_by: str
    joined_at: datetime
    left_at: datetime | None


class EventAnswer(Shape):
    """An event with everything known of it. `version` is what the ETag says. Internal: never shown to the public."""

    uid: str
    n: int | None
    type: EventType
    title: dict[str, str]
    advice: dict[str, str]
    state: EventState
    impact: Impact
    severity: int
    publication: Publication
    components: list[TouchedAnswer]
    departments: list[str]
    exchanges: list[str]
    operators: list[str]
    resources: list[str]
    planned_start_at: datetime | None
    planned_end_at: datetime | None
    planned_history: list[str]
    announced_at: datetime | None
    started_at: datetime | None
    detected_at: datetime | None
    expected_end_at: datetime | None
    ended_at: datetime | None
    next_update_at: datetime | None
    publish_at: datetime | None
    published_at: datetime | None
    progress: int
    reason: str
    cause: str
    measures: str
    customers_touched: int | None
    emergency_calls: bool | None
    sla_excluded: bool
    sla_excluded_reason: str
    series_uid: str | None
    occurrence_at: datetime | None
    unstable: bool
    internal: bool
    origin: Origin
    opened_by: str
    taken_by: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    assigned_to: str | None
    withdrawn_reason: str
    merged_into: str | None
    split_from: str | None
    work_uid: str | None
    links: list[str]
    created_at: datetime
    version: int


class EventPage(Shape):
    """A page of events, the youngest first. `next` is the cursor of the following page, null on the last."""

    items: list[EventAnswer]
    next: str | None


class EventsQuery(PageQuery):
    """Which events: those between `since` and `until` for a part at least, and all the rest as said."""

    area: Area | None = None
    type: EventType | None = None
    state: EventState | None = None
    stage: Stage | None = None
    publication: Publication | None = None
    component: Slug | None = None
    since: Time | None = None
    until: Time | None = None


class Opening(Shape):
    """An incident to open; `happened_at`: since when it lasts, if not now. A draft has no number and is not told."""

    impacts: Annotated[Impacts, Field(min_length=1, max_length=500)]
    title: Titles = Field(default_factory=dict)
    texts: Texts = Field(default_factory=dict)
    state: EventState = EventState.INVESTIGATING
    severity: Annotated[int, Field(ge=1, le=5)] | None = None
    happened_at: Time | None = None
    expected_end_at: Time | None = None
    next_update_at: Time | None = None
    draft: bool = False


class Saying(Shape):
    """Words of a step, by language; none is well too: a sentence is made."""

    texts: Texts = Field(default_factory=dict)


class Closing(Shape):
    """The end of an incident; `ended_at` when it ended before now."""

    texts: Texts = Field(default_factory=dict)
    ended_at: Time | None = None


class Withdrawing(Shape):
    """Why it was a false alarm, for those who were told."""

    reason: Annotated[Texts, Field(min_length=1)]


class PublishingLater(Shape):
    """When a draft becomes public by itself; null: when a person says so."""

    publish_at: Time | None


class Merging(Shape):
    """Open incidents that become part of the one in the address."""

    events: Annotated[list[EventReference], Field(min_length=1, max_length=50)]
    texts: Texts = Field(default_factory=dict)


class Splitting(Shape):
    """Components that leave to an incident of their own."""

    components: Annotated[list[Slug], Field(min_length=1, max_length=500)]
    title: Titles = Field(default_factory=dict)
    texts: Texts = Field(default_factory=dict)


class Linking(Shape):
    """Another event this one has to do with."""

    event: EventReference


class Assigning(Shape):
    """Who sees to it, by the name of the account (null: nobody), and a note for him."""

    account: AccountName | None
    note: Words = ""


class Facts(Shape):
    """What the authority asks for. What is left out stays."""

    customers_touched: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    emergency_calls: bool | None = None
    cause: Words | None = None
    measures: Words | None = None
    detected_at: Time | None = None
    sla_excluded_reason: Words | None = None
