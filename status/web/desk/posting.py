"""One screen to post an update: template, both languages, state, impact, times; preview; post.

GET ─▶ the form, filled by a template when the address names one
POST ─▶ use a template │ preview │ keep as a draft │ post ─▶ 303 to the event
          └ refused, changed meanwhile, or looks personal ─▶ the same form, filled as it was
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import ENDED_STATES, EventState, Publication
from status.models import Event
from status.models.engine import reading
from status.queries.concern import reach
from status.queries.desk_changes import Meanwhile, read_meanwhile
from status.queries.desk_event import name_of, read_touching
from status.services import drafts, incidents, works
from status.services.changing import Conflict, require_version
from status.services.updating import Update, update
from status.web.desk import template_choice
from status.web.desk.deeds import Doing, deed
from status.web.desk.drafts import draft_form, find_draft, keep
from status.web.desk.filled import Filled
from status.web.desk.finding import find_for
from status.web.desk.gate import allowed, person, present, runtime_of_app
from status.web.desk.kept import kept_form
from status.web.desk.previewing import Preview, try_out
from status.web.desk.showing import event_page
from status.web.desk.update_form import beginning, look, read_update, seems_personal, states_from

ACTIONS = {EventState.RESOLVED: "close", EventState.CONFIRMED: "confirm", EventState.IN_PROGRESS: "work-start"}
ACTIONS |= {EventState.VERIFYING: "verify", EventState.CANCELLED: "cancel"}


@dataclass(slots=True)
class Screen:
    """The posting screen of one moment."""

    form: Filled
    preview: Preview | None = None
    meanwhile: Meanwhile | None = None
    personal: tuple[str, ...] = field(default=())
    status: int = 200


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/events/<reference>/post", "post", show)
    desk.add_url_rule("/events/<reference>/post", "send_post", send, methods=["POST"])


@allowed(Deed.POST)
def show(reference: str) -> Response | tuple[str, int]:
    """Show the screen; `?template=` (a slug, or `auto`) fills the texts, `?draft=` continues a draft."""
    kept = kept_form(request.path)
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.POST)
        if kept is not None:
            return _again(session, reference, Screen(Filled.from_values(kept)), "")
        if request.args.get("draft"):
            return _again(session, reference, Screen(draft_form(session, event, request.args["draft"])), "")
        form = beginning(session, event, present())
        form.values["state"] = request.args.get("state", "")
        template_choice.fill(session, event, form, request.args.get("template", ""))
    screen = Screen(form)
    if form.words("text"):
        _preview(reference, screen)
        screen.form.errors.clear()
    with reading(runtime_of_app().sessions) as session:
        return _render(session, reference, screen)


@allowed(Deed.POST)
def send(reference: str) -> Response | tuple[str, int]:
    """Do what the pressed button says; anything in the way shows the form again, filled."""
    screen, done = Screen(Filled.from_request()), None
    do = screen.form.get("do")
    try:
        if do in ("post", "publish", "draft"):
            screen.personal = seems_personal(screen.form)
            if not screen.personal:
                with deed() as doing:
                    _write(doing, reference, screen.form, do)
                done = redirect(url_for("desk.event", reference=reference), 303)
        elif do == "preview":
            _preview(reference, screen)
    except Conflict:
        screen.status = 409
    except Refused as refused:
        screen.form.refuse(refused)
    if done is not None:
        return done
    with reading(runtime_of_app().sessions) as session:
        return _again(session, reference, screen, do)


def _again(session: Session, reference: str, screen: Screen, do: str) -> tuple[str, int]:
    """Show the form again: what changed meanwhile above it, the fields he left alone as they are now."""
    event = find_for(session, reference, Deed.POST)
    if do == "template":
        template_choice.fill(session, event, screen.form, screen.form.get("template"))
    if screen.form.get("version") != str(event.version):
        screen.meanwhile = read_meanwhile(session, event, screen.form.get("seen"))
    look(session, event, screen.form)
    if screen.form.errors or screen.personal:
        screen.status = 422 if screen.status == 200 else screen.status  # noqa: PLR2004 - fine so far
    return _render(session, reference, screen)


def _render(session: Session, reference: str, screen: Screen) -> tuple[str, int]:
    event = find_for(session, reference, Deed.POST)
    touched = [each for each in read_touching(session, event, {}) if each.left_at is None]
    ends = screen.form.get("state") in {state.value for state in ENDED_STATES}
    answer = event_page(
        "desk/post.html",
        event=event, name=name_of(event), touched=touched, form=screen.form, preview=screen.preview,
        meanwhile=screen.meanwhile, personal=screen.personal, reach=reach(session, event, ends=ends),
        templates=template_choice.choices(session, event, screen.form), states=states_from(event),
        his={each.component_id for each in touched if person().covers({each.area})},
        is_draft=event.publication in (Publication.DRAFT, Publication.SCHEDULED),
    )  # fmt: skip
    return answer, screen.status


def _preview(reference: str, screen: Screen) -> None:
    try:
        screen.preview = try_out(lambda doing: _write(doing, reference, screen.form, "post"))
    except Conflict:
        screen.status = 409
    except Refused as refused:
        screen.form.refuse(refused)


def _write(doing: Doing, reference: str, form: Filled, do: str) -> Event:
    event = doing.event(reference, Deed.POST)
    touched = read_touching(doing.session, event, {})
    what = read_update(form, event, touched, doing.person)
    publish_at = form.coming("publish_at")
    form.require()
    doing.may_state(what.impacts)
    if do == "draft":
        keep(doing, event, form, what, publish_at)
        return event
    if form.get("draft"):
        drafts.discard(doing.session, find_draft(doing.session, event, form.get("draft")), doing.author, doing.now)
    _post(doing, event, what)
    if do == "publish":
        incidents.publish(doing.session, event, doing.author, doing.now)
    return event


def _post(doing: Doing, event: Event, what: Update) -> None:
    ends = {EventState.DONE: works.finish, EventState.ROLLED_BACK: works.roll_back}
    if what.state in ends:
        require_version(event, what.version)
        ends[what.state](doing.session, event, what.texts, doing.author, doing.now)
        return
    reopens = event.state is EventState.RESOLVED and what.state is EventState.INVESTIGATING
    action = "reopen" if reopens else ACTIONS.get(what.state, "update") if what.state else "update"
    update(doing.session, event, what, doing.author, doing.now, action=action)
