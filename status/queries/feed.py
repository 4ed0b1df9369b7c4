"""The updates a feed carries: all of its window, the latest of each open event, and at least a few (SPEC §4, §6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.states import OPEN_STATES, EventState, EventType, Impact, PlaceKind
from status.models import Event, EventComponent, EventPlace, EventUpdate, UpdateText
from status.queries.cards import known
from status.queries.components import Place, Places, read_places
from status.queries.posted import ROWS_KEPT, Candidate, Posted, Row, Words, published_posts, read_posted, read_rows
from status.queries.snapshot import is_one_of_many, kept, kept_each, kept_last


@dataclass(frozen=True, slots=True)
class Window:
    """How far back a feed reaches: `days`, at least `least` items, at most `most`."""

    days: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One update. `uid` is its stored identifier in the feed's language; `texts` and `title` map language to words.

    `by_robot`: its words are a template's. `changed_at` is when its words were last touched, `published_at` when it was
    first public; never back-dated. `areas` are the slugs of the touched areas the reader may know.
    """

    uid: str
    event_uid: str
    n: int
    k: int
    type: EventType
    state: EventState
    impact: Impact
    action: str
    title: Mapping[str, str]
    texts: Mapping[str, str]
    generated: Mapping[str, Any]
    areas: tuple[str, ...]
    by_robot: bool
    happened_at: datetime | None
    published_at: datetime
    changed_at: datetime
    redacted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a feed is narrowed to; at most one is given. A place is its kind and slug.

    `components` are a customer's own: what touches one of them, or one above or below it. None: not narrowed so.
    """

    component: Place | None = None
    components: tuple[Place, ...] | None = None
    type: EventType | None = None
    place: tuple[PlaceKind, str] | None = None

    @property
    def followed(self) -> tuple[Place, ...] | None:
        """Give the components it is about; None for all there are."""
        return self.components if self.component is None else (self.component,)


EVERYTHING: Final = About()


def feed_items(  # noqa: PLR0917 - what a feed is, in the order it is said
    session: Session, audience: Audience, language: str, window: Window, now: datetime, about: About = EVERYTHING
) -> tuple[FeedItem, ...]:
    """Give a feed's items, newest first, narrowed to what it is `about` (SPEC §4).

    A component's followers are concerned by what touches it, those above it and those below it; a place's by what names
    it. Past `window.most` items the oldest of closed events leave first, then the oldest. `now` is the decider's last
    commit.
    """
    followed = None if about.followed is None else tuple(place.id for place in about.followed)
    narrowed = (followed, about.type, about.place)
    key = (audience, language, window, now, narrowed)
    return kept_last(session, "feed", key, lambda: _read(session, audience, language, window, now, about))


def _read(  # noqa: PLR0917 - as `feed_items`
    session: Session, audience: Audience, language: str, window: Window, now: datetime, about: About
) -> tuple[FeedItem, ...]:
    places = read_places(session, audience)
    since = now - timedelta(days=window.days)
    if not is_one_of_many(session, "feeds"):
        candidates = _candidates(session, language, _concerns(places, about), window, since)
        return _items(session, places, language, _chosen(candidates, window, since))
    posted = kept(session, ("posted", language), lambda: read_posted(session, language))

    if about.component is None:
        return _items(session, places, language, _chosen(_of_posted(posted, places, about), window, since))

    def ids_of(place: Place) -> list[int]:
        key = ("chosen", language, id(places), window, now, place.id)
        of_it = About(component=place)
        return kept(session, key, lambda: _chosen(_of_posted(posted, places, of_it), window, since))

    ahead = (id_ for place in places.after(about.component) for id_ in ids_of(place))
    return _items(session, places, language, ids_of(about.component), ahead)


def _items(
    session: Session, places: Places, language: str, ids: Sequence[int], ahead: Iterable[int] = ()
) -> tuple[FeedItem, ...]:
    """Give these updates as items, each made once for all feeds of a snapshot that carry it."""

    def read(missing: Sequence[int]) -> Mapping[int, FeedItem]:
        return {id_: _item(row, language) for id_, row in read_rows(session, places, missing).items()}

    items = kept_each(session, ("feed items", language, id(places)), ROWS_KEPT, ids, read, ahead=ahead)
    return tuple(items[id_] for id_ in ids)


def _of_posted(posted: Posted, places: Places, about: About) -> list[Candidate]:
    if about.followed is not None:
        return posted.of(_family(places, about.followed))
    if about.type is not None:
        return posted.about(places.by_id.keys(), within=posted.by_type.get(about.type, frozenset()))
    if about.place is not None:
        return posted.about(places.by_id.keys(), within=posted.by_place.get(about.place, frozenset()))
    return posted.about(places.by_id.keys())


def _concerns(places: Places, about: About) -> sa.ColumnElement[bool]:
    """Say which events a reader may see here; one that names no component is in no component's feed."""
    if about.followed is not None:
        family = EventComponent.component_id.in_(_family(places, about.followed))
        return Event.uid.in_(sa.select(EventComponent.event_uid).where(family))
    if about.type is not None:
        return known(places) & (Event.type == about.type)
    if about.place is not None:
        kind, slug = about.place
        named = sa.select(EventPlace.event_uid).where(EventPlace.kind == kind, EventPlace.slug == slug)
        return known(places) & Event.uid.in_(named)
    return known(places)


def _family(places: Places, components: Iterable[Place]) -> Collection[int]:
    found: set[int] = set()
    for component in components:
        found.update(place.id for place in places.path(component))
        found.update((component.id, *(place.id for place in places.below(component))))
    return found


def _candidates(
    session: Session, language: str, concerns: sa.ColumnElement[bool], window: Window, since: datetime
) -> list[Candidate]:
    published = published_posts(language).where(concerns)
    ids = published.with_only_columns(EventUpdate.id)
    newest = ids.limit(window.least).subquery()
    # Each by an index of its own: where any may hold, all updates there ever were are looked through.
    chosen = sa.union(
        ids.order_by(None).where(UpdateText.published_at >= since),
        ids.order_by(None).where(Event.uid.in_(sa.select(Event.uid).where(Event.state.in_(OPEN_STATES)))),
        sa.select(newest.c.id),
    )
    rows = session.execute(published.where(EventUpdate.id.in_(chosen)))
    return [Candidate.of(row) for row in rows]


def _chosen(candidates: Sequence[Candidate], window: Window, since: datetime) -> list[int]:
    """Choose among candidates, newest first; keeps their order and gives their ids."""
    seen: set[str] = set()
    chosen: list[Candidate] = []
    for rank, candidate in enumerate(candidates):
        latest_of_open = candidate.is_open and candidate.event_uid not in seen
        seen.add(candidate.event_uid)
        if candidate.published_at >= since or rank < window.least or latest_of_open:
            chosen.append(candidate)
    too_many = len(chosen) - window.most
    if too_many <= 0:
        return [candidate.id for candidate in chosen]
    leaving = sorted(chosen, key=lambda candidate: (candidate.is_open, candidate.published_at, candidate.id))[:too_many]
    gone = {candidate.id for candidate in leaving}
    return [candidate.id for candidate in chosen if candidate.id not in gone]


def _item(row: Row, language: str) -> FeedItem:
    own = row.texts[language]
    assert own.uid is not None
    assert own.published_at is not None
    return FeedItem(
        uid=own.uid,
        event_uid=row.event_uid,
        n=row.n,
        k=row.k,
        type=row.type,
        state=row.state,
        impact=row.impact,
        action=row.action,
        title=row.title,
        texts={text.language: text.text for text in row.texts.values() if text.text},
        generated=row.generated,
        areas=row.areas,
        by_robot=row.by_robot,
        happened_at=row.happened_at,
        published_at=own.published_at,
        changed_at=_changed_at(own, tuple(row.texts.values()), own.published_at),
        redacted_at=max(
            (text.redacted_at for text in row.texts.values() if text.redacted_at is not None), default=None
        ),
    )


def _changed_at(own: Words, texts: Sequence[Words], published_at: datetime) -> datetime:
    """Give when the words an item shows were last touched: another language's where it has none of its own."""
    shown = [own] if own.text else texts
    touched = [at for text in shown for at in (text.modified_at, text.redacted_at) if at is not None]
    return max((*touched, published_at))
