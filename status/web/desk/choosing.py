"""Choosing components among hundreds without a script: a filter, boxes to tick by area, the chosen ones on top."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import request
from sqlalchemy.orm import Session

from status.domain.audience import INTERNAL
from status.domain.states import Impact
from status.queries.components import Place, Places, read_places
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import person
from status.web.language import gettext as _
from status.web.language import language
from status.wording.languages import pick

FIELD: Final = "component"


@dataclass(frozen=True, slots=True)
class Choosable:
    """A component that may be chosen. `path` names what is above it, the area apart."""

    id: int
    name: str
    names: Mapping[str, str]
    path: str
    depth: int


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """An area with what of it matches the filter and is not chosen yet."""

    slug: str
    found: tuple[Choosable, ...]


@dataclass(frozen=True, slots=True)
class Chooser:
    """What the page shows; `total` counts what matches, `area` is the first chosen one's ('' before)."""

    chosen: tuple[Choosable, ...]
    areas: tuple[AreaChoice, ...]
    total: int
    wanted: str
    area: str


def choose(session: Session, form: Filled) -> Chooser:
    """Give the chooser of a form; `?component=` (slugs) chooses some from the beginning."""
    places = read_places(session, INTERNAL)
    _by_address(places, form)
    chosen = set(_numbers(form.all(FIELD)))
    wanted = form.get("filter").strip() or request.args.get("filter", "").strip()
    areas = tuple(
        AreaChoice(area.slug, tuple(_matching(places, (area, *places.below(area)), wanted, chosen)))
        for area in places.areas
        if person().covers({area.slug})
    )
    known = (places.by_id[each] for each in sorted(chosen) if each in places.by_id)
    picked = [place for place in known if place.retired_at is None]
    return Chooser(
        chosen=tuple(_choosable(places, place) for place in picked),
        areas=areas,
        total=sum(len(area.found) for area in areas),
        wanted=wanted,
        area=picked[0].area if picked else "",
    )


def read_chosen(session: Session, form: Filled) -> dict[int, Impact]:
    """Give the chosen components with their impact: each its own, else the one for all. Notes what is missing."""
    known = read_places(session, INTERNAL).by_id
    ids = [each for each in _numbers(form.all(FIELD)) if each in known and known[each].retired_at is None]
    everywhere = form.choice("impact", Impact)
    own = form.impacts(ids)
    if not ids:
        form.errors.append(Wrong("components", _("Choose at least one component.")))
    elif everywhere is None and len(own) < len(ids):
        form.errors.append(Wrong("impact", _("Say what customers feel.")))
    return {each: own.get(each) or everywhere or Impact.NONE for each in ids}


def _by_address(places: Places, form: Filled) -> None:
    if request.method == "POST" or form.all(FIELD):
        return
    found = (places.by_slug(slug) for slug in request.args.getlist(FIELD))
    form.values.setlist(FIELD, [str(place.id) for place in found if place is not None])


def _matching(places: Places, family: Iterable[Place], wanted: str, chosen: set[int]) -> Iterable[Choosable]:
    words = _folded(wanted).split()
    for place in family:
        searched = _folded(f"{' '.join(place.name.values())} {place.slug}")
        if place.id not in chosen and all(word in searched for word in words):
            yield _choosable(places, place)


def _choosable(places: Places, place: Place) -> Choosable:
    above = places.path(place)
    names = [pick(each.name, language())[0] for each in above[1:]]
    said = pick(place.name, language())[0] or place.slug
    return Choosable(place.id, said, place.name, " › ".join(names), len(above))


def _numbers(values: Iterable[str]) -> list[int]:
    found = (int(each) for each in values if each.isascii() and each.isdigit() and len(each) < 10)  # noqa: PLR2004
    return list(dict.fromkeys(found))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
