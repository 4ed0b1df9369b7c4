"""A post that was wrong: corrected (the earlier words stay to be seen), or redacted by a lead (they are gone)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Event, EventUpdate
from status.models.engine import reading
from status.queries.desk_event import DeskPost, name_of, read_posts
from status.services import correcting
from status.services.twin_posts import twins_of
from status.web.desk.deeds import Doing, deed
from status.web.desk.filled import Filled
from status.web.desk.finding import find_for
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.desk.update_form import seems_personal
from status.wording.languages import LANGUAGES

Answer = Response | tuple[str, int]
PATH: Final = "/events/<reference>/updates/<int:update_id>"


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two pages, of one post."""

    template: str
    deed: Deed
    reference: str
    update_id: int


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule(f"{PATH}/correct", "correct", show_correct)
    desk.add_url_rule(f"{PATH}/correct", "send_correct", send_correct, methods=["POST"])
    desk.add_url_rule(f"{PATH}/redact", "redact", show_redact)
    desk.add_url_rule(f"{PATH}/redact", "send_redact", send_redact, methods=["POST"])


@allowed(Deed.POST)
def show_correct(reference: str, update_id: int) -> Answer:
    """Show the words as they are."""
    return _page(Place("desk/correct.html", Deed.POST, reference, update_id), None)


@allowed(Deed.POST)
def send_correct(reference: str, update_id: int) -> Answer:
    """Correct the words that differ."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event, row: EventUpdate) -> None:
        post = _post(doing.session, event, row.id)
        now = {text.language: text.text for text in post.texts}
        texts = {key: form.get(f"text_{key}") for key in LANGUAGES if form.get(f"text_{key}") != now.get(key, "")}
        correcting.correct(doing.session, event, row, texts, doing.author, doing.now)

    place = Place("desk/correct.html", Deed.POST, reference, update_id)
    personal = seems_personal(form)
    return _page(place, form, personal) if personal else _send(place, form, write)


@allowed(Deed.REDACT)
def show_redact(reference: str, update_id: int) -> Answer:
    """Show the words that would go."""
    return _page(Place("desk/redact.html", Deed.REDACT, reference, update_id), None)


@allowed(Deed.REDACT)
def send_redact(reference: str, update_id: int) -> Answer:
    """Take the words away for good."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event, row: EventUpdate) -> None:
        correcting.redact(doing.session, event, row, form.get("reason"), doing.author, doing.now)

    return _send(Place("desk/redact.html", Deed.REDACT, reference, update_id), form, write)


def _send(place: Place, form: Filled, write: Callable[[Doing, Event, EventUpdate], None]) -> Answer:
    try:
        with deed() as doing:
            event = doing.event(place.reference, place.deed)
            write(doing, event, _row(doing.session, event, place.update_id))
    except Refused as refused:
        form.refuse(refused, no_reason="reason")
        return _page(place, form)
    return redirect(url_for("desk.event", reference=place.reference, _anchor=f"post-{place.update_id}"), 303)


def _page(place: Place, form: Filled | None, personal: tuple[str, ...] = ()) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, place.reference, place.deed)
        post = _post(session, event, place.update_id)
        form = form or Filled.from_values({f"text_{text.language}": text.text for text in post.texts})
        twins = [name_of(other) for other, _ in twins_of(session, event, _row(session, event, place.update_id))]
        answer = event_page(
            place.template, event=event, name=name_of(event), post=post, form=form, personal=personal, twins=twins
        )
    return answer, 422 if form.errors or personal else 200


def _row(session: Session, event: Event, update_id: int) -> EventUpdate:
    row = session.get(EventUpdate, update_id) if update_id < 1 << 31 else None
    if row is None or row.event_uid != event.uid or row.k is None:
        abort(404)
    return row


def _post(session: Session, event: Event, update_id: int) -> DeskPost:
    _row(session, event, update_id)
    return next(post for post in read_posts(session, event, {}) if post.id == update_id)
