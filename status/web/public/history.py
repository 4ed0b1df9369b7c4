"""History: every incident and work by month, for ever."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from status.domain.periods import Length, Period, parse_period, period_of
from status.queries.months import MOST, read_month
from status.web.public.addresses import canonical_query
from status.web.scope import request_scope


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/history", "history", show)


def show(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show a month, this one where none is asked for."""
    scope = request_scope()
    today = scope.at.astimezone(scope.zone).date()
    month = _asked() or period_of(Length.MONTH, today)
    found = read_month(scope.session, scope.audience, month, scope.zone)
    return render_template(
        "public/history.html",
        found=found,
        most=MOST,
        query_here=canonical_query("public.history", {"month": month.word}) if _asked() else "",
    )


def _asked() -> Period | None:
    """Give the month that is asked for; of a year its first, and nothing for what is none."""
    asked = parse_period(request.args.get("month", ""))
    return asked and period_of(Length.MONTH, asked.first)
