"""Events with all their posts and what each post said of the components a reader may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.event import worst_impact
from status.domain.states import ENDED_STATES, EventState, Impact, Publication
from status.models import Event, EventUpdate, UpdateComponent
from status.queries.cards import Card, Post, read_cards, read_posts
from status.queries.components import Places


@dataclass(frozen=True, slots=True)
class Timeline:
    """An event, its posts from the oldest on, and by post (`k`) the impact it stated, by component id.

    Places and operators as the event names them.
    """

    card: Card
    posts: tuple[Post, ...]
    stated: Mapping[int, Mapping[int, Impact]]
    departments: tuple[str, ...]
    exchanges: tuple[str, ...]
    operators: tuple[str, ...]

    @property
    def worst_impact(self) -> Impact:
        """Give the worst that was announced or felt, none of a false alarm; once it is over its impact now is none."""
        if self.card.publication is Publication.WITHDRAWN:
            return Impact.NONE
        return worst_impact((self.card.impact, *(post.impact for post in self.posts)))

    @property
    def has_ended(self) -> bool:
        """Whether it is over, was a false alarm, or goes on under another number."""
        return self.card.state in ENDED_STATES or self.card.publication is not Publication.PUBLIC

    @property
    def published_at(self) -> datetime | None:
        """Give when it was first told; None when its words were never published (it was brought in from elsewhere)."""
        return self.posts[0].published_at if self.posts else self.card.began_at

    @property
    def changed_at(self) -> datetime | None:
        """Give when its words last changed."""
        times = [at for post in self.posts for at in (post.published_at, post.modified_at, post.redacted_at)]
        return max((at for at in times if at is not None), default=self.card.began_at)

    def said_first(self, states: tuple[EventState, ...]) -> datetime | None:
        """Give when its last unbroken run of posts in one of these states began."""
        began = None
        for post in self.posts:
            if post.state not in states:
                began = None
            elif began is None:
                began = post.published_at
        return began


def read_timelines(session: Session, places: Places, events: sa.Select[Event]) -> tuple[Timeline, ...]:
    """Read events in the order given, as far as the reader of `places` may know them.

    Seven statements, whatever the number of events.
    """
    cards = read_cards(session, places, events)
    uids = [card.uid for card in cards]
    if not uids:
        return ()
    posts = read_posts(session, EventUpdate.event_uid.in_(uids))
    stated = _stated(session, places, uids)
    named = {
        row.uid: row
        for row in session.execute(
            sa.select(Event.uid, Event.departments, Event.exchanges, Event.operators).where(Event.uid.in_(uids))
        )
    }
    return tuple(
        Timeline(
            card=card,
            posts=posts.get(card.uid, ()),
            stated=stated.get(card.uid, {}),
            departments=tuple(named[card.uid].departments),
            exchanges=tuple(named[card.uid].exchanges),
            operators=tuple(named[card.uid].operators),
        )
        for card in cards
    )


def _stated(session: Session, places: Places, uids: list[str]) -> dict[str, dict[int, dict[int, Impact]]]:
    found: dict[str, dict[int, dict[int, Impact]]] = {}
    statement = (
        sa.select(EventUpdate.event_uid, EventUpdate.k, UpdateComponent.component_id, UpdateComponent.impact)
        .join(UpdateComponent, UpdateComponent.update_id == EventUpdate.id)
        .where(EventUpdate.event_uid.in_(uids), EventUpdate.k.is_not(None))
        .order_by(EventUpdate.event_uid, EventUpdate.k, UpdateComponent.component_id)
    )
    for uid, k, component_id, impact in session.execute(statement):
        if component_id in places.by_id and k is not None:
            found.setdefault(uid, {}).setdefault(k, {})[component_id] = impact
    return found
