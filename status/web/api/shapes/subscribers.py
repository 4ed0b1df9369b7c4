"""Those who are told, for leads; and mails that came back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from status.domain.states import EventType, Impact
from status.domain.subscriptions import Pace, SubscriptionState
from status.web.api.shapes.base import PageQuery, Shape


class FollowsAnswer(Shape):
    """What somebody follows: slugs of components and places, numbers of events. All empty: everything."""

    components: list[str]
    departments: list[str]
    exchanges: list[str]
    resources: list[str]
    events: list[str]


class SubscriberAnswer(Shape):
    """Somebody who is told. `address` is empty once he said stop; secrets are never given.

    `digest_at`, `quiet_from`, `quiet_to` are times of the site's day. `consent`: how he said yes, "" by our link.
    """

    uid: str
    channel: str
    address: str
    language: str
    state: SubscriptionState
    customer: str | None
    follows: FollowsAnswer
    types: list[EventType]
    impact: Impact
    pace: Pace
    digest_at: str
    weekday: str
    quiet_from: str | None
    quiet_to: str | None
    per_hour: int | None
    options: dict[str, Any]
    hard_bounces: int
    created_at: datetime
    confirmed_at: datetime | None
    consent: str
    ended_at: datetime | None


class SubscriberPage(Shape):
    """Subscribers, the one that asked first first."""

    items: list[SubscriberAnswer]
    next: str | None


class SubscribersQuery(PageQuery):
    """Which subscribers. No address: what stands in an address line is kept in logs."""

    state: SubscriptionState | None = None
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,24}$")] | None = None


class BounceReport(Shape):
    """That a mail came back. `message_id`: its Message-ID or X-Event-Id; `code`: `5.1.1`, `550`, with words or not."""

    address: Annotated[str, StringConstraints(min_length=3, max_length=320)]
    message_id: Annotated[str, StringConstraints(min_length=36, max_length=998)]
    code: Annotated[str, StringConstraints(min_length=3, max_length=1_000)]


class BounceReports(Shape):
    """Mails that came back."""

    items: Annotated[list[BounceReport], Field(min_length=1, max_length=500)]


class BouncesAnswer(Shape):
    """How many were counted as what; `paused` of the hard ones were the third in a row of their address.

    `known`: counted before. `unknown`: no message of ours that went to this address.
    """

    hard: int
    soft: int
    known: int
    unknown: int
    paused: int
