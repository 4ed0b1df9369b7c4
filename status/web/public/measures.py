"""A component's measures: how long its checks took, works shaded, what each location saw last. Never published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_decimal
from flask import Blueprint, Response, abort, make_response, render_template, request
from markupsafe import Markup

from status.domain.latency import Period, Point, ceiling, window
from status.queries.cards import Card
from status.queries.measures import CHECKS_MEASURED, Measured, MeasuresPage, read_measures
from status.web.language import gettext as _
from status.web.language import language
from status.web.public.figures import LOCALES, NBSP
from status.web.public.graph import draw_graph
from status.web.scope import request_scope
from status.wording.kinds import kind_of_check


@dataclass(frozen=True, slots=True)
class Graph:
    """One kind of check as the page shows it. `scale` are the words beside the drawing, from the top down."""

    measured: Measured
    name: str
    drawing: Markup
    scale: tuple[str, str, str]
    latest: Point | None


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/components/<slug>/measures", "measures", show)


def show(lang: str, slug: str) -> Response:  # noqa: ARG001 - the language is read from the path
    """Show the measures of 24 hours, 7 or 90 days (`?period=`). Never kept: the next run changes them."""
    scope = request_scope()
    asked = request.args.get("period")
    period = next((each for each in Period if each.value == asked), Period.DAY)
    shown = window(period, scope.at, scope.zone)
    found = read_measures(scope.session, scope.audience, slug, shown)
    if found is None:
        abort(404)
    page = render_template(
        "public/measures.html",
        found=found,
        graphs=[_graph(found, measured) for measured in found.kinds],
        periods=list(Period),
        say_period=_period,
        took=took,
        at_most=CHECKS_MEASURED,
        moment=scope.moment,
        query_here="" if period is Period.DAY else f"?period={period.value}",
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def took(seconds: float) -> str:
    """Say how long an answer took: `0,8 ms`, `23 ms`, `1,25 s`."""
    if seconds < 1:
        milliseconds = seconds * 1000
        pattern = "0.#" if milliseconds < 10 else "0"  # noqa: PLR2004 - below ten a tenth is worth reading
        return f"{format_decimal(milliseconds, pattern, locale=LOCALES[language()])}{NBSP}ms"
    return f"{format_decimal(seconds, '0.##', locale=LOCALES[language()])}{NBSP}s"


def _graph(found: MeasuresPage, measured: Measured) -> Graph:
    shown, points = found.shown, measured.points
    top_s = ceiling(points)
    name = kind_of_check(measured.kind, language())
    works = [_span(card, shown.at) for card in found.works]
    drawing = draw_graph(points, works, (shown.began, shown.ended), top_s, _words(points, name))
    return Graph(measured, name, drawing, (took(top_s), took(top_s / 2), "0"), points[-1] if points else None)


def _span(card: Card, at: datetime) -> tuple[datetime, datetime]:
    began = card.began_at or at
    return began, card.ended_at or at


def _words(points: tuple[Point, ...], name: str) -> str:
    """Say what the drawing shows: its least, its usual and its highest."""
    usual = sorted(point.usual_s for point in points)
    if not usual:
        return _("%(name)s. No data.", name=name)
    return _(
        "%(name)s. From %(least)s to %(most)s, usually %(usual)s.",
        name=name,
        least=took(usual[0]),
        usual=took(usual[len(usual) // 2]),
        most=took(max(point.slow_s for point in points)),
    )


def _period(period: Period) -> str:
    return {Period.DAY: _("24 hours"), Period.WEEK: _("7 days"), Period.QUARTER: _("90 days")}[period]
