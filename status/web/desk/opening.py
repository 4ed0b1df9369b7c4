"""Opening an incident: components, impact, words in both languages, since when; preview; open or keep as a draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.event import default_severity, worst_impact
from status.domain.next_word import preset_s
from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact
from status.models import Event
from status.models.engine import reading
from status.queries.concern import reach_of
from status.services import incidents
from status.services.events import default_title
from status.web.desk import template_choice
from status.web.desk.choosing import FIELD, choose, read_chosen
from status.web.desk.deeds import Doing, deed
from status.web.desk.filled import Filled, local
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.kept import kept_form
from status.web.desk.previewing import Preview, try_out
from status.web.desk.showing import event_page
from status.web.desk.update_form import rounded, seems_personal

STATES = (EventState.INVESTIGATING, EventState.IDENTIFIED, EventState.MONITORING)


@dataclass(slots=True)
class Screen:
    """The page of one moment."""

    form: Filled
    preview: Preview | None = None
    personal: tuple[str, ...] = field(default=())


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/events/new", "new_event", show)
    desk.add_url_rule("/events/new", "open_event", send, methods=["POST"])


@allowed(Deed.OPEN)
def show() -> tuple[str, int]:
    """Show the form; `?component=` (slugs) chooses some, `?filter=` looks for others."""
    minutes = runtime_of_app().settings.desk.next_word_minutes
    next_word = present() + timedelta(seconds=preset_s(default_severity(Impact.FULL), minutes))
    form = Filled.from_values({"impact": Impact.PARTIAL.value, "next_update_at": local(rounded(next_word))})
    kept = kept_form(request.path)
    if kept is not None:
        form = Filled.from_values(kept)
    return _render(Screen(form))


@allowed(Deed.OPEN)
def send() -> Response | tuple[str, int]:
    """Open it, keep it as a draft, or show the form again: filtered, filled by a template, with its preview."""
    screen = Screen(Filled.from_request())
    do = screen.form.get("do")
    try:
        if do in ("post", "draft"):
            screen.personal = seems_personal(screen.form)
            if not screen.personal:
                with deed() as doing:
                    event = _open(doing, screen.form, draft=do == "draft")
                return redirect(url_for("desk.event", reference=event.n or event.uid), 303)
        elif do == "preview":
            screen.preview = try_out(lambda doing: _open(doing, screen.form, draft=False))
    except Refused as refused:
        screen.form.refuse(refused)
    return _render(screen)


def _open(doing: Doing, form: Filled, *, draft: bool) -> Event:
    impacts = read_chosen(doing.session, form)
    titles = form.words("title")
    opening = incidents.Opening(
        impacts=impacts,
        title=titles or default_title(doing.session, impacts),
        texts=form.words("text"),
        state=form.choice("state", EventState) or EventState.INVESTIGATING,
        severity=form.number("severity"),
        happened_at=form.time("happened_at"),
        expected_end_at=form.coming("expected_end_at"),
        next_update_at=form.coming("next_update_at"),
        draft=draft,
    )
    form.require()
    doing.may_state(impacts, Deed.OPEN)
    return incidents.open_incident(doing.session, opening, doing.author, doing.now)


def _render(screen: Screen) -> tuple[str, int]:
    form = screen.form
    with reading(runtime_of_app().sessions) as session:
        chooser = choose(session, form)
        state = form.choice("state", EventState) or EventState.INVESTIGATING
        if form.get("do") == "template":
            template_choice.fill_new(session, form, chooser)
        worst = worst_impact(impact for impact in Impact if impact.value == form.get("impact"))
        answer = event_page(
            "desk/new_event.html",
            form=form, chooser=chooser, field=FIELD, states=STATES, preview=screen.preview, personal=screen.personal,
            templates=template_choice.choices_new(session, chooser, EventType.INCIDENT, state),
            reach=reach_of(session, [each.id for each in chooser.chosen], EventType.INCIDENT, worst),
            severity=default_severity(worst),
        )  # fmt: skip
    return answer, 422 if form.errors or screen.personal else 200
