"""What stands around every page: menu, footer, icon, logo, doors of help. Links lead only where the app has a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from flask import Flask, current_app

from status.config.model import Site
from status.domain.states import PublicState
from status.publication.types import Moment
from status.web.assets import address_of
from status.web.brand import SHOWN_HEIGHT, Logo, brand_of_app
from status.web.language import gettext as _
from status.web.language import language
from status.web.scope import settings_of_app
from status.wording.helping import guides
from status.wording.languages import pick

_ICONS: Final = {
    PublicState.DOWN: "icon-down.svg",
    PublicState.DEGRADED: "icon-degraded.svg",
    PublicState.MAINTENANCE: "icon-maintenance.svg",
    PublicState.UNKNOWN: "icon-unknown.svg",
}


@dataclass(frozen=True, slots=True)
class Renewal:
    """How long a page holds, for the script that renews it: `until` a time, else `after_s` from the last answer."""

    at: str
    until: str
    after_s: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the menu or footer."""

    path: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The logo as it is shown; `dark` is "" when it is the same on dark screens."""

    light: str
    dark: str
    width: int
    height: int


def asset(name: str) -> str:
    """Give the address of a static file in this provider's look."""
    return address_of(name, brand_of_app())


def menu() -> list[Entry]:
    """Give the main pages, in the order they are asked for."""
    entries = (
        ("", _("Current state")),
        ("/travaux", _("Incidents and works")),
        ("/calendar", _("Calendar")),
        ("/history", _("History")),
        ("/availability", _("Availability")),
        ("/map", _("Map")),
        ("#help", _("Help")),
        ("/subscribe", _("Subscribe")),
    )
    return _existing(entries)


def footer() -> list[Entry]:
    """Give what the law and curious readers ask for."""
    entries = (
        ("/live", _("Page that renews itself")),
        ("/about", _("How we know")),
        ("/legal", _("Legal notice")),
    )
    return _existing(entries)


def provider_links(site: Site) -> list[Entry]:
    """Give the provider's own links."""
    names = [{str(each): words for each, words in link.name.items()} for link in site.links]
    return [Entry(link.url, pick(name, language())[0]) for link, name in zip(site.links, names, strict=True)]


def doors() -> list[Entry]:
    """Give the six doors of help; `path` is the symptom's word."""
    return [Entry(symptom, pick(guide.label, language())[0]) for symptom, guide in guides().items()]


def icon(state: PublicState | None) -> str:
    """Give the icon's address for what a page shows; the bare sign, which claims nothing, when all is well."""
    return asset(_ICONS.get(state, "icon.svg") if state is not None else "icon.svg")


def logo() -> Picture | None:
    """Give the provider's logo, None when it has none."""
    brand = brand_of_app()
    if brand.logo is None:
        return None
    dark = "" if brand.logo_dark is None else asset(_file("logo-dark", brand.logo_dark))
    return Picture(asset(_file("logo", brand.logo)), dark, brand.logo.width, SHOWN_HEIGHT)


def renewal(moment: Moment | None = None) -> Renewal:
    """Let the small script renew this page where it runs.

    One that is rendered each minute holds as long as its moment; another, as long as the site answers.
    """
    at, until = ("", "") if moment is None else (iso(moment.verified_at), iso(moment.valid_until))
    return Renewal(at, until, round(settings_of_app().publication.stale_after_s))


def iso(at: datetime | None) -> str:
    """Give a time for a script."""
    return "" if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _existing(entries: tuple[tuple[str, str], ...]) -> list[Entry]:
    rules = _rules(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    there = (each for each in entries if f"/<lang:lang>{each[0].partition('#')[0]}" in rules)
    return [Entry(f"/{language()}{path}", words) for path, words in there]


@lru_cache(maxsize=4)
def _rules(app: Flask) -> frozenset[str]:
    return frozenset(rule.rule for rule in app.url_map.iter_rules())


def _file(stem: str, given: Logo) -> str:
    return f"{stem}.{given.ending}"
