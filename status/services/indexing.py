"""What makes events findable: the places each names and all its public words, folded (`event_place`, `event_words`).

Written in the transaction of every public post and correction, so that a search never shows words that were redacted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.folding import fold
from status.domain.states import PlaceKind, Visibility
from status.models import Component, Event, EventComponent, EventPlace, EventUpdate, EventWords, PostMortem, UpdateText
from status.services.places import know

AT_ONCE: Final = 500
"""So many events are indexed by one round of statements."""

WORDS_KEPT: Final = 200_000
"""So many characters of an event's words are searched; the newest posts' first."""


def index_events(session: Session, uids: Collection[str]) -> None:
    """Write places and words of these events anew; those without a number have none. A few statements for AT_ONCE."""
    if not uids:
        return
    session.flush()
    session.execute(sa.delete(EventPlace).where(EventPlace.event_uid.in_(uids)))
    session.execute(sa.delete(EventWords).where(EventWords.event_uid.in_(uids)))
    events = session.scalars(sa.select(Event).where(Event.uid.in_(uids), Event.n.is_not(None))).all()
    components = _public_components(session, uids)
    said = _said(session, uids)
    named = [(event.uid, _named(event, components[event.uid])) for event in events]
    slugs = _slugs(session, [places for _uid, places in named])
    for uid, places in named:
        found = {(kind, slugs[kind][code]) for kind, codes in places.items() for code in codes if code in slugs[kind]}
        session.add_all(EventPlace(event_uid=uid, kind=kind, slug=slug) for kind, slug in sorted(found, key=str))
    for event, (_uid, places) in zip(events, named, strict=True):
        texts = (*_head(event), *_names(components[event.uid]), *_codes(places), *said[event.uid])
        session.add(EventWords(event_uid=event.uid, words=fold("\n".join(texts))[:WORDS_KEPT]))
    session.flush()


def index_touching(session: Session, component_ids: Collection[int]) -> None:
    """Index the events anew that touch these components: their names, their places or who may know them changed."""
    if not component_ids:
        return
    touching = sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(component_ids)).distinct()
    uids = session.scalars(touching).all()
    for start in range(0, len(uids), AT_ONCE):
        index_events(session, uids[start : start + AT_ONCE])


def index_missing(session: Session) -> bool:
    """Index some events that are in no index yet, as after an upgrade; tell whether more may be left."""
    known = sa.select(EventWords.event_uid)
    missing = sa.select(Event.uid).where(Event.n.is_not(None), Event.uid.not_in(known)).order_by(Event.n).limit(AT_ONCE)
    uids = session.scalars(missing).all()
    index_events(session, uids)
    return len(uids) == AT_ONCE


def _head(event: Event) -> Iterator[str]:
    yield f"FS#{event.n} {event.n}"
    yield from event.title.values()
    yield from event.advice.values()


def _names(components: Iterable[Component]) -> Iterator[str]:
    return (name for component in components for name in component.name.values())


def _codes(places: Mapping[PlaceKind, Sequence[str]]) -> Iterator[str]:
    return (code for kind, codes in places.items() if kind is not PlaceKind.DEPARTMENT for code in codes)


def _named(event: Event, components: Sequence[Component]) -> dict[PlaceKind, list[str]]:
    """Give the places an event names itself, and those its public components name."""
    rows: list[Event | Component] = [event, *components]
    return {
        PlaceKind.DEPARTMENT: [code for row in rows for code in row.departments],
        PlaceKind.EXCHANGE: [code for row in rows for code in row.exchanges],
        PlaceKind.RESOURCE: [code for row in rows for code in row.resources],
    }


def _slugs(session: Session, named: Sequence[Mapping[PlaceKind, Sequence[str]]]) -> dict[PlaceKind, dict[str, str]]:
    return {kind: know(session, kind, [code for places in named for code in places[kind]]) for kind in PlaceKind}


def _public_components(session: Session, uids: Collection[str]) -> dict[str, list[Component]]:
    found: dict[str, list[Component]] = defaultdict(list)
    rows = session.execute(
        sa.select(EventComponent.event_uid, Component)
        .join(Component, Component.id == EventComponent.component_id)
        .where(EventComponent.event_uid.in_(uids), Component.visibility == Visibility.PUBLIC)
        .order_by(Component.id)
    )
    for uid, component in rows:
        found[uid].append(component)
    return found


def _said(session: Session, uids: Collection[str]) -> dict[str, list[str]]:
    """Give the words of the public posts, newest first, and of the published post-mortem."""
    found: dict[str, list[str]] = defaultdict(list)
    posts = session.execute(
        sa.select(EventUpdate.event_uid, UpdateText.text)
        .join(UpdateText, UpdateText.update_id == EventUpdate.id)
        .where(EventUpdate.event_uid.in_(uids), EventUpdate.k.is_not(None), UpdateText.text != "")
        .order_by(EventUpdate.id.desc())
    )
    for uid, text in posts:
        found[uid].append(text)
    taught = sa.select(PostMortem).where(PostMortem.event_uid.in_(uids), PostMortem.published_at.is_not(None))
    for row in session.scalars(taught):
        found[row.event_uid] += row.text.values()
    return found
