"""How an event is shown, and its line: written once for all pages of a snapshot, as neighbours share their past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from status.domain.states import Impact
from status.queries.cards import Card
from status.queries.snapshot import kept
from status.web.language import language
from status.web.scope import request_scope

LINES_KEPT: Final = 10_000

_STOPPED: Final = (Impact.FULL, Impact.INTERRUPTION)


def sign_of(card: Card) -> str:
    """Give the sign of what customers feel of an event: `maintenance`, `ended`, `down` or `degraded`."""
    if card.type.is_work:
        return "maintenance"
    if card.ended_at or card.impact is Impact.NONE:
        return "ended"
    return "down" if card.impact in _STOPPED else "degraded"


def is_restored(card: Card) -> bool:
    """Whether customers feel nothing any more of an incident that is not closed yet."""
    return not card.type.is_work and not card.ended_at and card.impact is Impact.NONE


def line_of(card: Card, write: Callable[[Card], Markup]) -> Markup:
    """Give the line of an event; `write` is the macro, whose words depend on the event and the language alone."""
    store: dict[int, Markup] = kept(request_scope().session, ("lines", language()), dict)
    line = store.get(card.n)
    if line is None:
        if len(store) >= LINES_KEPT:
            store.clear()
        line = store[card.n] = write(card)
    return line
