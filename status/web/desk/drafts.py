"""Updates kept as drafts: the posting screen's form put away and taken up again; posted or discarded by a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Event, UpdateDraft
from status.services import drafts
from status.services.updating import Update
from status.web.desk.deeds import Doing, deed
from status.web.desk.event import refuse_on
from status.web.desk.filled import Filled, local
from status.web.desk.gate import allowed, present
from status.web.desk.update_form import beginning

Answer = Response | tuple[str, int]
TIMES = ("expected_end_at", "next_update_at", "happened_at")


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/events/<reference>/drafts/<uid>/post", "post_draft", post, methods=["POST"])
    desk.add_url_rule("/events/<reference>/drafts/<uid>/discard", "discard_draft", discard, methods=["POST"])


@allowed(Deed.POST)
def post(reference: str, uid: str) -> Answer:
    """Post a draft as it was written."""
    return _end(reference, uid, lambda doing, row: drafts.post_draft(doing.session, row, doing.author, doing.now))


@allowed(Deed.POST)
def discard(reference: str, uid: str) -> Answer:
    """Put a draft away for good."""
    return _end(reference, uid, lambda doing, row: drafts.discard(doing.session, row, doing.author, doing.now))


def keep(doing: Doing, event: Event, form: Filled, what: Update, publish_at: datetime | None) -> None:
    """Keep what the form asks for; a draft that was taken up is changed."""
    known = find_draft(doing.session, event, form.get("draft")) if form.get("draft") else None
    data = as_data(what)
    if known is not None:
        drafts.change(doing.session, known, data, doing.author, doing.now, publish_at=publish_at)
        return
    drafts.keep(doing.session, event, data, doing.author, doing.now, publish_at=publish_at)


def draft_form(session: Session, event: Event, uid: str) -> Filled:
    """Give the form of a draft."""
    row = find_draft(session, event, uid)
    form = beginning(session, event, present())
    form.values["next_update_at"] = form.get("was_next_update_at")
    for name, value in _as_fields(row.data).items():
        form.values[name] = value
    form.values["draft"] = row.uid
    form.values["publish_at"] = local(row.publish_at)
    return form


def find_draft(session: Session, event: Event, uid: str) -> UpdateDraft:
    """Find a waiting draft of an event; no page where there is none."""
    row = session.get(UpdateDraft, uid) if uid.isascii() else None
    if row is None or row.event_uid != event.uid or row.ended_at is not None:
        abort(404)
    return row


def as_data(what: Update) -> dict[str, Any]:
    """Give an update as a draft keeps it."""
    times = {name: at.isoformat() for name in TIMES if (at := getattr(what, name)) is not None}
    said = {
        "texts": dict(what.texts), "title": dict(what.title), "progress": what.progress, **times,
        "state": what.state.value if what.state else None,
        "impacts": {str(each): impact.value for each, impact in what.impacts.items()},
        "cleared": sorted(what.cleared),
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (None, {}, [])}


def _as_fields(data: Mapping[str, Any]) -> dict[str, str]:
    texts = {f"text_{key}": text for key, text in data.get("texts", {}).items()}
    titles = {f"title_{key}": text for key, text in data.get("title", {}).items()}
    impacts = {f"impact-{key}": impact for key, impact in data.get("impacts", {}).items()}
    times = {name: local(datetime.fromisoformat(data[name])) for name in TIMES if data.get(name)}
    times |= dict.fromkeys(data.get("cleared", ()), "")
    plain = {name: str(data[name]) for name in ("state", "impact", "progress") if data.get(name) is not None}
    return {**texts, **titles, **impacts, **times, **plain}


def _end(reference: str, uid: str, do: Callable[[Doing, UpdateDraft], object]) -> Answer:
    try:
        with deed() as doing:
            event = doing.event(reference, Deed.POST)
            row = find_draft(doing.session, event, uid)
            doing.may_state(int(each) for each in row.data.get("impacts", {}))
            do(doing, row)
    except Refused as refused:
        return refuse_on(reference, refused)
    return redirect(url_for("desk.event", reference=reference), 303)
