"""Works that come again: the list, one with what comes next, its end, and its words taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import WorkSeries
from status.models.engine import reading
from status.queries import series as reading_series
from status.services import series
from status.services.events import area_of
from status.services.series_words import has_words, redact_series
from status.web.desk.deeds import Doing, deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, person, present, runtime_of_app
from status.web.desk.showing import event_page
from status.web.language import gettext as _

Answer = Response | tuple[str, int]
AHEAD: Final = timedelta(days=731)
NEXT: Final = 5
ANNOUNCED: Final = 20
PATH: Final = "/works/series"


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule(PATH, "series", show_all)
    desk.add_url_rule(f"{PATH}/<uid>", "one_series", show)
    desk.add_url_rule(f"{PATH}/<uid>/end", "end_series", end, methods=["POST"])
    desk.add_url_rule(f"{PATH}/<uid>/redact", "redact_series", redact, methods=["POST"])


@allowed(Deed.READ)
def show_all() -> str:
    """List them, those that go on first."""
    now = present()
    with reading(runtime_of_app().sessions) as session:
        rows = sorted(reading_series.going(session, ended=True), key=lambda row: row.ended_at is not None)
        found = [(row, series.what_of(row), reading_series.next_start(row, now, now + AHEAD)) for row in rows]
        return event_page("desk/series.html", found=found)


@allowed(Deed.READ)
def show(uid: str) -> tuple[str, int]:
    """Show one."""
    return _page(uid, Filled.from_values({}))


@allowed(Deed.PLAN)
def end(uid: str) -> Answer:
    """Let them come no more; what is announced already is cancelled, with a post."""
    form = Filled.from_request()

    def write(doing: Doing, row: WorkSeries) -> None:
        doing.may_state(series.what_of(row).impacts, Deed.PLAN)
        series.end(doing.session, row, doing.author, doing.now, texts=form.words("text"))

    return _do(uid, form, write, "end")


@allowed(Deed.REDACT)
def redact(uid: str) -> Answer:
    """Take their words away for good."""
    form = Filled.from_request()

    def write(doing: Doing, row: WorkSeries) -> None:
        doing.may_state(series.what_of(row).impacts, Deed.REDACT)
        redact_series(doing.session, row, form.words("title"), form.get("reason"), doing.author, doing.now)

    return _do(uid, form, write, "redact")


def _do(uid: str, form: Filled, write: Callable[[Doing, WorkSeries], None], tried: str) -> Answer:
    try:
        with deed() as doing:
            write(doing, _find(doing.session, uid))
    except Refused as refused:
        if refused.reason == "nothing":
            said = _("There are no texts left: give the title that stands there instead.")
            form.errors.append(Wrong("title_fr", said))
        else:
            form.refuse(refused, no_reason="reason", too_long="text_fr" if tried == "end" else "title_fr")
        return _page(uid, form, tried)
    return redirect(url_for("desk.one_series", uid=uid), 303)


def _find(session: Session, uid: str) -> WorkSeries:
    try:
        return series.find(session, uid)
    except Refused:
        abort(404)


def _page(uid: str, form: Filled, tried: str = "") -> tuple[str, int]:
    """Show one; `tried` is the form that was refused."""
    now = present()
    with reading(runtime_of_app().sessions) as session:
        row = _find(session, uid)
        what = series.what_of(row)
        areas = {area_of(session, component_id) for component_id in what.impacts}
        answer = event_page(
            "desk/one_series.html", row=row, what=what, form=form, tried=tried,
            names=reading_series.names_of(session, what.impacts), has_words=has_words(row),
            starts=reading_series.starts_of(row, now, now + AHEAD)[:NEXT] if row.ended_at is None else (),
            announced=reading_series.announced(session, row.uid, ANNOUNCED),
            is_his=all(person().covers({area}) for area in areas),
        )  # fmt: skip
    return answer, form.refused_status if form.errors else 200
