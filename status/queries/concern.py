"""Whom an update concerns (SPEC §4): one choice for the notices that go out and for the count the desk shows.

Followers of a touched component, of one above it, of one below it, of a named place or resource, of the event, of
everything. Who was told the beginning is told the end, and follows to where an event was merged or split.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import ENDED_STATES, EventType, Impact, PlaceKind, Publication, Visibility
from status.domain.subscriptions import IMPACT_RANKS, TYPE_BITS, FollowKind, Rhythm, SubscriptionState
from status.models import (
    Component,
    CustomerComponent,
    Event,
    EventComponent,
    EventPlace,
    EventUpdate,
    Follow,
    Place,
    Subscription,
    Told,
)
from status.queries.rhythm import RHYTHM_COLUMNS, rhythm_of

PLACES: Final = {
    FollowKind.DEPARTMENT: PlaceKind.DEPARTMENT,
    FollowKind.EXCHANGE: PlaceKind.EXCHANGE,
    FollowKind.RESOURCE: PlaceKind.RESOURCE,
}


@dataclass(frozen=True, slots=True)
class Concerned:
    """A subscription that is to be told, by which channel, and when it wants its news."""

    id: int
    channel: str
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class Touching:
    """What an update touches: the event, its components, what it is, how bad, and whether it is its last word."""

    event_uid: str
    component_ids: Collection[int]
    type: EventType
    impact: Impact
    ends: bool = False
    withdrawn: bool = False
    at: datetime | None = None
    """When it was noticed: who said yes later is told with the next update."""

    places: Mapping[FollowKind, Collection[str]] = field(default_factory=dict)
    """Slugs of places it will name, of an event that is in no index yet."""


def touching(session: Session, event: Event, update: EventUpdate, at: datetime | None = None) -> Touching:
    """Say what an update touches. Its last word goes to those who follow a component that left as well."""
    withdrawn = event.publication is Publication.WITHDRAWN
    ends = withdrawn or update.state in ENDED_STATES
    return Touching(event.uid, _touched(session, event, ends), event.type, update.impact, ends, withdrawn, at)


def _touched(session: Session, event: Event, ends: bool) -> Sequence[int]:  # noqa: FBT001 - as it was found
    named = sa.select(EventComponent.component_id).where(EventComponent.event_uid == event.uid)
    return session.scalars(named if ends else named.where(EventComponent.left_at.is_(None))).all()


def concerned(session: Session, touched: Touching, zone: str, after: int, limit: int) -> Sequence[Concerned]:
    """Give the active subscriptions an update concerns, by id, those `after` an id only. Times are of `zone`."""
    rows = session.execute(
        sa.select(Subscription.id, Subscription.channel, *RHYTHM_COLUMNS)
        .where(_are_told(touched), Subscription.id > after)
        .order_by(Subscription.id)
        .limit(limit)
    )
    return [Concerned(row.id, row.channel, rhythm_of(row, zone)) for row in rows]


def reach(session: Session, event: Event, *, ends: bool = False) -> int:
    """Count the subscriptions the next update of an event would go to; `ends`: when it is its last word."""
    withdrawn = event.publication is Publication.WITHDRAWN
    ends = ends or withdrawn or event.state in ENDED_STATES
    ids = _touched(session, event, ends)
    places = {} if event.n else _places_of(session, [event, *_components(session, ids)])
    return _count(session, Touching(event.uid, ids, event.type, event.impact, ends, withdrawn, places=places))


def reach_of(session: Session, component_ids: Collection[int], type_: EventType, impact: Impact) -> int:
    """Count the subscriptions that an event which touches these components would go to when it is opened."""
    if not component_ids:
        return 0
    places = _places_of(session, _components(session, component_ids))
    return _count(session, Touching("", component_ids, type_, impact, places=places))


def _count(session: Session, touched: Touching) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Subscription).where(_are_told(touched))) or 0


def _components(session: Session, ids: Collection[int]) -> Sequence[Component]:
    public = sa.select(Component).where(Component.id.in_(ids), Component.visibility == Visibility.PUBLIC)
    return session.scalars(public).all()


def _places_of(session: Session, rows: Sequence[Event | Component]) -> dict[FollowKind, set[str]]:
    """Give the places these name, as they can be followed: one that nobody named before has no follower."""
    codes = {code for row in rows for code in (*row.exchanges, *row.resources)}
    known = session.execute(sa.select(Place.kind, Place.code, Place.slug).where(Place.code.in_(codes)))
    slugs = {(kind, code): slug for kind, code, slug in known}
    exchanges = {slugs.get((PlaceKind.EXCHANGE, code), "") for row in rows for code in row.exchanges}
    resources = {slugs.get((PlaceKind.RESOURCE, code), "") for row in rows for code in row.resources}
    departments = {code.lower() for row in rows for code in row.departments}
    return {
        FollowKind.DEPARTMENT: departments, FollowKind.EXCHANGE: exchanges - {""}, FollowKind.RESOURCE: resources - {""}
    }  # fmt: skip


def _are_told(touched: Touching) -> sa.ColumnElement[bool]:
    was_told = _told_of(sa.literal(touched.event_uid))
    active = Subscription.state == SubscriptionState.ACTIVE
    if touched.at is not None:
        active &= Subscription.confirmed_at <= touched.at
    if touched.withdrawn:
        return active & was_told
    is_bad_enough = Subscription.least_impact <= IMPACT_RANKS[touched.impact]
    wants_type = Subscription.types.bitwise_and(TYPE_BITS[touched.type]) != 0
    follows = _follows(touched) & wants_type & (is_bad_enough | was_told)
    moved = _told_of(sa.select(Event.uid).where(Event.merged_into == touched.event_uid))
    split = _told_of(sa.select(Event.split_from).where(Event.uid == touched.event_uid, Event.split_from.is_not(None)))
    told = moved | split | was_told if touched.ends else moved | split
    return active & (follows | told)


def _told_of(uids: sa.Select[Any] | sa.BindParameter[str]) -> sa.Exists:
    is_it = Told.event_uid == uids if isinstance(uids, sa.BindParameter) else Told.event_uid.in_(uids)
    return sa.exists().where(Told.subscription_id == Subscription.id, is_it)


def _follows(touched: Touching) -> sa.ColumnElement[bool]:
    family = family_of(touched.component_ids)
    component = (Follow.kind == FollowKind.COMPONENT) & Follow.key.in_(sa.select(sa.cast(family.c.id, sa.String)))
    places = [
        (Follow.kind == follow)
        & Follow.key.in_(
            sa.select(EventPlace.slug).where(EventPlace.event_uid == touched.event_uid, EventPlace.kind == kind)
        )
        for follow, kind in PLACES.items()
    ]
    named = [(Follow.kind == kind) & Follow.key.in_(slugs) for kind, slugs in touched.places.items()]
    event = (Follow.kind == FollowKind.EVENT) & (Follow.key == touched.event_uid)
    everything = Follow.kind == FollowKind.ALL
    follow = sa.exists().where(
        Follow.subscription_id == Subscription.id, sa.or_(everything, component, event, *places, *named)
    )
    own = sa.exists().where(
        CustomerComponent.customer_uid == Subscription.customer_uid,
        CustomerComponent.component_id.in_(sa.select(family.c.id)),
    )
    return follow & (Subscription.customer_uid.is_(None) | own)


def family_of(component_ids: Collection[int]) -> sa.Subquery:
    """Choose these components with all above and below them, as far as somebody outside may follow them."""
    start = sa.select(Component.id).where(Component.id.in_(component_ids), Component.visibility != Visibility.INTERNAL)
    below = start.cte("below", recursive=True)
    below = below.union(sa.select(Component.id).join(below, Component.parent_id == below.c.id))
    above = sa.select(Component.id, Component.parent_id).where(
        Component.id.in_(component_ids), Component.visibility != Visibility.INTERNAL
    )
    tree = above.cte("above", recursive=True)
    tree = tree.union(sa.select(Component.id, Component.parent_id).join(tree, Component.id == tree.c.parent_id))
    return sa.union(sa.select(below.c.id), sa.select(tree.c.id)).subquery()
