"""Availability: of every area and component, in a day, a month or a year, with the formula beside it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from status.domain.periods import Length, Period, parse_period, period_of
from status.queries.availability import read_period
from status.queries.components import find_alias, read_places
from status.web.public.addresses import canonical_query
from status.web.scope import request_scope

ENDPOINT = "public.availability"
SLUG_CHARACTERS = 80


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/availability", "availability", show)


def show(lang: str) -> str | Response:
    """Show a period, this month where none is asked for; 301 from a component's former slug."""
    scope = request_scope()
    today = scope.at.astimezone(scope.zone).date()
    period = parse_period(request.args.get("period", "")) or period_of(Length.MONTH, today)
    slug = request.args.get("component", "")[:SLUG_CHARACTERS]
    found = read_period(scope.session, scope.audience, period, slug, scope.at, scope.zone)
    if found is None:
        return _moved(lang, period, slug)
    return render_template(
        "public/availability.html",
        found=found,
        period=period,
        lengths=[(length, period_of(length, min(period.last, today))) for length in Length],
        has_next=period.after.first <= today,
        query=_query,
        query_here=_query(period, slug),
    )


def _moved(lang: str, period: Period, slug: str) -> Response:
    scope = request_scope()
    old = find_alias(scope.session, slug)
    place = None if old is None else read_places(scope.session, scope.audience).by_id.get(old)
    if place is None:
        abort(404)
    return redirect(f"/{lang}/availability{_query(period, place.slug)}", 301)


def _query(period: Period, slug: str) -> str:
    return canonical_query(ENDPOINT, {"period": period.word, "component": slug})
