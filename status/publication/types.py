"""What the publisher asks of the pages, and what it gets: one moment, one path, one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from status.domain.audience import Audience


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment a page speaks of. `verified_at` is the decider's last commit, never the publisher's clock.

    `stale` asks for the twin served past `valid_until`: no green, "supervision interrompue depuis hh:mm".
    """

    revision: int
    verified_at: datetime | None
    valid_until: datetime | None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of one path. `present` says whether they state a present condition (and so need a stale twin)."""

    status: int
    content_type: str
    body: bytes
    present: bool


Render = Callable[[Session, str, Audience, Moment], Rendered]
"""Render a path (with its allowed query) for an audience. Given by `status.app`; rendering twice gives equal bytes."""
