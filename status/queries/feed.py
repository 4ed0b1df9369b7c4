"""The updates a feed carries: all of its window, the latest of each open event, and at least a few (SPEC §4, §6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.states import ENDED_STATES, ActorType, EventState, EventType, Publication
from status.models import Actor, Event, EventComponent, EventUpdate, UpdateText
from status.queries.components import Place, Places, read_places

SHOWN = (Publication.PUBLIC, Publication.WITHDRAWN, Publication.MERGED)


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
    n: int
    k: int
    type: EventType
    state: EventState
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


def feed_items(
    session: Session,
    audience: Audience,
    language: str,
    window: Window,
    now: datetime,
    *,
    component: Place | None = None,
) -> tuple[FeedItem, ...]:
    """Give a feed's items, newest first. `component` narrows it to what concerns followers of that component.

    Concerned are the followers of a touched component, of its ancestors and of its descendants. Past `window.most`
    items the oldest of closed events leave first, then the oldest. `now` is the decider's last commit.
    """
    places = read_places(session, audience)
    since = now - timedelta(days=window.days)
    chosen = _chosen(_candidates(session, language, _concerns(places, component), window, since), window, since)
    if not chosen:
        return ()
    return _items(session, places, language, [candidate.id for candidate in chosen])


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: int
    event_uid: str
    published_at: datetime
    is_open: bool


def _concerns(places: Places, component: Place | None) -> sa.ColumnElement[bool]:
    """Say which events a reader may see here; one that names no component is in the site's feed only."""
    touched = places.by_id.keys() if component is None else _family(places, component)
    touching = sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(touched))
    if component is not None:
        return Event.uid.in_(touching)
    return Event.uid.in_(touching) | Event.uid.not_in(sa.select(EventComponent.event_uid))


def _family(places: Places, component: Place) -> Collection[int]:
    above = {place.id for place in places.path(component)}
    return above | {component.id} | {place.id for place in places.below(component)}


def _candidates(
    session: Session, language: str, concerns: sa.ColumnElement[bool], window: Window, since: datetime
) -> list[_Candidate]:
    published = (
        sa.select(EventUpdate.id, EventUpdate.event_uid, UpdateText.published_at, Event.state)
        .join(Event, Event.uid == EventUpdate.event_uid)
        .join(UpdateText, sa.and_(UpdateText.update_id == EventUpdate.id, UpdateText.language == language))
        .where(Event.publication.in_(SHOWN), Event.n.is_not(None), concerns)
        .where(UpdateText.uid.is_not(None), UpdateText.published_at.is_not(None), EventUpdate.k.is_not(None))
        .order_by(UpdateText.published_at.desc(), EventUpdate.id.desc())
    )
    newest = published.with_only_columns(EventUpdate.id).limit(window.least).subquery()
    rows = session.execute(
        published.where(
            (UpdateText.published_at >= since)
            | Event.state.not_in(ENDED_STATES)
            | EventUpdate.id.in_(sa.select(newest.c.id))
        )
    )
    return [_Candidate(row[0], row[1], row[2], row[3] not in ENDED_STATES) for row in rows if row[2] is not None]


def _chosen(candidates: Sequence[_Candidate], window: Window, since: datetime) -> list[_Candidate]:
    """Choose among candidates, newest first; keeps their order."""
    seen: set[str] = set()
    chosen: list[_Candidate] = []
    for rank, candidate in enumerate(candidates):
        latest_of_open = candidate.is_open and candidate.event_uid not in seen
        seen.add(candidate.event_uid)
        if candidate.published_at >= since or rank < window.least or latest_of_open:
            chosen.append(candidate)
    too_many = len(chosen) - window.most
    if too_many <= 0:
        return chosen
    leaving = sorted(chosen, key=lambda candidate: (candidate.is_open, candidate.published_at, candidate.id))[:too_many]
    gone = {candidate.id for candidate in leaving}
    return [candidate for candidate in chosen if candidate.id not in gone]


def _items(session: Session, places: Places, language: str, ids: Sequence[int]) -> tuple[FeedItem, ...]:
    texts: dict[int, list[UpdateText]] = {}
    for text in session.scalars(sa.select(UpdateText).where(UpdateText.update_id.in_(ids))):
        texts.setdefault(text.update_id, []).append(text)
    robots = set(session.scalars(sa.select(Actor.id).where(Actor.type == ActorType.ROBOT)))
    rows = session.execute(
        sa.select(EventUpdate, Event).join(Event, Event.uid == EventUpdate.event_uid).where(EventUpdate.id.in_(ids))
    ).all()
    areas = _areas(session, places, {event.uid for _, event in rows})
    found = {
        update.id: _item(
            update, event, texts[update.id], language, areas[event.uid], by_robot=update.author_id in robots
        )
        for update, event in rows
    }
    return tuple(found[id_] for id_ in ids)


def _areas(session: Session, places: Places, events: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {uid: [] for uid in events}
    order = {place.slug: rank for rank, place in enumerate(places.areas)}
    rows = session.execute(
        sa.select(EventComponent.event_uid, EventComponent.component_id).where(EventComponent.event_uid.in_(events))
    )
    for uid, component_id in rows:
        place = places.by_id.get(component_id)
        if place is not None and place.area not in found[uid]:
            found[uid].append(place.area)
    return {uid: tuple(sorted(areas, key=lambda area: order.get(area, len(order)))) for uid, areas in found.items()}


def _item(
    update: EventUpdate,
    event: Event,
    texts: Sequence[UpdateText],
    language: str,
    areas: tuple[str, ...],
    *,
    by_robot: bool,
) -> FeedItem:
    own = next(text for text in texts if text.language == language)
    assert own.uid is not None
    assert own.published_at is not None
    assert event.n is not None
    assert update.k is not None
    return FeedItem(
        uid=own.uid,
        n=event.n,
        k=update.k,
        type=event.type,
        state=update.state,
        action=update.action,
        title=event.title,
        texts={text.language: text.text for text in texts if text.text},
        generated=update.generated,
        areas=areas,
        by_robot=by_robot,
        happened_at=update.happened_at,
        published_at=own.published_at,
        changed_at=_changed_at(own, texts, own.published_at),
        redacted_at=max((text.redacted_at for text in texts if text.redacted_at is not None), default=None),
    )


def _changed_at(own: UpdateText, texts: Sequence[UpdateText], published_at: datetime) -> datetime:
    """Give when the words an item shows were last touched: another language's where it has none of its own."""
    shown = [own] if own.text else texts
    touched = [at for text in shown for at in (text.modified_at, text.redacted_at) if at is not None]
    return max((*touched, published_at))
