"""The news of events, as messages tell them: what a reader may know of each event, and its updates in a range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import PUBLIC, Audience
from status.domain.states import ENDED_STATES, EventState, EventType, Impact, Publication
from status.models import Event, EventComponent, EventUpdate
from status.queries.cards import known
from status.queries.components import Place, Places, read_places
from status.queries.owned import Owned, read_circuits, read_impacts, read_twins, touched_of
from status.queries.posted import Row, read_rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which updates of an event: those after `after_k`, up to `upto_k`. A reminder repeats the last one.

    Of an event that went into another its last one is told too: nothing more comes of it, and it says where to look.
    """

    event_uid: str
    after_k: int
    upto_k: int
    reminder: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What a reader has not been told of an event. `updates` are the newest first, with their ids; never empty.

    `is_public`: everybody may know of it, so that it has a page. `owned` is what it does to a customer's own.
    """

    uid: str
    n: int
    type: EventType
    state: EventState
    impact: Impact
    publication: Publication
    title: Mapping[str, str]
    advice: Mapping[str, str]
    components: tuple[Place, ...]
    started_at: datetime | None
    planned_start_at: datetime | None
    planned_end_at: datetime | None
    expected_end_at: datetime | None
    ended_at: datetime | None
    updates: tuple[tuple[int, Row], ...]
    reminder: bool
    is_public: bool = True
    owned: tuple[Owned, ...] = ()

    @property
    def newest(self) -> Row:
        """Give the latest update told here."""
        return self.updates[0][1]


def read_news(session: Session, audience: Audience, wanted: Sequence[Wanted]) -> Mapping[Wanted, News]:
    """Read the news that are wanted; what the reader may not know, or has nothing to tell, is left out.

    Seven statements for the public, however many; for a customer some more, and two for each event.
    """
    places = read_places(session, audience)
    asked = {want.event_uid for want in wanted}
    may_know = sa.select(Event).where(Event.uid.in_(asked), known(places))
    events = {event.uid: event for event in session.scalars(may_know)}
    by_event = _updates(session, events.keys())
    merged = {uid for uid, event in events.items() if event.publication is Publication.MERGED}
    chosen = {want: _chosen(want, by_event[want.event_uid], merged) for want in wanted}
    said = read_rows(session, places, sorted({id_ for ids in chosen.values() for id_ in ids}))
    touched = _touched(session, places, events.keys())
    news = {
        want: _news(events[want.event_uid], touched.get(want.event_uid, ()), [(id_, said[id_]) for id_ in ids], want)
        for want, ids in chosen.items()
        if ids
    }
    return news if audience.customer_uid is None else _owned(session, places, audience.customer_uid, news, by_event)


def _updates(session: Session, uids: Collection[str]) -> Mapping[str, list[tuple[int, int]]]:
    """Give the published updates (id, k) of each event, the newest first."""
    rows = session.execute(
        sa.select(EventUpdate.id, EventUpdate.event_uid, EventUpdate.k)
        .where(EventUpdate.event_uid.in_(uids), EventUpdate.k.is_not(None))
        .order_by(EventUpdate.k.desc())
    )
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for id_, uid, k in rows:
        if k is not None:
            found[uid].append((id_, k))
    return found


def _owned(
    session: Session, places: Places, customer_uid: str, news: Mapping[Wanted, News],
    by_event: Mapping[str, Sequence[tuple[int, int]]],
) -> dict[Wanted, News]:  # fmt: skip
    """Add what each event does to a customer's own: as the newest update told states it; of what is over, at worst."""
    circuits, twins = read_circuits(session, customer_uid), read_twins(session)
    public = known(read_places(session, PUBLIC))
    to_all = set(session.scalars(sa.select(Event.uid).where(Event.uid.in_([want.event_uid for want in news]), public)))
    told: dict[Wanted, News] = {}
    for want, one in news.items():
        ids = [id_ for id_, _ in by_event[want.event_uid]]
        until = ids[ids.index(one.updates[0][0]) :]
        stated = read_impacts(session, until if one.newest.state in ENDED_STATES else until[:1])
        owned = touched_of(places, circuits, stated, twins)
        told[want] = replace(one, is_public=want.event_uid in to_all, owned=owned)
    return told


def _chosen(want: Wanted, updates: Sequence[tuple[int, int]], merged: Collection[str]) -> list[int]:
    new = [id_ for id_, k in updates if want.after_k < k and (k <= want.upto_k or want.event_uid in merged)]
    if want.reminder and not new:
        return [id_ for id_, k in updates if k <= want.upto_k][:1]
    return new


def _touched(session: Session, places: Places, uids: Collection[str]) -> dict[str, tuple[Place, ...]]:
    rows = session.execute(
        sa.select(EventComponent.event_uid, EventComponent.component_id).where(
            EventComponent.event_uid.in_(uids), EventComponent.left_at.is_(None)
        )
    )
    found: dict[str, set[int]] = defaultdict(set)
    for uid, component_id in rows:
        found[uid].add(component_id)
    return {uid: tuple(place for place in places.by_id.values() if place.id in ids) for uid, ids in found.items()}


def _news(event: Event, components: tuple[Place, ...], updates: list[tuple[int, Row]], want: Wanted) -> News:
    assert event.n is not None
    return News(
        uid=event.uid, n=event.n, type=event.type, state=event.state, impact=event.impact,
        publication=event.publication, title=event.title, advice=event.advice, components=components,
        started_at=event.started_at, planned_start_at=event.planned_start_at, planned_end_at=event.planned_end_at,
        expected_end_at=event.expected_end_at, ended_at=event.ended_at, updates=tuple(updates),
        reminder=want.reminder,
    )  # fmt: skip
