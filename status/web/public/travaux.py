"""The travaux list: every incident and work, filtered, searched and sorted by its query; the same as CSV and JSON."""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import partial
from typing import Final, TypeVar

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from status.domain.departments import DEPARTMENTS
from status.domain.states import AREAS, EventType, PlaceKind
from status.queries.travaux import Filter, Sort, Stage, find_number, read_listing, read_rows
from status.services.places import slug_of
from status.web.public import travaux_files
from status.web.public.addresses import canonical_query
from status.web.public.frame import renewal
from status.web.scope import request_scope

_Set = TypeVar("_Set", bound=Enum)

ENDPOINT: Final = "public.travaux"
FIRST_YEAR, LAST_YEAR = 1970, 9998
MOST_ROWS: Final = 5_000
"""So many entries a CSV or JSON file holds."""

WORD_CHARACTERS: Final = 120
PLACES: Final = {"department": PlaceKind.DEPARTMENT, "exchange": PlaceKind.EXCHANGE, "resource": PlaceKind.RESOURCE}


def register(public: Blueprint) -> None:
    """Add the routes."""
    public.add_url_rule("/<lang:lang>/travaux", "travaux", show)
    public.add_url_rule("/<lang:lang>/travaux.csv", "travaux_csv", show_csv)
    public.add_url_rule("/<lang:lang>/travaux.json", "travaux_json", show_json)


def show(lang: str) -> str | BaseResponse:
    """Show one page of the list; go to the event whose number is searched for. A page past the last is not found."""
    scope = request_scope()
    g.states_present = True
    wanted = _filter()
    number = find_number(scope.session, scope.audience, wanted.words)
    if number is not None:
        return redirect(f"/{lang}/travaux/{number}", 302)
    listing = read_listing(scope.session, scope.audience, wanted, scope.zone)
    if wanted.page > listing.pages:
        abort(404)
    return render_template(
        "public/travaux.html",
        listing=listing,
        wanted=wanted,
        stages=list(Stage),
        types=list(EventType),
        departments=DEPARTMENTS,
        named={kind.value: slug for kind, slug in wanted.places},
        moment=scope.moment,
        renewal=renewal(scope.moment),
        query=partial(_query, wanted),
        query_here=_query(wanted),
    )


def show_csv(lang: str) -> Response:
    """Give what the list shows as CSV for spreadsheets."""
    scope = request_scope()
    cards = read_rows(scope.session, scope.audience, _filter(), scope.zone, MOST_ROWS)
    response = Response(travaux_files.as_csv(cards, lang, scope), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="travaux-{lang}.csv"'
    return response


def show_json(lang: str) -> Response:
    """Give what the list shows as JSON."""
    scope = request_scope()
    wanted = _filter()
    listing = read_listing(scope.session, scope.audience, wanted, scope.zone)
    cards = read_rows(scope.session, scope.audience, wanted, scope.zone, MOST_ROWS)
    body = travaux_files.as_json(cards, listing.total, lang, scope)
    return Response(body, content_type="application/json; charset=utf-8")


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
        component=_word("component"),
        places=tuple((kind, slug_of(kind, code)) for name, kind in PLACES.items() if (code := _word(name))),
        first=_day("from"),
        last=_day("to"),
        words=_word("q"),
        sort=_one_of(Sort, given.get("sort")) or Sort.BEGIN,
    )


def _one_of(kind: type[_Set], value: str | None) -> _Set | None:
    return next((member for member in kind if member.value == value), None)


def _number(value: str | None) -> int | None:
    digits = 6
    return int(value) if value and value.isascii() and value.isdigit() and len(value) <= digits else None


def _word(name: str) -> str:
    """Give what was typed, without what can't be seen."""
    typed = request.args.get(name, "")[:WORD_CHARACTERS]
    return " ".join("".join(each if each.isprintable() else " " for each in typed).split())


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, "")[:10])
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _query(wanted: Filter, **changes: str) -> str:
    """Give the query that asks for `wanted`, with some keys changed; an empty value drops its key."""
    named = dict(wanted.places)
    asked = {
        "q": wanted.words,
        "type": wanted.type.value if wanted.type else "",
        "area": wanted.area or "",
        "state": wanted.stage.value if wanted.stage else "",
        "year": str(wanted.year or ""),
        "from": wanted.first.isoformat() if wanted.first else "",
        "to": wanted.last.isoformat() if wanted.last else "",
        "component": wanted.component,
        **{name: named.get(kind, "") for name, kind in PLACES.items()},
        "sort": wanted.sort.value if wanted.sort is not Sort.BEGIN else "",
        "page": str(wanted.page) if wanted.page > 1 else "",
    }
    return canonical_query(ENDPOINT, {**asked, **changes})
