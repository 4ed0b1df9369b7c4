"""Several incidents that are one trouble, one incident that is two: merge and split. For leads."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import OPEN_INCIDENT_STATES, EventType, Publication
from status.models import Event
from status.models.engine import reading
from status.queries.desk_event import name_of, read_touching
from status.services import merging
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.finding import find_for
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.language import gettext as _

Answer = Response | tuple[str, int]


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/events/<reference>/merge", "merge", show_merge)
    desk.add_url_rule("/events/<reference>/merge", "send_merge", send_merge, methods=["POST"])
    desk.add_url_rule("/events/<reference>/split", "split", show_split)
    desk.add_url_rule("/events/<reference>/split", "send_split", send_split, methods=["POST"])


@allowed(Deed.MERGE)
def show_merge(reference: str) -> tuple[str, int]:
    """Show the open incidents this one may be merged into."""
    return _merge_page(reference, Filled.from_values({}))


@allowed(Deed.MERGE)
def send_merge(reference: str) -> Answer:
    """Merge this incident into the chosen one; he goes on there."""
    form = Filled.from_request()
    if not form.get("into"):
        form.errors.append(Wrong("into", _("Choose the incident that goes on.")))
        return _merge_page(reference, form)
    try:
        with deed() as doing:
            event, into = doing.event(reference, Deed.MERGE), doing.event(form.get("into"), Deed.MERGE)
            doing.may_state([each.component_id for each in read_touching(doing.session, event, {})], Deed.MERGE)
            version = form.number(f"version-{into.uid}")
            merging.merge(
                doing.session, [event], into, doing.author, doing.now, texts=form.words("text"), version=version
            )
            going_on = into.n or into.uid
    except Refused as refused:
        form.refuse(refused, itself="into", draft="into", not_open="into", conflict="into")
        return _merge_page(reference, form)
    return redirect(url_for("desk.event", reference=going_on), 303)


@allowed(Deed.MERGE)
def show_split(reference: str) -> tuple[str, int]:
    """Show the components that may leave."""
    return _split_page(reference, Filled.from_values({}))


@allowed(Deed.MERGE)
def send_split(reference: str) -> Answer:
    """Let the chosen components leave to a new incident; he goes on there."""
    form = Filled.from_request()
    chosen = [int(each) for each in form.all("component") if each.isascii() and each.isdigit() and len(each) < 10]  # noqa: PLR2004
    if not chosen:
        form.errors.append(Wrong("components", _("Choose at least one component.")))
        return _split_page(reference, form)
    try:
        with deed() as doing:
            event = doing.event(reference, Deed.MERGE)
            doing.may_state(chosen, Deed.MERGE)
            part = merging.Part(chosen, form.words("title"), form.words("text"))
            version = form.number("version")
            apart = merging.split(doing.session, event, part, doing.author, doing.now, version=version)
            going_on = apart.n or apart.uid
    except Refused as refused:
        form.refuse(refused, all="components", not_touched="components", conflict="components")
        return _split_page(reference, form)
    return redirect(url_for("desk.event", reference=going_on), 303)


def _merge_page(reference: str, form: Filled) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.MERGE)
        answer = event_page(
            "desk/merge.html", event=event, name=name_of(event), form=form, others=_others(session, event)
        )
    return answer, 422 if form.errors else 200


def _split_page(reference: str, form: Filled) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.MERGE)
        form.values["version"] = str(event.version)
        touched = [each for each in read_touching(session, event, {}) if each.left_at is None]
        answer = event_page("desk/split.html", event=event, name=name_of(event), form=form, touched=touched)
    return answer, 422 if form.errors else 200


def _others(session: Session, event: Event) -> list[tuple[str, str, Event]]:
    open_ones = sa.select(Event).where(
        Event.type == EventType.INCIDENT, Event.state.in_(OPEN_INCIDENT_STATES), Event.uid != event.uid,
        Event.publication.in_((Publication.PUBLIC, Publication.DRAFT)),
    )  # fmt: skip
    rows = session.scalars(open_ones.order_by(Event.created_at.desc()).limit(100))
    return [(str(row.n or row.uid), name_of(row), row) for row in rows]
