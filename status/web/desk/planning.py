"""Planning a work: components, expected impact, times of the site's zone, words; once or again and again.

A work that overlaps another one is planned after a second look: the page names the other first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact
from status.models import Event
from status.models.engine import reading
from status.queries.concern import reach_of
from status.queries.overlaps import Overlap, overlaps
from status.services import series, works
from status.web.desk import template_choice
from status.web.desk.choosing import FIELD, choose, read_chosen
from status.web.desk.deeds import Doing, deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.kept import kept_form
from status.web.desk.previewing import Preview, try_out
from status.web.desk.rule_words import OTHER, rule_options
from status.web.desk.showing import event_page
from status.web.desk.update_form import seems_personal
from status.web.language import gettext as _
from status.web.language import language
from status.web.scope import settings_of_app
from status.wording import labels


@dataclass(slots=True)
class Screen:
    """The page of one moment."""

    form: Filled
    preview: Preview | None = None
    personal: tuple[str, ...] = field(default=())
    overlapping: Sequence[Overlap] = field(default=())


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/works/new", "new_work", show)
    desk.add_url_rule("/works/new", "plan_work", send, methods=["POST"])


@allowed(Deed.PLAN)
def show() -> tuple[str, int]:
    """Show the form; `?component=` (slugs) chooses some."""
    kept = kept_form(request.path)
    first = {"impact": Impact.INTERRUPTION.value, "type": EventType.MAINTENANCE.value}
    return _render(Screen(Filled.from_values(kept if kept is not None else first)))


@allowed(Deed.PLAN)
def send() -> Response | tuple[str, int]:
    """Plan it, keep it as a draft, or show the form again: filtered, previewed, with the work it overlaps."""
    screen = Screen(Filled.from_request())
    do = screen.form.get("do")
    try:
        if do in ("post", "draft"):
            screen.personal = seems_personal(screen.form)
            if not screen.personal:
                with deed() as doing:
                    to = _plan(doing, screen, draft=do == "draft")
                return redirect(to, 303)
        elif do == "preview":
            screen.preview = try_out(lambda doing: _once(doing, _read(doing, screen.form, draft=False)))
    except Refused as refused:
        screen.form.refuse(refused, past="end_at")
    return _render(screen)


def _plan(doing: Doing, screen: Screen, *, draft: bool) -> str:
    """Plan a work, or begin a series; give its page."""
    form = screen.form
    what = _read(doing, form, draft=draft)
    screen.overlapping = overlaps(doing.session, list(what.impacts), what.start_at, what.end_at)
    if screen.overlapping and not form.get("overlap_known"):
        form.errors.append(Wrong("overlap", _("Another work overlaps this one: look at it first.")))
        form.require()
    rule = _rule(form)
    if not rule:
        event = _once(doing, what)
        return url_for("desk.event", reference=event.n or event.uid)
    if draft:
        form.errors.append(Wrong("repeat", _("Works that come again cannot be drafts.")))
        form.require()
    zone = settings_of_app().site.timezone
    starts = what.start_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    lasts = what.end_at - what.start_at
    begun = series.Series(rule, zone, starts, lasts, what.type, what.title, what.texts, what.impacts)
    row = series.begin(doing.session, begun, doing.author, doing.now)
    return url_for("desk.one_series", uid=row.uid)


def _read(doing: Doing, form: Filled, *, draft: bool) -> works.Plan:
    impacts = read_chosen(doing.session, form)
    start_at, end_at = form.time("start_at"), form.time("end_at")
    for name, at in (("start_at", start_at), ("end_at", end_at)):
        if at is None and not form.error_of(name):
            form.errors.append(Wrong(name, _("Give this time.")))
    form.require()
    assert start_at is not None
    assert end_at is not None
    doing.may_state(impacts, Deed.PLAN)
    kind = form.choice("type", EventType) or EventType.MAINTENANCE
    if not form.words("title"):
        form.errors.append(Wrong("title_fr", _("The title is empty: say what is touched and what happens.")))
        form.require()
    return works.Plan(kind, impacts, form.words("title"), start_at, end_at, form.words("text"), draft)


def _once(doing: Doing, what: works.Plan) -> Event:
    return works.plan(doing.session, what, doing.author, doing.now)


def _rule(form: Filled) -> str:
    chosen = form.get("repeat")
    return form.get("rule").strip() if chosen == OTHER else chosen


def _render(screen: Screen) -> tuple[str, int]:
    form = screen.form
    with reading(runtime_of_app().sessions) as session:
        chooser = choose(session, form)
        if form.get("do") == "template":
            template_choice.fill_new(session, form, chooser)
        answer = event_page(
            "desk/new_work.html",
            form=form, chooser=chooser, field=FIELD, preview=screen.preview, personal=screen.personal,
            overlaps=screen.overlapping, repeats=rule_options(), kinds=_kinds(),
            templates=template_choice.choices_new(session, chooser, EventType.MAINTENANCE, EventState.PLANNED),
            reach=reach_of(session, [each.id for each in chooser.chosen], *_what(form)),
        )  # fmt: skip
    return answer, 422 if form.errors or screen.personal else 200


def _what(form: Filled) -> tuple[EventType, Impact]:
    type_ = next((each for each in EventType if each.value == form.get("type")), EventType.MAINTENANCE)
    return type_, next((each for each in Impact if each.value == form.get("impact")), Impact.FULL)


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, labels.event_type(kind, language())) for kind in EventType if kind.is_work]
