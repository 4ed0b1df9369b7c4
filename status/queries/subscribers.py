"""Subscribers as leads, files and programs see them: what each follows is named, nothing secret is read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import EventType, Impact
from status.domain.subscriptions import (
    ALL_TYPES,
    IMPACT_RANKS,
    WEEKDAYS,
    FollowKind,
    Pace,
    SubscriptionState,
    bits_of,
    types_of,
    written_minute,
)
from status.models import Component, Customer, Event, Follow, Subscription

AT_ONCE: Final = 500
IMPACTS: Final = {rank: impact for impact, rank in IMPACT_RANKS.items()}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription. `address` is empty once it has stopped. `follows` holds slugs, an event's number; empty: all."""

    id: int
    uid: str
    channel: str
    address: str
    language: str
    state: SubscriptionState
    customer: str | None
    follows: Mapping[FollowKind, tuple[str, ...]]
    types: tuple[EventType, ...]
    impact: Impact
    pace: Pace
    digest_minute: int
    digest_weekday: int
    quiet: tuple[int, int] | None
    per_hour: int | None
    options: Mapping[str, Any]
    hard_bounces: int
    created_at: datetime
    confirmed_at: datetime | None
    consent: str
    ended_at: datetime | None
    sealed: str
    """The secret of its signatures, sealed; empty where its channel has none."""

    def cells(self) -> dict[str, str]:
        """Give it as a file holds it, its secret left empty."""
        begins, ends = map(written_minute, self.quiet) if self.quiet else ("", "")
        named = {kind: " ".join(self.follows.get(kind, ())) for kind in FollowKind}
        all_types = bits_of(self.types) == ALL_TYPES
        return {
            "channel": self.channel, "address": self.address, "language": self.language, "state": self.state.value,
            "components": named[FollowKind.COMPONENT], "departments": named[FollowKind.DEPARTMENT],
            "exchanges": named[FollowKind.EXCHANGE], "resources": named[FollowKind.RESOURCE],
            "events": named[FollowKind.EVENT],
            "types": "" if all_types else " ".join(type_.value for type_ in self.types),
            "impact": self.impact.value, "pace": self.pace.value, "digest_at": written_minute(self.digest_minute),
            "weekday": WEEKDAYS[self.digest_weekday], "quiet_from": begins, "quiet_to": ends,
            "per_hour": "" if self.per_hour is None else str(self.per_hour), "customer": self.customer or "",
            "options": json.dumps(self.options, sort_keys=True) if self.options else "",
            "confirmed_at": self.confirmed_at.isoformat() if self.confirmed_at else "", "consent": self.consent,
            "secret": "",
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sought:
    """Which subscribers; None: whichever."""

    states: frozenset[SubscriptionState] | None = None
    channel: str | None = None
    hashes: frozenset[str] | None = None


def subscribers(session: Session, sought: Sought, after: int, limit: int) -> Sequence[Subscriber]:
    """Give those with an id above `after`, by id. Four statements."""
    wanted = (
        sa.select(Subscription, Customer.external_ref)
        .outerjoin(Customer, Customer.uid == Subscription.customer_uid)
        .where(Subscription.id > after, *_which(sought))
        .order_by(Subscription.id)
        .limit(limit)
    )
    rows = session.execute(wanted).all()
    follows = _follows(session, [row.id for row, _ in rows])
    return [_subscriber(row, customer, follows.get(row.id, {})) for row, customer in rows]


def all_subscribers(session: Session, sought: Sought) -> Iterator[Subscriber]:
    """Give them all, read a slice at a time."""
    after = 0
    while page := subscribers(session, sought, after, AT_ONCE):
        yield from page
        session.expunge_all()
        after = page[-1].id


def subscriber(session: Session, uid: str) -> Subscriber | None:
    """Find one; None when it is forgotten."""
    id_ = session.scalar(sa.select(Subscription.id).where(Subscription.uid == uid))
    return subscribers(session, Sought(), id_ - 1, 1)[0] if id_ is not None else None


def _which(sought: Sought) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if sought.states is not None:
        wanted.append(Subscription.state.in_(sought.states))
    if sought.channel is not None:
        wanted.append(Subscription.channel == sought.channel)
    if sought.hashes is not None:
        wanted.append(Subscription.address_hash.in_(sought.hashes))
    return wanted


def _follows(session: Session, ids: Sequence[int]) -> Mapping[int, Mapping[FollowKind, tuple[str, ...]]]:
    rows = session.execute(
        sa.select(Follow.subscription_id, Follow.kind, Follow.key)
        .where(Follow.subscription_id.in_(ids), Follow.kind != FollowKind.ALL)
        .order_by(Follow.key)
    ).all()
    components = {int(key) for _, kind, key in rows if kind is FollowKind.COMPONENT}
    slugs = session.execute(sa.select(Component.id, Component.slug).where(Component.id.in_(components)))
    events = {key for _, kind, key in rows if kind is FollowKind.EVENT}
    numbers = session.execute(sa.select(Event.uid, Event.n).where(Event.uid.in_(events)))
    names = {str(id_): slug for id_, slug in slugs} | {uid: str(n) for uid, n in numbers if n is not None}
    found: dict[int, dict[FollowKind, list[str]]] = defaultdict(lambda: defaultdict(list))
    for id_, kind, key in rows:
        if kind not in {FollowKind.COMPONENT, FollowKind.EVENT}:
            found[id_][kind].append(key)
        elif key in names:
            found[id_][kind].append(names[key])
    return {id_: {kind: tuple(sorted(named)) for kind, named in of.items()} for id_, of in found.items()}


def _subscriber(row: Subscription, customer: str | None, follows: Mapping[FollowKind, tuple[str, ...]]) -> Subscriber:
    return Subscriber(
        id=row.id, uid=row.uid, channel=row.channel, address=row.address, language=row.language, state=row.state,
        customer=customer, follows=follows, types=types_of(row.types), impact=IMPACTS[row.least_impact],
        pace=row.pace, digest_minute=row.digest_minute, digest_weekday=row.digest_weekday, quiet=row.quiet,
        per_hour=row.per_hour, options=row.options, hard_bounces=row.hard_bounces, created_at=row.created_at,
        confirmed_at=row.confirmed_at, consent=row.consent, ended_at=row.ended_at, sealed=row.secret,
    )  # fmt: skip
