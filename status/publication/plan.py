"""Which paths are published, in what order they are rendered, and which a change touches.

    make_plan ─▶ all pages, those of now first
    Plan.urgent(events written on) ─▶ fronts, these events, lists, site feeds
    changed(old marks, new marks, plan) ─▶ touched events, components, feeds, overviews
                                          or everything, when what all pages name is different

What a change touches is found in the data (`status.queries.marks`); posts and deeds only tell what to begin with.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import PUBLIC
from status.domain.states import OPEN_STATES, Visibility
from status.models import Component, Event, EventPlace, EventUpdate, PostMortem, UpdateText
from status.publication import addresses
from status.publication.addresses import EMPTY_KINDS, Page
from status.queries.cards import known
from status.queries.components import Place, Places, read_places
from status.queries.marks import Marks, differing

EVENT_DAYS: Final = 90
"""Ended events this old (days) are rendered when asked for."""

WRITTEN_FIRST: Final = 5
"""So many of the events last written on are rendered before the rest."""


@dataclass(frozen=True)
class Plan:
    """What is public on one day. `numbers` are events, those written on last first; `busy` places with items of now.

    `projects` are the numbers a former site had for what are components here.
    """

    languages: tuple[str, ...]
    places: Places
    numbers: tuple[int, ...]
    taught: frozenset[int]
    busy: tuple[str, ...]
    projects: tuple[int, ...] = ()

    @property
    def first(self) -> tuple[Page, ...]:
        """Give what is rendered and made public before the rest, when all is rendered: as if all were written on."""
        return self.urgent(self.numbers)

    @property
    def rest(self) -> tuple[Page, ...]:
        """Give what follows it."""
        return (
            *self.overviews,
            *self.of_components(self.places.in_service),
            *self.of_events(self.numbers[WRITTEN_FIRST:]),
            *addresses.type_feeds(self.languages),
            *addresses.old_feeds(self.projects),
            *addresses.place_feeds(self.languages, (*addresses.departments(), *self.busy)),
            *addresses.fixed(self.languages),
            *addresses.empty_feeds(self.languages),
        )

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Give all pages by their paths."""
        return {page.path: page for page in (*self.first, *self.rest)}

    @cached_property
    def renewed(self) -> tuple[Page, ...]:
        """Give the pages that are rendered again each minute."""
        return tuple(page for page in self.pages.values() if page.renewed)

    @property
    def overviews(self) -> Iterator[Page]:
        """Give what sums up all of it."""
        yield from addresses.overviews(self.languages)
        yield from addresses.catalogue()

    def urgent(self, written: Container[int]) -> tuple[Page, ...]:
        """Give what is made public at once when these events were written on; of more than a few the last few."""
        return (
            *addresses.fronts(self.languages),
            *addresses.apart(self.languages),
            *self.of_events(islice((n for n in self.numbers if n in written), WRITTEN_FIRST)),
            *addresses.lists(self.languages),
            *addresses.site_feeds(self.languages),
        )

    def of_events(self, numbers: Iterable[int]) -> Iterator[Page]:
        """Give the pages of events."""
        return addresses.events(self.languages, numbers, self.taught)

    def of_components(self, places: Iterable[Place]) -> Iterator[Page]:
        """Give the pages, badges and feeds of components."""
        for place in places:
            yield from addresses.component(self.languages, place.slug, is_area=place.parent_id is None)


def make_plan(session: Session, languages: Sequence[str], now: datetime, zone: ZoneInfo, feed_days: int) -> Plan:
    """List what is public on the day of `now`, which begins where the site is."""
    day = datetime.combine(now.astimezone(zone).date(), time(), zone)
    return Plan(
        languages=tuple(languages),
        places=read_places(session, PUBLIC),
        numbers=tuple(_event_numbers(session, day - timedelta(days=EVENT_DAYS))),
        taught=_with_post_mortem(session),
        busy=_busy(session, day - timedelta(days=feed_days)),
        projects=_projects(session),
    )


def changed(old: Marks, new: Marks, plan: Plan) -> tuple[Page, ...] | None:
    """Give the pages that a change touches, beside those that every change does. None: it may be any of them."""
    if old.everything != new.everything:
        return None
    uids = set(differing(old.events, new.events))
    uids.update(_named_in(old, new))
    related = _related(old, new, uids)
    numbers = {mark.n for uid in related for marks in (old, new) if (mark := marks.events.get(uid)) is not None}
    places = {place for uid in uids for marks in (old, new) for place in _places_of(marks, uid)}
    feeds = [place for place in (*addresses.departments(), *plan.busy) if place in places]
    shown = [n for n in plan.numbers if n in numbers]
    return (
        *plan.of_events(shown[:WRITTEN_FIRST]),
        *_of_components(old, new, uids, plan),
        *plan.overviews,
        *plan.of_events(shown[WRITTEN_FIRST:]),
        *((*addresses.type_feeds(plan.languages), *addresses.old_feeds(plan.projects)) if uids else ()),
        *addresses.place_feeds(plan.languages, feeds),
    )


def _named_in(old: Marks, new: Marks) -> Iterator[str]:
    """Give the events that name a place which came, left or has another name."""
    names = {place for place in {*old.places, *new.places} if old.places.get(place) != new.places.get(place)}
    if names:
        yield from (uid for uid, mark in new.events.items() if not names.isdisjoint(mark.places))


def _related(old: Marks, new: Marks, uids: set[str]) -> set[str]:
    """Give these events, those they name, and those that name them."""
    related = set(uids)
    for marks in (old, new):
        related.update(other for uid in uids if uid in marks.events for other in marks.events[uid].relatives)
        related.update(uid for uid, mark in marks.events.items() if not uids.isdisjoint(mark.relatives))
    return related


def _of_components(old: Marks, new: Marks, uids: set[str], plan: Plan) -> Iterator[Page]:
    """Give the pages of components that may differ.

    A state or a past shows above (sums, bars of children) and in no feed; an event concerns those above and below
    (SPEC §4).
    """
    states = {key for key in {*old.nodes, *new.nodes} if old.nodes.get(key) != new.nodes.get(key)}
    states |= {key for key in {*old.pasts, *new.pasts} if old.pasts.get(key) != new.pasts.get(key)}
    events = [mark for uid in uids for marks in (old, new) if (mark := marks.events.get(uid)) is not None]
    places = plan.places
    concerned = _placed(places, {key for mark in events for key in mark.components})
    shown = {each.id for place in _placed(places, states) for each in (place, *places.path(place))}
    fed = {each.id for place in concerned for each in (place, *places.path(place), *places.below(place))}
    for place in places.in_service:
        if place.id in fed:
            yield from plan.of_components([place])
        elif place.id in shown:
            yield from addresses.component_states(plan.languages, place.slug, is_area=place.parent_id is None)


def _placed(places: Places, ids: Iterable[int]) -> list[Place]:
    return [place for id_ in ids if (place := places.by_id.get(id_)) is not None]


def _places_of(marks: Marks, uid: str) -> tuple[str, ...]:
    return marks.events[uid].places if uid in marks.events else ()


def _with_post_mortem(session: Session) -> frozenset[int]:
    published = sa.select(Event.n).join(PostMortem, PostMortem.event_uid == Event.uid)
    rows = session.scalars(published.where(PostMortem.published_at.is_not(None), Event.n.is_not(None)))
    return frozenset(n for n in rows if n is not None)


def _projects(session: Session) -> tuple[int, ...]:
    numbered = sa.select(Component.legacy_project).where(Component.legacy_project.is_not(None)).distinct()
    shown = numbered.where(Component.visibility == Visibility.PUBLIC).order_by(Component.legacy_project)
    return tuple(number for number in session.scalars(shown) if number is not None)


def _event_numbers(session: Session, since: datetime) -> list[int]:
    recent = (
        sa.select(Event.uid, Event.n)
        .where(known(read_places(session, PUBLIC)))
        .where(Event.state.in_(OPEN_STATES) | (Event.ended_at >= since) | (Event.published_at >= since))
        .subquery()
    )
    newest = sa.func.max(EventUpdate.published_at)
    statement = (
        sa.select(recent.c.n)
        .outerjoin(EventUpdate, EventUpdate.event_uid == recent.c.uid)
        .group_by(recent.c.n)
        .order_by(newest.desc().nulls_last(), recent.c.n.desc())
    )
    return list(session.scalars(statement))


def _busy(session: Session, since: datetime) -> tuple[str, ...]:
    """Give the exchanges and resources whose feeds hold an update of since then, or an open event's."""
    posted = sa.select(EventUpdate.event_uid).join(UpdateText, UpdateText.update_id == EventUpdate.id)
    statement = (
        sa.select(EventPlace.kind, EventPlace.slug)
        .join(Event, Event.uid == EventPlace.event_uid)
        .where(EventPlace.kind.in_(EMPTY_KINDS), known(read_places(session, PUBLIC)))
        .where(Event.state.in_(OPEN_STATES) | Event.uid.in_(posted.where(UpdateText.published_at >= since)))
        .distinct()
    )
    return tuple(sorted(f"{kind.value}/{slug}" for kind, slug in session.execute(statement)))
