"""Which paths are published, in what order they are rendered, and which are renewed each minute.

Rule of today: on a change all is rendered again, what people look at first; equal bytes are the same object. A
finer rule (only what a change touches) grows in `make_plan`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import PUBLIC
from status.domain.states import ENDED_STATES, Publication
from status.models import Event, EventUpdate, PostMortem
from status.queries.components import Places, read_places

EVENT_DAYS: Final = 90
"""Ended events this old (days) are rendered when asked for."""

TOUCHED_FIRST: Final = 5
"""So many of the events last written on are rendered before the rest."""

SHOWN: Final = (Publication.PUBLIC, Publication.WITHDRAWN, Publication.MERGED)
LIST_QUERY: Final = ("type", "area", "state", "year", "page")
"""What the list can be filtered by; a filtered list is rendered when asked for."""


@dataclass(frozen=True, slots=True)
class Page:
    """A path to publish. `source` is the path rendered for it; `query` are the parameters that change its answer.

    `renewed` pages print when they were verified and are rendered again each minute.
    """

    path: str
    source: str
    renewed: bool = False
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to publish: `first` is rendered and made public before `rest`."""

    first: tuple[Page, ...]
    rest: tuple[Page, ...]

    @property
    def pages(self) -> tuple[Page, ...]:
        """Give all pages."""
        return self.first + self.rest

    @property
    def renewed(self) -> tuple[Page, ...]:
        """Give the pages that are rendered again each minute."""
        return tuple(page for page in self.pages if page.renewed)


def make_plan(session: Session, languages: Sequence[str], now: datetime) -> Plan:
    """List what is public at `now`. The first language is the default: `/` is its front page."""
    places = read_places(session, PUBLIC)
    numbers = _event_numbers(session, now)
    taught = _with_post_mortem(session)
    touched, others = numbers[:TOUCHED_FIRST], numbers[TOUCHED_FIRST:]
    first = [Page("/", f"/{languages[0]}", renewed=True), _page("/status.json", renewed=True)]
    rest: list[Page] = []
    for language in languages:
        first += _fronts(language)
        first += _events(language, touched, taught)
        rest += _components(language, places)
        rest += _events(language, others, taught)
    return Plan(tuple(first), tuple(rest))


def _fronts(language: str) -> list[Page]:
    return [
        _page(f"/{language}", renewed=True),
        Page(f"/{language}/travaux", f"/{language}/travaux", renewed=True, query=LIST_QUERY),
        _page(f"/{language}/feed.rss"),
        _page(f"/{language}/feed.atom"),
    ]


def _events(language: str, numbers: Sequence[int], taught: Collection[int]) -> list[Page]:
    pages = [_page(f"/{language}/travaux/{n}") for n in numbers]
    return pages + [_page(f"/{language}/travaux/{n}/post-mortem") for n in numbers if n in taught]


def _with_post_mortem(session: Session) -> frozenset[int]:
    published = sa.select(Event.n).join(PostMortem, PostMortem.event_uid == Event.uid)
    rows = session.scalars(published.where(PostMortem.published_at.is_not(None), Event.n.is_not(None)))
    return frozenset(n for n in rows if n is not None)


def _components(language: str, places: Places) -> list[Page]:
    pages: list[Page] = []
    for place in sorted(places.by_id.values(), key=lambda place: place.parent_id is not None):
        if place.retired_at is None:
            address = f"/{language}/components/{place.slug}"
            pages.append(_page(address, renewed=place.parent_id is None))
            pages += [_page(f"{address}/feed.rss"), _page(f"{address}/feed.atom")]
    return pages


def _event_numbers(session: Session, now: datetime) -> list[int]:
    newest = (
        sa.select(EventUpdate.event_uid, sa.func.max(EventUpdate.published_at).label("at"))
        .group_by(EventUpdate.event_uid)
        .subquery()
    )
    since = now - timedelta(days=EVENT_DAYS)
    statement = (
        sa.select(Event.n)
        .outerjoin(newest, newest.c.event_uid == Event.uid)
        .where(Event.publication.in_(SHOWN), Event.n.is_not(None))
        .where(Event.state.not_in(ENDED_STATES) | (Event.ended_at >= since) | (Event.published_at >= since))
        .order_by(newest.c.at.desc().nulls_last(), Event.n.desc())
    )
    return [n for n in session.scalars(statement) if n is not None]


def _page(path: str, *, renewed: bool = False) -> Page:
    return Page(path, path, renewed=renewed)
