"""Exchanges and resources as places with an address: they enter when first named, are retired, never deleted.

Only what the public may know enters: a component that is not public, and an event before it is, name nothing here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.departments import find_department
from status.domain.folding import fold
from status.domain.states import PlaceKind, Visibility
from status.models import Component, Place
from status.services.changing import line_up

CODE_CHARACTERS: Final = 120
SLUG_CHARACTERS: Final = 80
ROOM_FOR_NUMBER: Final = 8
"""So many characters of a slug are kept free for `-2`, `-3` …"""

CODES_A_STATEMENT: Final = 500

_WORDS: Final[Mapping[PlaceKind, str]] = {
    PlaceKind.DEPARTMENT: "department",
    PlaceKind.EXCHANGE: "exchange",
    PlaceKind.RESOURCE: "resource",
}
_NOT_IN_A_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Named:
    """The exchanges and resources that public components in service name, as written."""

    exchanges: frozenset[str]
    resources: frozenset[str]

    def of(self, kind: PlaceKind) -> frozenset[str]:
        """Give those of a kind."""
        return self.exchanges if kind is PlaceKind.EXCHANGE else self.resources


def slug_of(kind: PlaceKind, code: str) -> str:
    """Fold a code into the slug it would have if it were alone: `NRA Lille-Sud` is `nra-lille-sud`.

    A department's slug is its code in small letters and always unique; those of other kinds `know` makes unique.
    """
    folded = _NOT_IN_A_SLUG.sub("-", fold(code))
    return folded.strip("-")[: SLUG_CHARACTERS - ROOM_FOR_NUMBER].rstrip("-") or _WORDS[kind]


def know(session: Session, kind: PlaceKind, codes: Iterable[str]) -> dict[str, str]:
    """Make the places that are missing, and give the slug of each code.

    Left out are codes that can't be a place: no department of that code, empty, too long, with control characters.
    A retired place is given as it is; only `name_anew` and an import bring it back.
    """
    asked = list(dict.fromkeys(codes))
    if kind is PlaceKind.DEPARTMENT:
        found = {code: find_department(code) for code in asked}
        return {code: slug_of(kind, known) for code, known in found.items() if known is not None}
    fit = {code: code.strip() for code in asked if _can_be_a_place(code)}
    known = read_slugs(session, kind, fit.values())
    missing = [code for code in dict.fromkeys(fit.values()) if code not in known]
    if missing:
        line_up(session)
        known = read_slugs(session, kind, fit.values())
        known |= _make(session, kind, [code for code in missing if code not in known])
    return {given: known[code] for given, code in fit.items()}


def read_slugs(session: Session, kind: PlaceKind, codes: Collection[str]) -> dict[str, str]:
    """Give the slugs of those codes that have one; makes nothing."""
    found: dict[str, str] = {}
    wanted = list(codes)
    for start in range(0, len(wanted), CODES_A_STATEMENT):
        some = Place.code.in_(wanted[start : start + CODES_A_STATEMENT])
        found.update(session.execute(sa.select(Place.code, Place.slug).where(Place.kind == kind, some)).all())
    return found


def named_by(components: Iterable[Component]) -> Named:
    """Gather what public components in service name."""
    shown = [row for row in components if row.retired_at is None and row.visibility is Visibility.PUBLIC]
    return Named(
        exchanges=frozenset(chain.from_iterable(row.exchanges for row in shown)),
        resources=frozenset(chain.from_iterable(row.resources for row in shown)),
    )


def name_anew(session: Session, before: Named, after: Named, now: datetime) -> None:
    """Bring the places in line with the catalogue: new ones enter, those it names again come back.

    Retired are those it named until now and names no more; an exchange that was imported stays. What only an event
    named is left alone.
    """
    for kind in (PlaceKind.EXCHANGE, PlaceKind.RESOURCE):
        slugs = know(session, kind, sorted(after.of(kind)))
        _set_retired(session, kind, slugs.keys(), None)
        _set_retired(session, kind, before.of(kind) - after.of(kind), now)


def _set_retired(session: Session, kind: PlaceKind, codes: Collection[str], at: datetime | None) -> None:
    wanted = sorted(codes)
    which = Place.retired_at.is_not(None) if at is None else Place.retired_at.is_(None) & (Place.insee == "")
    for start in range(0, len(wanted), CODES_A_STATEMENT):
        some = Place.code.in_(wanted[start : start + CODES_A_STATEMENT])
        session.execute(sa.update(Place).where(Place.kind == kind, some, which).values(retired_at=at))


def _make(session: Session, kind: PlaceKind, codes: Collection[str]) -> dict[str, str]:
    """Add places, each under the first free slug, in the order of their codes so that any order gives the same."""
    if not codes:
        return {}
    taken = set(session.scalars(sa.select(Place.slug).where(Place.kind == kind)))
    made: dict[str, str] = {}
    for code in sorted(codes):
        slug = _free(slug_of(kind, code), taken)
        taken.add(slug)
        made[code] = slug
        session.add(Place(kind=kind, slug=slug, code=code, name="", insee="", department="", retired_at=None))
    session.flush()
    return made


def _free(base: str, taken: Collection[str]) -> str:
    return next(slug for n in count(1) if (slug := base if n == 1 else f"{base}-{n}") not in taken)


def _can_be_a_place(code: str) -> bool:
    text = code.strip()
    return 0 < len(text) <= CODE_CHARACTERS and not any(unicodedata.category(each)[0] == "C" for each in text)
