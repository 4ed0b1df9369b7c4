"""Which components a reader may know, and how they hang together. Holds no state of theirs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience, AudienceType
from status.domain.folding import fold
from status.domain.states import AREAS, Visibility
from status.models import Component, ComponentAlias, CustomerComponent
from status.queries.snapshot import kept


class _Row(NamedTuple):
    """A component as the database has it; the words as they stand there, in JSON. In the order of `_ROWS`."""

    id: int
    slug: str
    parent_id: int | None
    name: str
    description: str
    retired_at: datetime | None
    visibility: Visibility


_ROWS: Final = sa.select(
    Component.id, Component.slug, Component.parent_id, sa.cast(Component.name, sa.Text),
    sa.cast(Component.description, sa.Text), Component.retired_at, Component.visibility,
).order_by(Component.position, Component.slug)  # fmt: skip
"""What `_Row` is made of: reading whole rows takes four times as long."""

PLACES_KEPT: Final = 2
"""So many readers' places stay from one reading to the next: what is public, and somebody's own."""

AFTER: Final = 30
"""So many components are read for ahead, when all are."""


@dataclass(frozen=True, slots=True)
class Place:
    """A component's place in the tree, with its words per language. `area` is the slug of its root."""

    id: int
    slug: str
    parent_id: int | None
    area: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    retired_at: datetime | None


@dataclass(frozen=True)
class Places:
    """The components a reader may know, parents before children, siblings in the order they are shown.

    Includes retired ones, for the history; `children` holds only those in service. `hidden` are the ids of those the
    reader may not know.
    """

    by_id: Mapping[int, Place]
    children: Mapping[int, tuple[Place, ...]]
    hidden: frozenset[int]

    @cached_property
    def areas(self) -> tuple[Place, ...]:
        """Give the roots in their fixed order."""
        roots = {place.slug: place for place in self.by_id.values() if place.parent_id is None}
        return tuple(roots[slug] for slug in AREAS if slug in roots)

    def by_slug(self, slug: str) -> Place | None:
        """Find a component by its address."""
        return self._by_slug.get(slug)

    def named(self, word: str) -> Place | None:
        """Find a component by its address, else by its name in any language, as people type it."""
        wanted = fold(word)
        by_name = (place for place in self.by_id.values() if wanted in map(fold, place.name.values()))
        return self.by_slug(word) or next(by_name, None)

    def below(self, place: Place) -> Iterator[Place]:
        """Give all descendants in service, depth first."""
        for child in self.children.get(place.id, ()):
            yield child
            yield from self.below(child)

    def ids_below(self, place: Place) -> Iterator[int]:
        """Give the ids of all descendants the reader may know, retired ones too: parents stand before children."""
        within = {place.id}
        for each in self.by_id.values():
            if each.parent_id in within:
                within.add(each.id)
                yield each.id

    def path(self, place: Place) -> tuple[Place, ...]:
        """Give the ancestors from the area down, without the place itself."""
        above: list[Place] = []
        parent_id = place.parent_id
        while parent_id is not None:
            above.append(self.by_id[parent_id])
            parent_id = above[-1].parent_id
        return tuple(reversed(above))

    @cached_property
    def in_service(self) -> tuple[Place, ...]:
        """Give the components in service as they are published: areas, then what shares most beside each other."""
        below = (place for area in self.areas for place in self.below(area))
        order = {place.id: place for place in (*self.areas, *below, *self.by_id.values())}
        return tuple(place for place in order.values() if place.retired_at is None)

    def after(self, place: Place) -> Sequence[Place]:
        """Give the components that are published next after one."""
        rank = self._ranks.get(place.id, len(self.in_service)) + 1
        return self.in_service[rank : rank + AFTER]

    @cached_property
    def _ranks(self) -> Mapping[int, int]:
        return {place.id: rank for rank, place in enumerate(self.in_service)}

    @cached_property
    def _by_slug(self) -> Mapping[str, Place]:
        return {place.slug: place for place in self.by_id.values()}


def read_places(session: Session, audience: Audience) -> Places:
    """Read the components `audience` may know; one below a hidden one hangs on the nearest one that is shown.

    One statement for the public and the desk, two for a customer. Put together anew only when a component has changed.
    What this session has not flushed yet is not seen.
    """
    return kept(session, ("places", audience), lambda: _read_places(session, audience))


def _read_places(session: Session, audience: Audience) -> Places:
    rows = map(tuple, session.connection().execute(_ROWS))
    return _places_of(tuple(rows), audience, _own_components(session, audience))


@lru_cache(maxsize=PLACES_KEPT)
def _places_of(read: tuple[tuple[Any, ...], ...], audience: Audience, own: frozenset[int]) -> Places:
    """Put places together; the components are the same nearly every time."""
    rows = [_Row(*each) for each in read]
    under: dict[int | None, list[_Row]] = {}
    for row in rows:
        under.setdefault(row.parent_id, []).append(row)
    by_id: dict[int, Place] = {}
    children: dict[int, list[Place]] = {}
    waiting: deque[tuple[_Row, Place | None]] = deque((row, None) for row in under.get(None, []))
    while waiting:
        row, above = waiting.popleft()
        if _may_know(row, audience, own):
            place = _place(row, above)
            by_id[place.id], children[place.id] = place, []
            if above is not None and place.retired_at is None:
                children[above.id].append(place)
            above = place
        waiting.extend((child, above) for child in under.get(row.id, []))
    hidden = frozenset(row.id for row in rows).difference(by_id)
    return Places(by_id, {parent: tuple(found) for parent, found in children.items()}, hidden)


def find_alias(session: Session, slug: str) -> int | None:
    """Give the id of the component that had this slug before; None for what no slug can be."""
    if not slug.isprintable():
        return None  # PostgreSQL refuses NUL in a text
    return session.scalar(sa.select(ComponentAlias.component_id).where(ComponentAlias.slug == slug))


def _own_components(session: Session, audience: Audience) -> frozenset[int]:
    if audience.type is not AudienceType.CUSTOMER:
        return frozenset()
    statement = sa.select(CustomerComponent.component_id)
    return frozenset(session.scalars(statement.where(CustomerComponent.customer_uid == audience.customer_uid)))


def _may_know(row: _Row, audience: Audience, own: frozenset[int]) -> bool:
    if audience.type is AudienceType.INTERNAL or row.visibility is Visibility.PUBLIC:
        return True
    return row.visibility is Visibility.CUSTOMERS and row.id in own


def _place(row: _Row, above: Place | None) -> Place:
    return Place(
        id=row.id,
        slug=row.slug,
        parent_id=None if above is None else above.id,
        area=row.slug if above is None else above.area,
        name=json.loads(row.name),
        description=json.loads(row.description),
        retired_at=row.retired_at,
    )
