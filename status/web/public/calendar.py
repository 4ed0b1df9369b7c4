"""The calendar of works: what comes and goes on, day by day; any month when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from status.domain.periods import Length, Period, parse_period, period_of
from status.domain.states import EventState
from status.queries.calendar import Work, read_coming, read_within
from status.web.public.addresses import canonical_query
from status.web.scope import request_scope

LATELY = timedelta(days=1)
"""What ended since then is still shown."""

WEEK = 7


@dataclass(frozen=True, slots=True)
class Square:
    """A day of the month's table: its works, None outside the month. `is_today`: as of the page's own day."""

    on: date
    works: tuple[Work, ...] | None
    is_today: bool


@dataclass(frozen=True, slots=True)
class Agenda:
    """The works that begin on one day; `on` is None where no time is known yet."""

    on: date | None
    works: tuple[Work, ...]


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/calendar", "calendar", show)


def show(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show what comes, and this month as a table; of a month that is asked for, that month alone."""
    scope = request_scope()
    today = scope.at.astimezone(scope.zone).date()
    asked = parse_period(request.args.get("month", ""))
    month = period_of(Length.MONTH, asked.first if asked else today)
    inside = read_within(scope.session, scope.audience, month.begins(scope.zone), month.ends(scope.zone))
    listed = inside
    if asked is None:
        midnight = period_of(Length.DAY, today).begins(scope.zone)
        listed = read_coming(scope.session, scope.audience, midnight - LATELY)
    return render_template(
        "public/calendar.html",
        month=month,
        is_asked=asked is not None,
        agenda=_agenda(listed, scope.zone),
        weeks=_weeks(month, inside, today, scope.zone),
        query_here=canonical_query("public.calendar", {"month": month.word}) if asked else "",
    )


def _agenda(works: Sequence[Work], zone: ZoneInfo) -> list[Agenda]:
    grouped = groupby(works, key=lambda work: None if work.begins is None else work.begins.astimezone(zone).date())
    return [Agenda(on, tuple(group)) for on, group in grouped]


def _weeks(month: Period, works: Sequence[Work], today: date, zone: ZoneInfo) -> list[list[Square]]:
    """Give the month's weeks from Monday on (ISO 8601)."""
    on = month.first - timedelta(days=month.first.weekday())
    days: list[Square] = []
    while on <= month.last or len(days) % WEEK:
        within = tuple(work for work in works if _goes_on(work, on, zone)) if month.first <= on <= month.last else None
        days.append(Square(on, within, on == today))
        on += timedelta(days=1)
    return [days[start : start + WEEK] for start in range(0, len(days), WEEK)]


def _goes_on(work: Work, on: date, zone: ZoneInfo) -> bool:
    if work.begins is None or work.card.state is EventState.CANCELLED:
        return False
    return _day(work.begins, zone) <= on <= _day(_last_moment(work), zone)


def _last_moment(work: Work) -> datetime:
    """Give the last moment of a work: one that ends at midnight is not on the day that begins then."""
    assert work.begins is not None, "a work without a time is on no day"
    ends = work.ends
    return work.begins if ends is None or ends <= work.begins else ends - timedelta(microseconds=1)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
