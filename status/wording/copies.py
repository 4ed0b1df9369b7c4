"""What a copy on another host says in place of "verified at", and the words around an emergency message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from status.i18n import translations
from status.wording.labels import area as label
from status.wording.languages import join_names, msg, say
from status.wording.times import date_and_time

PLACE: Final = "%(time)s"
"""Where a sentence of the pages holds its time."""

PRESENT: Final = ("verified at %(time)s", "state at %(time)s")
"""Sentences of pages renewed each minute; a copy says until when it holds instead."""

TWINS: Final = {
    "Monitoring interrupted since %(time)s: last known state.": msg(
        "This copy has not been renewed since %(time)s: last known state."
    ),
    "Monitoring interrupted since %(time)s": msg("This copy has not been renewed since %(time)s"),
}
"""Sentences of stale twins, and what they are on a copy, where nobody knows whether monitoring stopped."""

INTERRUPTED: Final = "Monitoring is interrupted: this is the last known state."
WAS: Final = "was: %(state)s"
QUIET: Final = "No known incident"
CURRENT_STATE: Final = "current state"


def on_pages(language: str, message: str) -> str:
    """Give a sentence as the pages say it, its place for a time left in it."""
    return translations(language).gettext(message)


def until_when(language: str, at: Markup, until: datetime, zone: str) -> Markup:
    """Say until when a copy holds: `État à 14:32:07 ; au-delà de 14:35 cette copie n’est plus à jour`."""
    times = {"time": at, "until": time_of(until, language, zone)}
    return Markup(say(language, "State at {time}; after {until} this copy is no longer up to date", **times))  # noqa: S704 - times are escaped


def since_renewed(language: str) -> str:
    """Say, for a copy that is past its time and can't be renewed, that it knows no present."""
    return say(language, "This copy is no longer up to date: what it says is the last known state.")


def made_at(language: str, at: datetime, zone: str) -> Markup:
    """Say, on a page that is not renewed each minute, when the copy was made and that it knows no present."""
    when = date_and_time(at, language, zone)
    return Markup("{}").format(say(language, "Copy made on {time}: it does not know the present.", time=when))


def search_elsewhere(language: str) -> str:
    """Say where a search is answered that a copy can't answer."""
    return say(language, "Search and filter on the main site")


@dataclass(frozen=True, slots=True)
class Missing:
    """The words of a page that a copy does not hold: its title, why, and the names of two links."""

    title: str
    text: str
    state: str
    main: str


def missing(language: str) -> Missing:
    """Say that an address is not in the copy, and where to go."""
    return Missing(
        say(language, "This page is not in this copy"),
        say(language, "This is a copy of our status site. It holds the current state and recent events, no search."),
        say(language, "State of services"),
        say(language, "The main site"),
    )


def emergency_head(language: str, areas: Sequence[str]) -> str:
    """Head an emergency message: `Message d’urgence : Téléphonie et E-mail`."""
    if not areas:
        return say(language, "Emergency message")
    return say(language, "Emergency message: {areas}", areas=join_names(area_names(language, areas), language, 4))


def area_names(language: str, areas: Sequence[str]) -> list[str]:
    """Name areas by their slugs; a slug we don't know stands for itself."""
    return [label(area, language) for area in areas]


def emergency_source(language: str, at: datetime, zone: str) -> str:
    """Say who speaks, and since when."""
    when = date_and_time(at, language, zone)
    return say(language, "Written by our teams on {time}, without our usual tools.", time=when)


def emergency_end(language: str, until: datetime, zone: str) -> str:
    """Say until when an emergency message holds."""
    return say(language, "This message holds until {time}.", time=date_and_time(until, language, zone))


def emergency_first(language: str) -> str:
    """Say, in place of "no known incident", what the rest of the page is worth."""
    return say(language, "Below is the last known state; the message above comes first.")


def time_of(at: datetime, language: str, zone: str) -> Markup:
    """Write a time of day, with its date and zone behind it."""
    local = at.astimezone(ZoneInfo(zone))
    title, said = date_and_time(at, language, zone), f"{local:%H:%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(local.isoformat(timespec="seconds"), title, said)
