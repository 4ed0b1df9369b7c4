"""A published post-mortem: what an incident taught, and the incident it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.models import Event, PostMortem
from status.queries.cards import Card, read_cards
from status.queries.components import read_places


@dataclass(frozen=True, slots=True)
class PostMortemPage:
    """What its page says. Without `texts` its words were redacted, at `changed_at`."""

    card: Card
    texts: Mapping[str, str]
    published_at: datetime
    changed_at: datetime


def read_post_mortem(session: Session, audience: Audience, n: int) -> PostMortemPage | None:
    """Read the post-mortem of the event with public number `n`; None when `audience` may not know of one."""
    cards = read_cards(session, read_places(session, audience), sa.select(Event).where(Event.n == n))
    row = session.get(PostMortem, cards[0].uid) if cards else None
    if row is None or row.published_at is None:
        return None
    return PostMortemPage(cards[0], row.text, row.published_at, row.changed_at)
