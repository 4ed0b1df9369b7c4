"""Published updates as feeds need them: which there are, by event and component, and what they say.

A snapshot that thousands of feeds are made of reads the first once (`read_posted`) and each update's words once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import ENDED_STATES, ActorType, EventState, EventType, Impact, PlaceKind
from status.models import Actor, Event, EventComponent, EventPlace, EventUpdate, UpdateText
from status.queries.cards import SHOWN
from status.queries.components import Places
from status.queries.snapshot import kept, kept_each

ROWS_KEPT: Final = 10_000
"""So many updates are kept with their words: neighbouring components share most of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A published update that may enter a feed."""

    id: int
    event_uid: str
    published_at: datetime
    is_open: bool

    @classmethod
    def of(cls, row: sa.Row[*tuple[Any, ...]]) -> Candidate:
        """Make it of a row of `published_posts`."""
        return cls(row[0], row[1], row[2], row[3] not in ENDED_STATES)


@dataclass(frozen=True, slots=True)
class Words:
    """An update's words in one language; `uid` is the item's identifier there."""

    language: str
    text: str
    uid: str | None
    published_at: datetime | None
    modified_at: datetime | None
    redacted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """An update with its event, as every feed shows it; `texts` are by language."""

    event_uid: str
    n: int
    k: int
    type: EventType
    state: EventState
    impact: Impact
    action: str
    title: Mapping[str, str]
    generated: Mapping[str, Any]
    happened_at: datetime | None
    by_robot: bool
    texts: Mapping[str, Words]
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """All published updates in one language, newest first; events by what they touch, what they are, what they name.

    `by_event` gives the places of an event's updates among all.
    """

    updates: Sequence[Candidate]
    by_event: Mapping[str, Sequence[int]]
    by_component: Mapping[int, tuple[str, ...]]
    by_type: Mapping[EventType, frozenset[str]]
    by_place: Mapping[tuple[PlaceKind, str], frozenset[str]]
    of_nothing: tuple[str, ...]

    def of(self, components: Iterable[int]) -> list[Candidate]:
        """Give the updates of events that touch one of these components, newest first."""
        uids = set(chain.from_iterable(self.by_component.get(component_id, ()) for component_id in components))
        return self._sorted(uids)

    def about(self, components: Iterable[int], within: frozenset[str] | None = None) -> list[Candidate]:
        """Give these, and the updates of events that name no component at all; only of events `within`, if given."""
        if within is not None and not within:
            return []
        uids = set(chain.from_iterable(self.by_component.get(component_id, ()) for component_id in components))
        uids.update(self.of_nothing)
        return self._sorted(uids if within is None else uids & within)

    def _sorted(self, uids: set[str]) -> list[Candidate]:
        ranks = chain.from_iterable(self.by_event.get(uid, ()) for uid in uids)
        return [self.updates[rank] for rank in sorted(ranks)]


def published_posts(language: str) -> sa.Select[*tuple[Any, ...]]:
    """Choose what is public in a language, newest first."""
    return (
        sa.select(EventUpdate.id, EventUpdate.event_uid, UpdateText.published_at, Event.state)
        .join(Event, Event.uid == EventUpdate.event_uid)
        .join(UpdateText, sa.and_(UpdateText.update_id == EventUpdate.id, UpdateText.language == language))
        .where(Event.publication.in_(SHOWN), Event.n.is_not(None))
        .where(UpdateText.uid.is_not(None), UpdateText.published_at.is_not(None), EventUpdate.k.is_not(None))
        .order_by(UpdateText.published_at.desc(), EventUpdate.id.desc())
    )


def read_posted(session: Session, language: str) -> Posted:
    """Read which updates there are. Four statements; 60,000 updates take some 0.3 s."""
    updates = [Candidate.of(row) for row in session.execute(published_posts(language))]
    by_event: dict[str, list[int]] = defaultdict(list)
    for rank, candidate in enumerate(updates):
        by_event[candidate.event_uid].append(rank)
    by_component: dict[int, list[str]] = defaultdict(list)
    touching: set[str] = set()
    for uid, component_id in session.execute(sa.select(EventComponent.event_uid, EventComponent.component_id)):
        by_component[component_id].append(uid)
        touching.add(uid)
    by_type: dict[EventType, list[str]] = defaultdict(list)
    for uid, type_ in session.execute(sa.select(Event.uid, Event.type)):
        by_type[type_].append(uid)
    by_place: dict[tuple[PlaceKind, str], list[str]] = defaultdict(list)
    for kind, slug, uid in session.execute(sa.select(EventPlace.kind, EventPlace.slug, EventPlace.event_uid)):
        by_place[kind, slug].append(uid)
    return Posted(
        updates=updates,
        by_event=by_event,
        by_component={component_id: tuple(uids) for component_id, uids in by_component.items()},
        by_type={type_: frozenset(uids) for type_, uids in by_type.items()},
        by_place={place: frozenset(uids) for place, uids in by_place.items()},
        of_nothing=tuple(uid for uid in by_event if uid not in touching),
    )


def read_rows(session: Session, places: Places, ids: Sequence[int]) -> Mapping[int, Row]:
    """Read what updates say. Four statements, none for what this snapshot has read already."""
    return kept_each(session, ("rows of updates", id(places)), ROWS_KEPT, ids, partial(_read_rows, session, places))


def _read_rows(session: Session, places: Places, ids: Sequence[int]) -> dict[int, Row]:
    texts: dict[int, dict[str, Words]] = defaultdict(dict)
    text = UpdateText
    words = sa.select(
        text.update_id, text.language, text.text, text.uid, text.published_at, text.modified_at, text.redacted_at
    )
    for row in session.execute(words.where(text.update_id.in_(ids))):
        texts[row.update_id][row.language] = Words(
            row.language, row.text, row.uid, row.published_at, row.modified_at, row.redacted_at
        )
    robots = set(kept(session, "robots", lambda: _robots(session)))
    update = EventUpdate
    said = sa.select(
        update.id, update.event_uid, update.k, update.state, update.impact, update.action, update.generated,
        update.happened_at, update.author_id, Event.n, Event.type, Event.title,
    )  # fmt: skip
    found = session.execute(said.join(Event, Event.uid == update.event_uid).where(update.id.in_(ids))).all()
    areas = _areas(session, places, {row.event_uid for row in found})
    return {
        row.id: Row(
            event_uid=row.event_uid,
            n=row.n, k=row.k, type=row.type, state=row.state, impact=row.impact, action=row.action, title=row.title,
            generated=row.generated, happened_at=row.happened_at, by_robot=row.author_id in robots,
            texts=texts[row.id], areas=areas[row.event_uid],
        )
        for row in found
    }  # fmt: skip


def _robots(session: Session) -> tuple[int, ...]:
    return tuple(session.scalars(sa.select(Actor.id).where(Actor.type == ActorType.ROBOT)))


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
