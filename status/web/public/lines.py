"""An event's line, written once for all pages of a snapshot: neighbouring components share most of their past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from status.queries.cards import Card
from status.queries.snapshot import kept
from status.web.language import language
from status.web.scope import request_scope

LINES_KEPT: Final = 10_000


def line_of(card: Card, write: Callable[[Card], Markup]) -> Markup:
    """Give the line of an event; `write` is the macro, whose words depend on the event and the language alone."""
    store: dict[int, Markup] = kept(request_scope().session, ("lines", language()), dict)
    line = store.get(card.n)
    if line is None:
        if len(store) >= LINES_KEPT:
            store.clear()
        line = store[card.n] = write(card)
    return line
