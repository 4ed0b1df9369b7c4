"""The addresses that are published (SPEC §6, §7), as groups of pages. One the app doesn't know is not published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from status.domain.departments import DEPARTMENTS
from status.domain.states import AREAS, SYMPTOMS, EventType, PlaceKind
from status.publication.types import EMPTY, UNAVAILABLE

_FORMATS: Final = ("rss", "atom", "json")
FEEDS: Final = (
    *(f"feed.{name}" for name in _FORMATS),
    *(f"events.{name}" for name in _FORMATS),
    "calendar.ics",
)
"""What stands at every place that has feeds."""

FOLLOWED: Final = frozenset(name for name in FEEDS if name.startswith(("feed.", "events.")))
"""Those of them a hub speaks of."""

STATUSPAGE: Final = (
    "summary", "status", "components", "incidents", "incidents/unresolved", "scheduled-maintenances",
    "scheduled-maintenances/upcoming", "scheduled-maintenances/active",
)  # fmt: skip
OVH: Final = ("/1.0/status/task", "/1.0/xdsl/incidents")

OLD_LINKS: Final = ("do", "id", "amp;id")
"""What a former travaux site's links ask of `/`: published bytes must not stand in their way."""

EMPTY_KINDS: Final = (PlaceKind.EXCHANGE, PlaceKind.RESOURCE)
"""Places of these kinds are many: their feeds are published while they hold something of now."""

COMPONENTS_KEPT: Final = 4_000
"""The addresses of so many components are made once; of more, anew with each change."""


@dataclass(frozen=True, slots=True)
class Page:
    """A path to publish. `source` is the path rendered for it.

    `renewed` pages print when they were verified and are rendered again each minute. `asks` are parameters that change
    the answer of this path and not of its source's.
    """

    path: str
    source: str
    renewed: bool = False
    asks: tuple[str, ...] = ()


def page(path: str, *, renewed: bool = False) -> Page:
    """Make a page that is rendered under its own path."""
    return Page(path, path, renewed=renewed)


def fronts(languages: Sequence[str]) -> Iterator[Page]:
    """Give what is looked at first. The first language is the default: `/` is its front page."""
    yield Page("/", f"/{languages[0]}", renewed=True, asks=OLD_LINKS)
    for language in languages:
        yield page(f"/{language}", renewed=True)
    yield page("/status.json", renewed=True)
    for language in languages:
        yield page(f"/{language}/live", renewed=True)


def lists(languages: Sequence[str]) -> Iterator[Page]:
    """Give the first page of the list."""
    for language in languages:
        yield page(f"/{language}/travaux", renewed=True)


def filtered_lists(languages: Sequence[str]) -> Iterator[Page]:
    """Give the first page of the list of each type, and of each area."""
    for language in languages:
        address = f"/{language}/travaux"
        for kind in EventType:
            yield page(f"{address}?type={kind.value}", renewed=True)
        for area in AREAS:
            yield page(f"{address}?area={area}", renewed=True)


def site_feeds(languages: Sequence[str]) -> Iterator[Page]:
    """Give the feeds of everything."""
    for language in languages:
        yield from feeds(f"/{language}")


def events(languages: Sequence[str], numbers: Iterable[int], taught: frozenset[int]) -> Iterator[Page]:
    """Give the pages of events; `taught` are those with a published post-mortem."""
    for n in numbers:
        for language in languages:
            yield page(f"/{language}/travaux/{n}")
            if n in taught:
                yield page(f"/{language}/travaux/{n}/post-mortem")


def component(languages: tuple[str, ...], slug: str, *, is_area: bool) -> tuple[Page, ...]:
    """Give all that is published of a component."""
    return (*component_states(languages, slug, is_area=is_area), *component_feeds(languages, slug))


@lru_cache(maxsize=COMPONENTS_KEPT)
def component_states(languages: tuple[str, ...], slug: str, *, is_area: bool) -> tuple[Page, ...]:
    """Give what tells a component's state and past: a page beside its translation, and its badges."""
    pages = (page(f"/{language}/components/{slug}", renewed=is_area) for language in languages)
    return (*pages, *badges(slug))


@lru_cache(maxsize=COMPONENTS_KEPT)
def component_feeds(languages: tuple[str, ...], slug: str) -> tuple[Page, ...]:
    """Give what tells the events that concern a component."""
    return tuple(feed for language in languages for feed in feeds(f"/{language}/components/{slug}"))


def badges(slug: str) -> Iterator[Page]:
    """Give a component's badges."""
    yield page(f"/badges/{slug}.svg")
    yield page(f"/badges/{slug}.json")


def overviews(languages: Sequence[str]) -> Iterator[Page]:
    """Give the pages that sum up states or events in another way: for people, then for programs."""
    yield from filtered_lists(languages)
    for symptom in SYMPTOMS:
        for language in languages:
            yield page(f"/{language}/help/{symptom}", renewed=True)
    for language in languages:
        yield page(f"/{language}/map", renewed=True)
        yield page(f"/{language}/calendar")
    for name in STATUSPAGE:
        yield page(f"/api/v2/{name}.json", renewed=True)
    for path in OVH:
        yield page(path, renewed=True)


def old_feeds(projects: Iterable[int]) -> Iterator[Page]:
    """Give the feeds at the addresses of a former site: of everything, and of each project that became a component."""
    yield page("/rss.php")
    for project in projects:
        yield page(f"/rss.php?proj={project}")


def type_feeds(languages: Sequence[str]) -> Iterator[Page]:
    """Give the feeds of each type of event."""
    for language in languages:
        for kind in EventType:
            yield from feeds(f"/{language}/types/{kind.value}")


def place_feeds(languages: Sequence[str], places: Iterable[str]) -> Iterator[Page]:
    """Give the feeds of places (`departments/59`, `exchanges/lil59`)."""
    for place in places:
        for language in languages:
            yield from feeds(f"/{language}/{place}")


def departments() -> tuple[str, ...]:
    """Give the places that are all departments: few, known beforehand, always published."""
    return tuple(f"{PlaceKind.DEPARTMENT.value}/{code.lower()}" for code in DEPARTMENTS)


def fixed(languages: Sequence[str]) -> Iterator[Page]:
    """Give what follows the configuration, not the data."""
    for language in languages:
        for name in ("about", "legal", "accessibility"):
            yield page(f"/{language}/{name}")
    for path in ("/robots.txt", "/manifest.webmanifest", "/.well-known/security.txt"):
        yield page(path)


def catalogue() -> Iterator[Page]:
    """Give what lists every address: it changes when an address comes or goes."""
    yield page("/sitemap.xml")


def apart(languages: Sequence[str]) -> Iterator[Page]:
    """Give what stands for other pages, by its name; rendered under a path of its own."""
    for language in languages:
        yield Page(f"{UNAVAILABLE}/{language}", f"/{language}/{UNAVAILABLE}", renewed=True)


def empty_feeds(languages: Sequence[str]) -> Iterator[Page]:
    """Give the patterns of the feeds of places no event names, by their names."""
    for language in languages:
        for kind in EMPTY_KINDS:
            for name in FEEDS:
                place = f"{kind.value}/{name}"
                yield Page(f"{EMPTY}/{language}/{place}", f"/{language}/{EMPTY}/{place}")


def feeds(address: str) -> Iterator[Page]:
    """Give every feed at an address."""
    for name in FEEDS:
        yield page(f"{address}/{name}")
