"""What a feed is of: everything, a type of event, a component or a place, with its name and its address."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, request

from status.domain.states import EventType, PlaceKind
from status.queries.components import find_alias, read_places
from status.queries.feed import EVERYTHING, About
from status.queries.place import find_place
from status.services.places import slug_of
from status.web.empty_feeds import NAME, SLUG
from status.web.scope import ENVIRON_KEY, request_scope
from status.wording import labels
from status.wording.languages import pick


@dataclass(frozen=True, slots=True)
class Subject:
    """What a feed in a language is of. `below` is the part of its address after the language, '' for the site's.

    `slug` is its word of today in that address; `page` is the path of the page that it goes with. `home` is where its
    addresses begin when that is not the language, as a customer's private ones do; `word` names it in its identifier
    when that is not `below`.
    """

    language: str
    about: About
    name: str = ""
    slug: str = ""
    below: str = ""
    page: str = ""
    home: str = ""
    word: str = ""

    @property
    def root(self) -> str:
        """Give the path that its addresses and those of its events begin with."""
        return self.home or f"/{self.language}"

    @property
    def named(self) -> str:
        """Give what its own identifier ends with."""
        return f"{self.language}{self.word or self.below}"


def everything(lang: str) -> Subject:
    """Give the whole site."""
    return Subject(lang, EVERYTHING)


def of_type(lang: str, slug: str) -> Subject:
    """Give a type of event; abort with 404 where there is none of that name."""
    found = next((kind for kind in EventType if kind.value == slug), None)
    if found is None:
        abort(404)
    name = labels.event_type(found, lang)
    return Subject(lang, About(type=found), name, slug, f"/types/{slug}", f"/travaux?type={slug}")


def of_component(lang: str, slug: str) -> Subject:
    """Give a component, by its slug of today or one it had before; abort with 404 for one that never was."""
    scope = request_scope()
    places = read_places(scope.session, scope.audience)
    found = places.by_slug(slug)
    if found is None:
        old = find_alias(scope.session, slug)
        found = places.by_id.get(old) if old is not None else None
    if found is None:
        abort(404)
    below = f"/components/{found.slug}"
    return Subject(lang, About(component=found), pick(found.name, lang)[0], found.slug, below, below)


def of_place(kind: PlaceKind, lang: str, slug: str) -> Subject:
    """Give a department, exchange or resource, by its slug or its code as people write it; abort with 404."""
    session = request_scope().session
    found = find_place(session, kind, slug) or find_place(session, kind, slug_of(kind, slug))
    if found is None:
        abort(404)
    below = f"/{kind.value}/{found.slug}"
    return Subject(lang, About(place=(kind, found.slug)), found.name or found.code, found.slug, below, below)


def of_no_place(kind: PlaceKind, lang: str) -> Subject:
    """Give what stands for every place of a kind that no event names; abort with 404 for all but the publisher."""
    if ENVIRON_KEY not in request.environ:
        abort(404)
    below = f"/{kind.value}/{SLUG}"
    return Subject(lang, About(place=(kind, SLUG)), NAME, SLUG, below, below)
