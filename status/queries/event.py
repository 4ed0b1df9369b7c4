"""One event's page: the card, all its posts, where it was merged to and the work it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from status.domain.audience import Audience
from status.domain.departments import find_department
from status.domain.event import worst_impact
from status.domain.states import ENDED_STATES, Impact, PlaceKind
from status.domain.work import former_times
from status.models import Event, EventLink, EventUpdate, PostMortem
from status.queries.cards import Card, Post, known, read_cards, read_posts
from status.queries.components import Places, read_places
from status.queries.place import KnownPlace, read_places_of
from status.queries.snapshot import is_keeping, kept, kept_last


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place as an event names it: its code, with its name where it has one; `slug` leads to its page, if any."""

    words: str
    slug: str | None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything an event's page says. `posts` are newest first.

    Numbers of other events: the one it was merged into, the work it belongs to, those `merged` into it, the one it was
    `split_from`, the `parts` split from it, and those a person linked to it (`related`). `former_times` were announced
    for a work before those of now, the oldest first.
    """

    places: Places
    card: Card
    posts: tuple[Post, ...]
    advice: Mapping[str, str]
    departments: tuple[NamedPlace, ...]
    exchanges: tuple[NamedPlace, ...]
    operators: tuple[str, ...]
    resources: tuple[NamedPlace, ...]
    cause: str
    measures: str
    withdrawn_reason: str
    merged_into: int | None
    work: int | None
    merged: tuple[int, ...]
    split_from: int | None
    parts: tuple[int, ...]
    related: tuple[int, ...]
    has_post_mortem: bool
    former_times: tuple[tuple[datetime, datetime], ...]

    @property
    def worst_impact(self) -> Impact:
        """Give the worst that was announced or felt; once it is over its impact now is none."""
        return worst_impact((self.card.impact, *(post.impact for post in self.posts)))

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.card.state in ENDED_STATES


def read_event(session: Session, audience: Audience, n: int) -> EventPage | None:
    """Read the event with public number `n`; None when `audience` may not know of it or it never was."""
    return kept_last(session, "event", (audience, n), lambda: _read_event(session, audience, n))


def _read_event(session: Session, audience: Audience, n: int) -> EventPage | None:
    places = read_places(session, audience)
    cards = read_cards(session, places, sa.select(Event).where(Event.n == n))
    event = session.scalar(sa.select(Event).where(Event.n == n))
    if event is None or not cards:
        return None
    posts = read_posts(session, EventUpdate.event_uid == event.uid).get(event.uid, ())
    others = _numbers(session, places, event)
    at_places = read_places_of(session, event.departments, event.exchanges, event.resources)
    return EventPage(
        places=places,
        card=cards[0],
        posts=tuple(reversed(posts)),
        advice=event.advice,
        departments=_named(at_places, PlaceKind.DEPARTMENT, event.departments),
        exchanges=_named(at_places, PlaceKind.EXCHANGE, event.exchanges),
        operators=tuple(event.operators),
        resources=_named(at_places, PlaceKind.RESOURCE, event.resources),
        cause=event.cause,
        measures=event.measures,
        withdrawn_reason=event.withdrawn_reason,
        merged_into=others.get(event.merged_into),
        work=others.get(event.work_uid),
        merged=_naming(session, places, Event.merged_into, event.uid),
        split_from=others.get(event.split_from),
        parts=_naming(session, places, Event.split_from, event.uid),
        related=_numbers_of(session, places, Event.uid.in_(_linked(event.uid))),
        has_post_mortem=_has_post_mortem(session, event.uid),
        former_times=former_times(event.planned_history),
    )


def _named(places: Sequence[KnownPlace], kind: PlaceKind, codes: Sequence[str]) -> tuple[NamedPlace, ...]:
    by_code = {place.code: place for place in places if place.kind is kind}
    code_of = find_department if kind is PlaceKind.DEPARTMENT else str.strip
    found = ((code, by_code.get(code_of(code) or "")) for code in codes)
    return tuple(NamedPlace(_called(place), place.slug) if place else NamedPlace(code, None) for code, place in found)


def _called(place: KnownPlace) -> str:
    return f"{place.name} ({place.code})" if place.name and place.name != place.code else place.code


def _numbers(session: Session, places: Places, event: Event) -> dict[str | None, int | None]:
    uids = [uid for uid in (event.merged_into, event.work_uid, event.split_from) if uid is not None]
    if not uids:
        return {}
    statement = sa.select(Event.uid, Event.n).where(Event.uid.in_(uids), known(places))
    return dict(session.execute(statement).all())


def _linked(uid: str) -> sa.CompoundSelect[str]:
    others = sa.select(EventLink.other_uid).where(EventLink.event_uid == uid)
    return others.union(sa.select(EventLink.event_uid).where(EventLink.other_uid == uid))


def _has_post_mortem(session: Session, uid: str) -> bool:
    published = sa.select(PostMortem.event_uid).where(PostMortem.event_uid == uid, PostMortem.published_at.is_not(None))
    return session.scalar(published) is not None


def _naming(session: Session, places: Places, column: InstrumentedAttribute[str | None], uid: str) -> tuple[int, ...]:
    """Give the numbers of events that name this one in a column; a snapshot reads who names whom once."""
    if not is_keeping(session):
        return _numbers_of(session, places, column == uid)
    return kept(session, ("naming", column.key, id(places)), lambda: _all_naming(session, places, column)).get(uid, ())


def _all_naming(
    session: Session, places: Places, column: InstrumentedAttribute[str | None]
) -> dict[str | None, tuple[int, ...]]:
    named: dict[str | None, tuple[int, ...]] = {}
    shown = known(places) & column.is_not(None)
    for uid, n in session.execute(sa.select(column, Event.n).where(shown).order_by(Event.n)):
        if n is not None:
            named[uid] = (*named.get(uid, ()), n)
    return named


def _numbers_of(session: Session, places: Places, which: sa.ColumnElement[bool]) -> tuple[int, ...]:
    """Give the numbers of those events that the reader of these places may know."""
    statement = sa.select(Event.n).where(which, known(places)).order_by(Event.n)
    return tuple(n for n in session.scalars(statement) if n is not None)
