"""Events as lists show them: one card each, with the touched components a reader may know and the latest post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.event import worst_impact
from status.domain.states import (
    ENDED_STATES,
    IMPACT_WORST_FIRST,
    ActorType,
    EventState,
    EventType,
    Impact,
    Publication,
)
from status.models import Actor, Event, EventComponent, EventUpdate, OlderText, UpdateText
from status.queries.components import Places

SHOWN = (Publication.PUBLIC, Publication.WITHDRAWN, Publication.MERGED)
"""What has a public page; drafts and scheduled events have none."""

IS_SHOWN: Final = Event.n.is_not(None) & Event.publication.not_in(tuple(set(Publication).difference(SHOWN)))
"""Said by what it is not: nearly every event is public, and SQLite would take an index on that, which leads nowhere."""

_ROW: Final = (
    Event.uid, Event.n, Event.type, Event.title, Event.state, Event.impact, Event.unstable, Event.publication,
    Event.started_at, Event.planned_start_at, Event.detected_at, Event.published_at, Event.ended_at,
    Event.planned_end_at, Event.expected_end_at, Event.next_update_at, Event.progress,
)  # fmt: skip
"""Of each event what a card is made of: reading whole events takes twice as long."""

_TOUCHED: Final = sa.select(
    EventComponent.event_uid, EventComponent.component_id, EventComponent.name, EventComponent.impact,
    EventComponent.left_at,
).order_by(EventComponent.joined_at, EventComponent.component_id)  # fmt: skip


def worst_first(cards: Iterable[Card]) -> tuple[Card, ...]:
    """Order what goes on: incidents before works, the worst first, else as they come."""
    rank = IMPACT_WORST_FIRST.index
    return tuple(sorted(cards, key=lambda card: (card.type.is_work, rank(card.impact))))


def known(places: Places) -> sa.ColumnElement[bool]:
    """Choose the events that a reader of these places may know: in public, and not only of hidden components."""
    if not places.hidden:
        return IS_SHOWN
    is_hidden = EventComponent.component_id.in_(places.hidden)
    touching_hidden = sa.select(EventComponent.event_uid).where(is_hidden)
    touching_known = sa.exists().where(EventComponent.event_uid == Event.uid, ~is_hidden)
    return IS_SHOWN & (Event.uid.not_in(touching_hidden) | touching_known)


@dataclass(frozen=True, slots=True)
class Touched:
    """A component an event touches: its name of that day; `slug` is its address today."""

    component_id: int
    slug: str
    area: str
    name: Mapping[str, str]
    impact: Impact
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Older:
    """Words of a post before they were corrected."""

    language: str
    text: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A public post. `texts` maps language to words; `generated` makes the first sentence in any language."""

    k: int
    published_at: datetime
    happened_at: datetime | None
    state: EventState
    impact: Impact
    progress: int
    by_robot: bool
    generated: Mapping[str, Any]
    texts: Mapping[str, str]
    modified_at: datetime | None
    redacted_at: datetime | None = None
    older: tuple[Older, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """An event as a list shows it. `began_at` is the real or, for a work that has not begun, the planned start.

    `latest` is its last post, where it was asked for; `worst_impact` is the impact of now but in lists (`with_worst`).
    """

    uid: str
    n: int
    type: EventType
    title: Mapping[str, str]
    state: EventState
    impact: Impact
    worst_impact: Impact
    unstable: bool
    publication: Publication
    began_at: datetime | None
    ended_at: datetime | None
    planned_start_at: datetime | None
    planned_end_at: datetime | None
    expected_end_at: datetime | None
    next_update_at: datetime | None
    progress: int
    touched: tuple[Touched, ...]
    latest: Post | None

    @property
    def is_called_off(self) -> bool:
        """Whether it is a work that was cancelled, which none is once it has begun: it never took any time."""
        return self.state is EventState.CANCELLED

    @property
    def areas(self) -> tuple[str, ...]:
        """Give the slugs of the touched areas, each once."""
        return tuple(dict.fromkeys(touched.area for touched in self.touched))


def read_cards(
    session: Session, places: Places, events: sa.Select[Event], *, with_latest: bool = False
) -> tuple[Card, ...]:
    """Read the cards of `events`, in its order, as far as the reader of `places` may know them.

    An event all of whose components are hidden is left out. Two statements, whatever the number of events; two more,
    and most of the time, for the latest posts.
    """
    rows = session.execute(events.where(IS_SHOWN).with_only_columns(*_ROW)).all()
    if not rows:
        return ()
    uids = [row.uid for row in rows]
    touched = read_touched(session, places, uids)
    hidden = {uid for uid, components in touched.items() if not components}
    posts = read_posts(session, EventUpdate.id.in_(_latest(uids))) if with_latest else {}
    return tuple(_card(row, touched.get(row.uid, ()), posts.get(row.uid, ())) for row in rows if row.uid not in hidden)


def with_worst(session: Session, cards: Sequence[Card]) -> tuple[Card, ...]:
    """Give the cards with the worst impact that was announced or felt of those that are over, in one statement.

    A false alarm and what was merged are left as they are.
    """
    over = [card.uid for card in cards if card.state in ENDED_STATES and card.publication is Publication.PUBLIC]
    if not over:
        return tuple(cards)
    posted = EventUpdate.event_uid.in_(over) & EventUpdate.k.is_not(None) & EventUpdate.published_at.is_not(None)
    impacts: dict[str, list[Impact]] = {}
    for uid, impact in session.execute(sa.select(EventUpdate.event_uid, EventUpdate.impact).distinct().where(posted)):
        impacts.setdefault(uid, []).append(impact)
    return tuple(replace(card, worst_impact=worst_impact((card.impact, *impacts.get(card.uid, ())))) for card in cards)


def _latest(uids: Sequence[str]) -> sa.Select[*tuple[Any, ...]]:
    published = EventUpdate.event_uid.in_(uids) & EventUpdate.k.is_not(None)
    return sa.select(sa.func.max(EventUpdate.id)).where(published).group_by(EventUpdate.event_uid)


def read_touched(session: Session, places: Places, uids: Sequence[str]) -> dict[str, tuple[Touched, ...]]:
    """Give the touched components by event; empty for an event that touches only hidden ones."""
    found: dict[str, list[Touched]] = {}
    for row in session.execute(_TOUCHED.where(EventComponent.event_uid.in_(uids))):
        known = found.setdefault(row.event_uid, [])
        place = places.by_id.get(row.component_id)
        if place is not None:
            known.append(Touched(place.id, place.slug, place.area, row.name or place.name, row.impact, row.left_at))
    return {uid: tuple(known) for uid, known in found.items()}


def read_posts(session: Session, which: sa.ColumnElement[bool]) -> dict[str, tuple[Post, ...]]:
    """Give published posts by event, oldest first. Two statements, and one for earlier words if any was corrected."""
    robot = sa.select(Actor.id).where(Actor.type == ActorType.ROBOT).scalar_subquery()
    rows = session.execute(
        sa.select(EventUpdate, EventUpdate.author_id.in_(robot))
        .where(which, EventUpdate.k.is_not(None), EventUpdate.published_at.is_not(None))
        .order_by(EventUpdate.event_uid, EventUpdate.k)
    ).all()
    ids = [row[0].id for row in rows]
    texts: dict[int, list[UpdateText]] = {}
    for text in session.scalars(sa.select(UpdateText).where(UpdateText.update_id.in_(ids))):
        texts.setdefault(text.update_id, []).append(text)
    older = _older(session, [id_ for id_, found in texts.items() if any(text.modified_at for text in found)])
    posts: dict[str, list[Post]] = {}
    for update, by_robot in rows:
        post = _post(update, bool(by_robot), texts.get(update.id, []))
        posts.setdefault(update.event_uid, []).append(replace(post, older=older.get(update.id, ())))
    return {uid: tuple(found) for uid, found in posts.items()}


def _older(session: Session, update_ids: Sequence[int]) -> dict[int, tuple[Older, ...]]:
    """Give the earlier words of corrected posts, the newest first."""
    found: dict[int, list[Older]] = {}
    if update_ids:
        wanted = sa.select(OlderText).where(OlderText.update_id.in_(update_ids)).order_by(OlderText.id.desc())
        for row in session.scalars(wanted):
            found.setdefault(row.update_id, []).append(Older(row.language, row.text, row.replaced_at))
    return {id_: tuple(words) for id_, words in found.items()}


def _post(update: EventUpdate, by_robot: bool, texts: Sequence[UpdateText]) -> Post:  # noqa: FBT001 - a fact of the row
    assert update.k is not None
    assert update.published_at is not None
    modified = [text.modified_at for text in texts if text.modified_at is not None]
    return Post(
        k=update.k,
        published_at=update.published_at,
        happened_at=update.happened_at,
        state=update.state,
        impact=update.impact,
        progress=update.progress,
        by_robot=by_robot,
        generated=update.generated,
        texts={text.language: text.text for text in texts if text.text},
        modified_at=max(modified, default=None),
        redacted_at=max((text.redacted_at for text in texts if text.redacted_at is not None), default=None),
    )


def _card(event: sa.Row[*tuple[Any, ...]], touched: tuple[Touched, ...], posts: tuple[Post, ...]) -> Card:
    return Card(
        uid=event.uid,
        n=event.n,
        type=event.type,
        title=event.title,
        state=event.state,
        impact=event.impact,
        worst_impact=event.impact,
        unstable=event.unstable,
        publication=event.publication,
        began_at=event.started_at or event.planned_start_at or event.detected_at or event.published_at,
        ended_at=event.ended_at,
        planned_start_at=event.planned_start_at,
        planned_end_at=event.planned_end_at,
        expected_end_at=event.expected_end_at,
        next_update_at=event.next_update_at,
        progress=event.progress,
        touched=touched,
        latest=posts[-1] if posts else None,
    )
