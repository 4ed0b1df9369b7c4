"""Where checks run from: which locations look now, in which order they share the grid, and how each one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Location


@dataclass(frozen=True, slots=True)
class Place:
    """A location as people see it. `set_aside_reason` is empty while its line is well; `heard_at` is an agent's.

    So is `version`, empty when it does not say its release.
    """

    slug: str
    is_agent: bool
    heard_at: datetime | None
    set_aside_at: datetime | None
    set_aside_reason: str
    silent: bool
    retired_at: datetime | None
    version: str


def grid(session: Session, here: str) -> tuple[str, ...]:
    """Give the locations that look, in the order in which they share an interval: the monitor's own and every agent's.

    A location that the monitor had under an earlier name looks no more.
    """
    return tuple(
        session.scalars(
            sa.select(Location.slug)
            .where(Location.retired_at.is_(None), sa.or_(Location.token_hash.is_not(None), Location.slug == here))
            .order_by(Location.id)
        )
    )


def places(session: Session, here: str, now: datetime, silent_after_s: float) -> list[Place]:
    """Give every location, the retired ones last. One is silent when nothing was heard of it for so many seconds."""
    rows = session.scalars(sa.select(Location).order_by(Location.retired_at.is_not(None), Location.id))
    return [_place(row, now, silent_after_s) for row in rows if row.token_hash is not None or row.slug == here]


def _place(row: Location, now: datetime, silent_after_s: float) -> Place:
    is_agent = row.token_hash is not None
    heard = row.heard_at is not None and (now - row.heard_at).total_seconds() < silent_after_s
    return Place(
        slug=row.slug,
        is_agent=is_agent,
        heard_at=row.heard_at,
        set_aside_at=row.set_aside_at,
        set_aside_reason=row.set_aside_reason,
        silent=is_agent and not heard,
        retired_at=row.retired_at,
        version=row.agent_version or "",
    )
