"""What a form offers to follow, and how it says that something in it can't be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from status.domain.refused import Refused
from status.queries.components import Place, Places
from status.web.language import gettext as _

DEEPEST: Final = 3
MONDAY: Final = date(2024, 1, 1)
WEEK: Final = tuple(MONDAY + timedelta(days=n) for n in range(7))
"""Some week, for the names of its days."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A component in the list, so far below its area."""

    place: Place
    depth: int


def choices(places: Places) -> tuple[tuple[Place, tuple[Choice, ...]], ...]:
    """Give what may be followed, by area; components deeper than a person would look for are left to their parents."""
    return tuple((area, tuple(_below(places, area, 1))) for area in places.areas)


def refusal(refused: Refused) -> str:
    """Say in the reader's language what can't be."""
    known = {
        "address": _("This is no address we can write to. It should look like name@example.net."),
        "channel": _("This way is not offered here."),
        "what": _("Choose at least one thing to be told of."),
        "types": _("Choose at least one of incidents, maintenance and upgrades."),
        "component": _("One of these services is not there any more. Please choose again."),
        "event": _("This event is not there any more. Please choose again."),
        "departments": _("One of these departments is not known. Write their numbers: 59, 2A."),
        "exchanges": _("One of these exchanges is not known here."),
        "resources": _("One of these resources is not known here."),
        "stopped": _("This subscription has ended. Please subscribe again."),
        "expired": _("This link has run out after 48 hours. Please subscribe again."),
    }
    return known.get(refused.reason, _("A number or a time is not as expected. Please check it."))


def _below(places: Places, above: Place, depth: int) -> Iterator[Choice]:
    for place in places.children.get(above.id, ()):
        yield Choice(place, depth)
        if depth < DEEPEST:
            yield from _below(places, place, depth + 1)
