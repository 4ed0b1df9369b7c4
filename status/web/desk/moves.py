"""Buttons on an event that need no words: publish, take over, hand back. And two small pages: new times, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import RUNNING_WORK_STATES
from status.models import Event
from status.models.engine import reading
from status.queries.desk_event import name_of, read_touching
from status.queries.overlaps import overlaps
from status.services import incidents, works
from status.services.changing import require_version
from status.web.desk.deeds import Doing, deed
from status.web.desk.event import refuse_on
from status.web.desk.filled import Filled, Wrong, local
from status.web.desk.finding import find_for
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.language import gettext as _
from status.web.language import language
from status.wording.languages import join_names, pick

Answer = Response | tuple[str, int]


def install(desk: Blueprint) -> None:
    """Add the views."""
    for path, name, view in (
        ("publish", "publish_event", publish), ("take", "take", take), ("hand-back", "hand_back", hand_back),
        ("times", "send_new_times", send_new_times), ("withdraw", "send_withdraw", send_withdraw),
    ):  # fmt: skip
        desk.add_url_rule(f"/events/<reference>/{path}", name, view, methods=["POST"])
    desk.add_url_rule("/events/<reference>/times", "new_times", show_new_times)
    desk.add_url_rule("/events/<reference>/withdraw", "withdraw", show_withdraw)


@allowed(Deed.PUBLISH)
def publish(reference: str) -> Answer:
    """Publish a draft with everything written on it."""
    return _at_once(reference, Deed.PUBLISH, incidents.publish)


@allowed(Deed.POST)
def take(reference: str) -> Answer:
    """Take an incident over from the robot."""
    return _at_once(reference, Deed.POST, incidents.take)


@allowed(Deed.POST)
def hand_back(reference: str) -> Answer:
    """Hand an incident back to the robot."""
    return _at_once(reference, Deed.POST, incidents.hand_back)


@allowed(Deed.PLAN)
def show_new_times(reference: str) -> tuple[str, int]:
    """Show the form for new times."""
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.PLAN)
        times = {"start_at": local(event.planned_start_at), "end_at": local(event.planned_end_at)}
        form = Filled.from_values({**times, "version": str(event.version)})
    return _page("desk/new_times.html", event, form)


@allowed(Deed.PLAN)
def send_new_times(reference: str) -> Answer:
    """Announce new times: both for a coming work, the end alone for a running one."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event) -> None:
        require_version(event, form.number("version"))
        start_at = None if event.state in RUNNING_WORK_STATES else form.time("start_at")
        end_at = form.time("end_at")
        form.require()
        if end_at is None:
            raise Refused("times", "the end is missing")
        _look_out(doing, event, form, start_at or event.planned_start_at or doing.now, end_at)
        works.new_times(doing.session, event, (start_at, end_at), form.words("text"), doing.author, now=doing.now)

    return _with_form(reference, Deed.PLAN, form, write, "desk/new_times.html", past="end_at")


@allowed(Deed.WITHDRAW)
def show_withdraw(reference: str) -> tuple[str, int]:
    """Show the form that asks for the reason."""
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.WITHDRAW)
        form = Filled.from_values({"version": str(event.version)})
    return _page("desk/withdraw.html", event, form)


@allowed(Deed.WITHDRAW)
def send_withdraw(reference: str) -> Answer:
    """Withdraw a false alarm."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event) -> None:
        version = form.number("version")
        incidents.withdraw(doing.session, event, form.words("text"), doing.author, doing.now, version=version)

    return _with_form(reference, Deed.WITHDRAW, form, write, "desk/withdraw.html")


def _look_out(doing: Doing, event: Event, form: Filled, start_at: datetime, end_at: datetime) -> None:
    """Name the works that take place at that time, unless he knows."""
    if form.get("overlap_known"):
        return
    ids = [each.component_id for each in read_touching(doing.session, event, {}) if each.left_at is None]
    found = overlaps(doing.session, ids, start_at, end_at, but=event.uid)
    if found:
        names = [f"{f'FS#{each.n} ' if each.n else ''}{pick(each.title, language())[0]}" for each in found]
        said = join_names(list(dict.fromkeys(names)), language())
        form.errors.append(Wrong("overlap_known", _("At that time: %(works)s. Is that known?", works=said)))
        form.require()


def _at_once(reference: str, what: Deed, do: Callable[..., None]) -> Answer:
    try:
        with deed() as doing:
            do(doing.session, doing.event(reference, what), doing.author, doing.now)
    except Refused as refused:
        return refuse_on(reference, refused)
    return redirect(url_for("desk.event", reference=reference), 303)


def _with_form(
    reference: str, what: Deed, form: Filled, write: Callable[[Doing, Event], None], template: str, **fields: str
) -> Answer:
    try:
        with deed() as doing:
            write(doing, doing.event(reference, what))
    except Refused as refused:
        form.refuse(refused, **fields)
        with reading(runtime_of_app().sessions) as session:
            event = find_for(session, reference, what)
        form.values["version"] = str(event.version)
        return _page(template, event, form)
    return redirect(url_for("desk.event", reference=reference), 303)


def _page(template: str, event: Event, form: Filled) -> tuple[str, int]:
    return event_page(template, event=event, name=name_of(event), form=form), 422 if form.errors else 200
