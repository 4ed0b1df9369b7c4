"""What the publisher asks of the pages, and what it gets: one moment, one path, one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from status.domain.audience import Audience

if TYPE_CHECKING:  # a worker of the web serves bytes before anything asks for the database
    from sqlalchemy.orm import Session


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
    """The bytes of one path. `present` says whether they state a present condition (and so need a stale twin).

    `query` are the parameters that change the answer of this path; `ANY_QUERY` alone: any may. `refuses`: it says with
    503 that the present is not known.
    """

    status: int
    content_type: str
    body: bytes
    present: bool
    query: tuple[str, ...] = ()
    refuses: bool = False


ANY_QUERY = ("*",)
"""Of a page that has not told which parameters it knows: with a query it is rendered when asked for."""


Render: TypeAlias = "Callable[[Session, str, Audience, Moment], Rendered]"
"""Render a path (with its allowed query) for an audience. Given by `status.app`; rendering twice gives equal bytes."""


UNAVAILABLE = "unavailable"
"""The name, with a language behind it (`unavailable/fr`), of the page sent when another can't be made."""

EMPTY = "empty"
"""The name, with language, kind and feed behind it (`empty/fr/exchanges/feed.rss`), of what a place's feed is made from
while no event names it."""
