"""The travaux list: every incident and work, filtered by its query."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TypeVar

from flask import Blueprint, abort, g, render_template, request

from status.domain.states import AREAS, EventType
from status.queries.travaux import Filter, Stage, read_listing
from status.web.public.addresses import canonical_query
from status.web.scope import request_scope

_Set = TypeVar("_Set", bound=Enum)

ENDPOINT = "public.travaux"
FIRST_YEAR, LAST_YEAR = 1970, 9998


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/travaux", "travaux", show)


def show(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show one page of the list; a page past the last one is not found."""
    scope = request_scope()
    g.states_present = True
    wanted = _filter()
    listing = read_listing(scope.session, scope.audience, wanted, scope.zone)
    if wanted.page > listing.pages:
        abort(404)
    return render_template(
        "public/travaux.html",
        listing=listing,
        wanted=wanted,
        stages=list(Stage),
        types=list(EventType),
        moment=scope.moment,
        query=partial(_query, wanted),
        query_here=_query(wanted),
    )


def _filter() -> Filter:
    """Read the filter; a value that is not one of ours filters nothing."""
    given = request.args
    year = _number(given.get("year"))
    area = given.get("area")
    return Filter(
        type=_one_of(EventType, given.get("type")),
        area=area if area in AREAS else None,
        stage=_one_of(Stage, given.get("state")),
        year=year if year is not None and FIRST_YEAR <= year <= LAST_YEAR else None,
        page=_number(given.get("page")) or 1,
    )


def _one_of(kind: type[_Set], value: str | None) -> _Set | None:
    return next((member for member in kind if member.value == value), None)


def _number(value: str | None) -> int | None:
    digits = 6
    return int(value) if value and value.isascii() and value.isdigit() and len(value) <= digits else None


def _query(wanted: Filter, **changes: str) -> str:
    """Give the query that asks for `wanted`, with some keys changed; an empty value drops its key."""
    asked = {
        "type": wanted.type.value if wanted.type else "",
        "area": wanted.area or "",
        "state": wanted.stage.value if wanted.stage else "",
        "year": str(wanted.year or ""),
        "page": str(wanted.page) if wanted.page > 1 else "",
    }
    return canonical_query(ENDPOINT, {**asked, **changes})
