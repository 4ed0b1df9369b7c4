"""One component's page: its state and since when, its children, its 90 days, its incidents and works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from heapq import nlargest
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.availability import Availability
from status.domain.states import COMING_WORK_STATES, ENDED_STATES, Publication
from status.models import Check, Event, EventComponent
from status.queries.cards import IS_SHOWN, Card, read_cards, worst_first
from status.queries.components import Place, Places
from status.queries.history import read_availability
from status.queries.place import KnownPlace, read_named
from status.queries.snapshot import is_one_of_many, kept, kept_each, kept_last
from status.queries.tree import Node, Tree, read_tree

ENDED_SHOWN = 20
CARDS_READ = ENDED_SHOWN * 5
CHILDREN_WITH_BARS = 60

CARDS_KEPT: Final = 10_000
"""So many events are kept as read: a component shows those of all that hangs below it."""


@dataclass(frozen=True, slots=True)
class ComponentPage:
    """Everything a component's page says. `node` is None for a retired one, which keeps its history only.

    `named` are the departments, exchanges and resources it names; `is_measured` says that it has checks of its own.
    """

    tree: Tree
    place: Place
    node: Node | None
    path: tuple[Place, ...]
    children: tuple[Node, ...]
    bars: Mapping[int, Availability]
    current: tuple[Card, ...]
    coming: tuple[Card, ...]
    ended: tuple[Card, ...]
    named: tuple[KnownPlace, ...]
    is_measured: bool


def read_component(
    session: Session, audience: Audience, slug: str, at: datetime, zone: ZoneInfo
) -> ComponentPage | None:
    """Read the page of the component at `slug`; None when `audience` may not know of it. Fixed number of statements."""
    key = (audience, slug, at, zone.key)
    return kept_last(session, "component", key, lambda: _read_component(session, audience, slug, at, zone))


def _read_component(
    session: Session, audience: Audience, slug: str, at: datetime, zone: ZoneInfo
) -> ComponentPage | None:
    tree = read_tree(session, audience)
    place = tree.places.by_slug(slug)
    if place is None:
        return None
    node = tree.by_id.get(place.id)
    children = tree.children_of(node) if node is not None else ()
    shown = [tree.places.by_id[child.id] for child in children[:CHILDREN_WITH_BARS]]
    cards = _cards_of(session, tree.places, place)
    live = [card for card in cards if card.state not in ENDED_STATES and card.publication is Publication.PUBLIC]
    return ComponentPage(
        tree=tree,
        place=place,
        node=node,
        path=tree.places.path(place),
        children=children,
        bars=read_availability(session, tree.places, [place, *shown], at, zone),
        current=worst_first(card for card in live if card.state not in COMING_WORK_STATES),
        coming=tuple(sorted((card for card in live if card.state in COMING_WORK_STATES), key=_planned)),
        ended=tuple(card for card in cards if card.state in ENDED_STATES)[:ENDED_SHOWN],
        named=read_named(session, place.id),
        is_measured=place.id in kept(session, "measured", lambda: _measured(session)),
    )


def _cards_of(session: Session, places: Places, place: Place) -> tuple[Card, ...]:
    """Give the events that touch a component or one below: what goes on, then what ended, the last first."""
    if not is_one_of_many(session, "cards"):
        touching = sa.select(EventComponent.event_uid).where(EventComponent.component_id.in_(_family(places, place)))
        ended_last = Event.ended_at.desc().nulls_first()
        events = sa.select(Event).where(Event.uid.in_(touching)).order_by(ended_last, Event.n.desc())
        return read_cards(session, places, events.limit(CARDS_READ))
    touching_each = kept(session, "events by component", lambda: _events_by_component(session))

    def uids_of(shown: Place) -> list[str]:
        events_of = {event for id_ in _family(places, shown) for event in touching_each.get(id_, ())}
        return [event.uid for event in nlargest(CARDS_READ, events_of)]

    uids, read = uids_of(place), partial(_cards_by_uid, session, places)
    ahead = (uid for each in places.after(place) for uid in uids_of(each))
    cards = kept_each(session, ("cards", id(places)), CARDS_KEPT, uids, read, ahead=ahead)
    return tuple(cards[uid] for uid in uids if uid in cards)


def _family(places: Places, place: Place) -> list[int]:
    return [place.id, *(below.id for below in places.below(place))]


class _Ended(NamedTuple):
    """An event, ordered by its end; what goes on ends last."""

    at: datetime
    n: int | None
    uid: str


def _events_by_component(session: Session) -> Mapping[int, Sequence[_Ended]]:
    found: dict[int, list[_Ended]] = defaultdict(list)
    touching = sa.select(EventComponent.component_id, Event.ended_at, Event.n, Event.uid)
    for component_id, ended_at, n, uid in session.execute(touching.join(Event).where(IS_SHOWN)):
        found[component_id].append(_Ended(ended_at or datetime.max.replace(tzinfo=UTC), n, uid))
    return found


def _cards_by_uid(session: Session, places: Places, uids: Sequence[str]) -> Mapping[str, Card]:
    return {card.uid: card for card in read_cards(session, places, sa.select(Event).where(Event.uid.in_(uids)))}


def _planned(card: Card) -> tuple[datetime, int]:
    return card.planned_start_at or datetime.max.replace(tzinfo=UTC), card.n


def _measured(session: Session) -> frozenset[int]:
    return frozenset(session.scalars(sa.select(Check.component_id).where(Check.retired_at.is_(None)).distinct()))
