"""Whom an update concerns (SPEC §4): one choice for the notices that go out and for the count the desk shows.

Followers of a touched component, of one above it, of one below it, of a named place or resource, of the event, of
everything. Who hears the beginning is told the end, and follows to where an event was merged or split: he hears of it
when he was told, or when news of it wait for him.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from status.domain.states import ENDED_STATES, EventType, Impact, PlaceKind, Publication, Visibility
from status.domain.subscriptions import IMPACT_RANKS, TYPE_BITS, FollowKind, Rhythm, SubscriptionState
from status.models import (
    Component,
    CustomerComponent,
    Delivery,
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
        .where(_Choice.of(session, touched).are_told(), Subscription.id > after)
        .order_by(Subscription.id)
        .limit(limit)
    )
    return [Concerned(row.id, row.channel, rhythm_of(row, zone)) for row in rows]


def unheard(session: Session, event_uid: str, limit: int) -> Sequence[int]:
    """Give news of an event that wait for who was told neither of it nor of what went into it: their ids."""
    told = sa.exists().where(
        Told.subscription_id == Delivery.subscription_id, Told.event_uid.in_((event_uid, *_former(session, event_uid)))
    )
    waiting = sa.select(Delivery.id).where(Delivery.event_uid == event_uid, Delivery.message_id.is_(None), ~told)
    return session.scalars(waiting.limit(limit)).all()


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
    told = sa.select(sa.func.count()).select_from(Subscription).where(_Choice.of(session, touched).are_told())
    return session.scalar(told) or 0


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


@dataclass(frozen=True, slots=True)
class _Choice:
    """Chooses whom an update is told.

    `family` is what is touched with all above and below it, `public_family` the same of its public components;
    `private` are the event's components that only customers may know; `former` are the events that went into this one
    and the one it was split from. `is_public`: the public may know of the event. `has_contacts`: there are
    subscriptions of customers, so that one address may be told twice.
    """

    touched: Touching
    family: sa.Subquery
    public_family: sa.Subquery
    private: tuple[int, ...]
    former: tuple[str, ...]
    is_public: bool
    has_contacts: bool

    @classmethod
    def of(cls, session: Session, touched: Touching) -> _Choice:
        """Read who may know what of the event. Three statements."""
        seen = session.execute(_visibilities(touched)).all()
        return cls(
            touched,
            family_of(touched.component_ids),
            family_of(touched.component_ids, public_only=True),
            tuple(id_ for id_, visibility in seen if visibility is Visibility.CUSTOMERS),
            _former(session, touched.event_uid),
            is_public=not seen or any(visibility is Visibility.PUBLIC for _, visibility in seen),
            has_contacts=bool(session.scalar(sa.select(sa.exists().where(Subscription.customer_uid.is_not(None))))),
        )

    def are_told(self) -> sa.ColumnElement[bool]:
        """Choose them; an address that is told as a customer's contact is not told a second time."""
        if not self.has_contacts:
            return self._is_told(Subscription) if self.is_public else sa.false()
        contact = aliased(Subscription)
        as_contact = sa.select(contact.address_hash).where(self._is_contact(contact), self._is_told(contact))
        by_itself = Subscription.customer_uid.is_(None) & Subscription.address_hash.not_in(as_contact)
        may_know = by_itself | self._is_contact(Subscription) if self.is_public else self._is_contact(Subscription)
        return self._is_told(Subscription) & may_know

    def _is_contact(self, row: type[Subscription]) -> sa.ColumnElement[bool]:
        """Whether it is of a customer who may know of the event."""
        of_customer = row.customer_uid.is_not(None)
        return of_customer if self.is_public else of_customer & self._has(row, self.private)

    def _is_told(self, row: type[Subscription]) -> sa.ColumnElement[bool]:
        touched = self.touched
        active = row.state == SubscriptionState.ACTIVE
        if touched.at is not None:
            active &= row.confirmed_at <= touched.at
        if touched.withdrawn:  # what waits for who was told of nothing is dropped: `unheard`
            return active & _told_of(row, (touched.event_uid, *self.former))
        hears = _hears_of(row, (touched.event_uid,))
        is_bad_enough = row.least_impact <= IMPACT_RANKS[touched.impact]
        wants_type = row.types.bitwise_and(TYPE_BITS[touched.type]) != 0
        concerned_by = self._follows(row) & wants_type & (is_bad_enough | hears)
        if self.former:
            concerned_by |= _hears_of(row, self.former)
        return active & (concerned_by | hears if touched.ends else concerned_by)

    def _follows(self, row: type[Subscription]) -> sa.ColumnElement[bool]:
        component = (Follow.kind == FollowKind.COMPONENT) & self._is_touched(row)
        named = sa.select(EventPlace.slug).where(EventPlace.event_uid == self.touched.event_uid)
        places = [
            (Follow.kind == follow) & Follow.key.in_(named.where(EventPlace.kind == kind))
            for follow, kind in PLACES.items()
        ]
        coming = [(Follow.kind == kind) & Follow.key.in_(slugs) for kind, slugs in self.touched.places.items()]
        event = (Follow.kind == FollowKind.EVENT) & Follow.key.in_([self.touched.event_uid, *self.former])
        everything = Follow.kind == FollowKind.ALL
        follow = sa.exists().where(
            Follow.subscription_id == row.id, sa.or_(everything, component, event, *places, *coming)
        )
        if not self.has_contacts:
            return follow
        has_it = self._has(row, sa.select(self.public_family.c.id)) | self._has(row, self.private)
        return follow & (row.customer_uid.is_(None) | has_it)

    def _is_touched(self, row: type[Subscription]) -> sa.ColumnElement[bool]:
        """Whether a followed component is; what only customers may know touches nothing of anybody else's."""
        for_all = Follow.key.in_(sa.select(sa.cast(self.public_family.c.id, sa.String)))
        if not self.has_contacts:
            return for_all
        for_customers = Follow.key.in_(sa.select(sa.cast(self.family.c.id, sa.String)))
        return for_all | (row.customer_uid.is_not(None) & for_customers)

    def _has(self, row: type[Subscription], ids: Sequence[int] | sa.Select[Any]) -> sa.Exists:
        """Whether a customer has one of these; of what only customers may know it is the thing itself that counts."""
        return sa.exists().where(
            CustomerComponent.customer_uid == row.customer_uid, CustomerComponent.component_id.in_(ids)
        )


def _visibilities(touched: Touching) -> sa.Select[int, Visibility]:
    """Choose the components of an event, those that left too; of one that is yet to be opened those it will touch."""
    seen = sa.select(Component.id, Component.visibility)
    if not touched.event_uid:
        return seen.where(Component.id.in_(touched.component_ids))
    named = seen.join(EventComponent, EventComponent.component_id == Component.id)
    return named.where(EventComponent.event_uid == touched.event_uid)


def _former(session: Session, event_uid: str) -> tuple[str, ...]:
    """Give the events that went into this one, by others or at once, and the one it was split from."""
    if not event_uid:
        return ()
    went = sa.select(Event.uid).where(Event.merged_into == event_uid).cte("went", recursive=True)
    went = went.union(sa.select(Event.uid).join(went, Event.merged_into == went.c.uid))
    origin = sa.select(Event.split_from).where(Event.uid == event_uid, Event.split_from.is_not(None))
    return tuple(session.scalars(sa.union(sa.select(went.c.uid), origin)))


def _told_of(row: type[Subscription], uids: Sequence[str]) -> sa.Exists:
    return sa.exists().where(Told.subscription_id == row.id, Told.event_uid.in_(uids))


def _hears_of(row: type[Subscription], uids: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether it was told of one of these events, or news of it wait: by quiet hours, a cap, a relay that is away."""
    waits = sa.exists().where(
        Delivery.subscription_id == row.id, Delivery.event_uid.in_(uids), Delivery.message_id.is_(None)
    )
    return _told_of(row, uids) | waits


def family_of(component_ids: Collection[int], *, public_only: bool = False) -> sa.Subquery:
    """Choose these components with all above and below them, as far as somebody outside may follow them."""
    may = Component.visibility == Visibility.PUBLIC if public_only else Component.visibility != Visibility.INTERNAL
    of = "public_" if public_only else ""
    start = sa.select(Component.id).where(Component.id.in_(component_ids), may)
    below = start.cte(f"{of}below", recursive=True)
    below = below.union(sa.select(Component.id).join(below, Component.parent_id == below.c.id))
    above = sa.select(Component.id, Component.parent_id).where(Component.id.in_(component_ids), may)
    tree = above.cte(f"{of}above", recursive=True)
    tree = tree.union(sa.select(Component.id, Component.parent_id).join(tree, Component.id == tree.c.parent_id))
    return sa.union(sa.select(below.c.id), sa.select(tree.c.id)).subquery()
