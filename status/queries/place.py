"""One department, exchange or resource: what is there, what concerns it now, later and before."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.departments import DEPARTMENTS, find_department
from status.domain.states import COMING_WORK_STATES, ENDED_STATES, PlaceKind, Publication
from status.models import Component, Event, EventComponent, EventPlace
from status.models import Place as PlaceRow
from status.queries.cards import Card, read_cards
from status.queries.place_states import Naming, PlaceState, read_naming
from status.queries.snapshot import kept
from status.queries.tree import Node, Tree, read_tree

ENDED_SHOWN: Final = 20
EVENTS_READ: Final = 120
EXCHANGES_SHOWN: Final = 500
"""Of a department; France's largest has fewer."""

_UNDATED: Final = datetime.max.replace(tzinfo=UTC)
_SLUG: Final = re.compile(r"[a-z0-9-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place with an address. `code` is as written; name, INSEE code and department are '' where not known."""

    kind: PlaceKind
    slug: str
    code: str
    name: str
    insee: str
    department: str
    retired_at: datetime | None

    @property
    def department_name(self) -> str:
        """Give the name of the department it lies in, '' when not known."""
        return DEPARTMENTS.get(self.department, "")


@dataclass(frozen=True, slots=True)
class PlacePage:
    """Everything a place's page says. `exchanges` are a department's, each with its state where something is known."""

    tree: Tree
    place: KnownPlace
    now: PlaceState
    coming: tuple[Card, ...]
    ended: tuple[Card, ...]
    exchanges: tuple[tuple[KnownPlace, PlaceState], ...]
    exchanges_left: int

    @property
    def components(self) -> tuple[Node, ...]:
        """Give the components that name it, worst first."""
        return self.now.components


def find_place(session: Session, kind: PlaceKind, slug: str) -> KnownPlace | None:
    """Find a place by its address; None when there is none. Departments need no row."""
    if _SLUG.fullmatch(slug) is None:
        return None
    if kind is PlaceKind.DEPARTMENT:
        code = slug.upper()
        known = code in DEPARTMENTS and code.lower() == slug
        return _department(code) if known else None
    row = session.get(PlaceRow, (kind, slug))
    return None if row is None else _known(row)


def read_place(session: Session, audience: Audience, kind: PlaceKind, slug: str) -> PlacePage | None:
    """Read the page of a place; None when it is not known. A fixed number of statements, beside `read_naming`'s."""
    place = find_place(session, kind, slug)
    if place is None:
        return None
    tree = read_tree(session, audience)
    naming = read_naming(session, tree)
    now = naming.at(kind, place.code)
    cards = read_cards(session, tree.places, _events(place, [node.id for node in now.components]))
    exchanges = _exchanges(session, place.code) if kind is PlaceKind.DEPARTMENT else ()
    coming = (card for card in cards if card.state in COMING_WORK_STATES and card.publication is Publication.PUBLIC)
    return PlacePage(
        tree=tree,
        place=place,
        now=now,
        coming=tuple(sorted(coming, key=lambda card: (card.planned_start_at or _UNDATED, card.n))),
        ended=tuple(card for card in cards if card.state in ENDED_STATES)[:ENDED_SHOWN],
        exchanges=_with_states(naming, exchanges[:EXCHANGES_SHOWN]),
        exchanges_left=max(0, len(exchanges) - EXCHANGES_SHOWN),
    )


def read_named(session: Session, component_id: int) -> tuple[KnownPlace, ...]:
    """Give the places a component names that have a page: departments, exchanges, resources. At most three statements.

    The caller has made sure that the reader may know the component.
    """
    return read_places_of(session, *kept(session, "names_of_components", lambda: _names(session))[component_id])


def read_places_of(
    session: Session, departments: Sequence[str], exchanges: Sequence[str], resources: Sequence[str]
) -> tuple[KnownPlace, ...]:
    """Give those of these codes that have a page, each once. At most two statements."""
    codes = [code for each in departments if (code := find_department(each)) is not None]
    named = [_department(code) for code in codes]
    for kind, some in ((PlaceKind.EXCHANGE, exchanges), (PlaceKind.RESOURCE, resources)):
        named += _by_code(session, kind, [code.strip() for code in some])
    return tuple(dict.fromkeys(named))


def _names(session: Session) -> dict[int, tuple[list[str], list[str], list[str]]]:
    rows = session.execute(sa.select(Component.id, Component.departments, Component.exchanges, Component.resources))
    return {id_: (departments, exchanges, resources) for id_, departments, exchanges, resources in rows}


def _department(code: str) -> KnownPlace:
    return KnownPlace(PlaceKind.DEPARTMENT, code.lower(), code, DEPARTMENTS[code], "", code, None)


def _by_code(session: Session, kind: PlaceKind, codes: Sequence[str]) -> list[KnownPlace]:
    if not codes:
        return []
    rows = session.scalars(sa.select(PlaceRow).where(PlaceRow.kind == kind, PlaceRow.code.in_(codes)))
    known: Mapping[str, KnownPlace] = {row.code: _known(row) for row in rows}
    return [known[code] for code in codes if code in known]


def _events(place: KnownPlace, component_ids: Collection[int]) -> sa.Select[Event]:
    """Choose the events that name the place, and those not over that touch what is there; those not over first."""
    named = sa.select(EventPlace.event_uid).where(EventPlace.kind == place.kind, EventPlace.slug == place.slug)
    touching = sa.select(EventComponent.event_uid).where(
        EventComponent.component_id.in_(component_ids), EventComponent.left_at.is_(None)
    )
    later = Event.state.in_(COMING_WORK_STATES) & Event.uid.in_(touching)
    events = sa.select(Event).where(Event.uid.in_(named) | later)
    return events.order_by(Event.ended_at.desc().nulls_first(), Event.n.desc()).limit(EVENTS_READ)


def _exchanges(session: Session, department: str) -> Sequence[KnownPlace]:
    wanted = sa.select(PlaceRow).where(
        PlaceRow.kind == PlaceKind.EXCHANGE, PlaceRow.department == department, PlaceRow.retired_at.is_(None)
    )
    return [_known(row) for row in session.scalars(wanted.order_by(PlaceRow.name, PlaceRow.code))]


def _with_states(naming: Naming, exchanges: Sequence[KnownPlace]) -> tuple[tuple[KnownPlace, PlaceState], ...]:
    """Put a state beside each exchange, those in trouble first."""
    found = [(each, naming.at(PlaceKind.EXCHANGE, each.code)) for each in exchanges]
    return tuple(sorted(found, key=lambda pair: pair[1].rank))


def _known(row: PlaceRow) -> KnownPlace:
    return KnownPlace(row.kind, row.slug, row.code, row.name, row.insee, row.department, row.retired_at)
