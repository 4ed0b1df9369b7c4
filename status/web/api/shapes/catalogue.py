"""Components and checks: what is watched, how it stands, what was seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from status.domain.states import HoldAction, PublicState, Verdict, Visibility
from status.web.api.shapes.base import Line, PageQuery, Query, Shape, Slug, Time


class ComponentAnswer(Shape):
    """A component. `verdict` is what detection decided, `own_state` its own, `public_state` what customers read of it.

    `public_state` is null for what the public may not know and for what is retired.
    """

    slug: str
    parent: str | None
    area: str
    children: list[str]
    name: dict[str, str]
    description: dict[str, str]
    visibility: Visibility
    verdict: Verdict | None
    verdict_reason: str
    verdict_since: datetime | None
    own_state: PublicState | None
    state: PublicState | None
    public_state: PublicState | None
    public_since: datetime | None
    resources: list[str]
    departments: list[str]
    exchanges: list[str]
    operators: list[str]
    depends_on: list[str]
    redundant_with: list[str]
    checks: list[int]
    retired_at: datetime | None


class ComponentPage(Shape):
    """Components, each after its parent."""

    items: list[ComponentAnswer]
    next: str | None


class AvailabilityQuery(Query):
    """Which month, like 2026-11."""

    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class DayAnswer(Shape):
    """A day: seconds by state; `outages` began that day."""

    on: date
    seconds: dict[PublicState, float]
    outages: int


class AvailabilityAnswer(Shape):
    """A component's month. `ratio` (0 to 1) is null when nothing is known; works and unknown are left out of it."""

    component: str
    month: str
    zone: str
    ratio: float | None
    outages: int
    seconds: dict[PublicState, float]
    days: list[DayAnswer]


class HoldAnswer(Shape):
    """A mute or a disabling. `until` null: until a person ends it."""

    check: int
    action: HoldAction
    reason: str
    by: str
    began_at: datetime
    until: datetime | None
    ended_at: datetime | None


class LookAnswer(Shape):
    """One run of a check. `outcome`: ok, slow, failed, broken (our own fault)."""

    check: int
    location: str
    sequence: int
    at: datetime
    due_at: datetime
    duration_s: float
    outcome: str
    reason: str
    detail: str
    standing: bool


class LookPage(Shape):
    """Runs, the youngest first."""

    items: list[LookAnswer]
    next: str | None


class LooksQuery(PageQuery):
    """Which runs: those due from `since` on and before `until`, from one location or all."""

    since: Time | None = None
    until: Time | None = None
    location: Slug | None = None


class CheckAnswer(Shape):
    """A check and how it stands. `looks` are its last runs (only where one check is asked for)."""

    id: int
    name: str
    component: str
    kind: str
    interval_s: float
    timeout_s: float
    verdict: str | None
    holds: list[HoldAnswer]
    looks: list[LookAnswer]
    retired_at: datetime | None


class CheckPage(Shape):
    """Checks in service, by id."""

    items: list[CheckAnswer]
    next: str | None


class ChecksQuery(PageQuery):
    """Which checks."""

    component: Slug | None = None
    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,119}$")] | None = None


class Running(Shape):
    """From where to look; null: from the monitor's own place."""

    location: Slug | None = None


class RunAnswer(Shape):
    """A run that was asked for. The monitor takes it up within a second; `GET` of its uid has then its trace."""

    uid: str
    check: int
    location: str
    asked_at: datetime


class TraceAnswer(Shape):
    """A run that was asked for, as it went. `reason` empty: it was well; `sequence` is its look's."""

    uid: str
    check: int
    location: str
    sequence: int
    at: datetime
    reason: str
    detail: str
    phases_s: dict[str, float]
    evidence: dict[str, Any]
    trace: list[str]


class Muting(Shape):
    """Until when a check opens nothing and alerts nobody."""

    until: Time
    reason: Line = ""


class Disabling(Shape):
    """Why a check decides nothing, and until when (null: until a person enables it)."""

    reason: Annotated[Line, StringConstraints(min_length=1)]
    until: Time | None = Field(default=None)
