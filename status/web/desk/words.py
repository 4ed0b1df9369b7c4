"""Small forms on an event's page: a note, a link with another event, who has it in hand."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Account, Actor, Event
from status.services import actors, assigning, linking, notes
from status.services.events import find
from status.web.desk.deeds import Doing, deed
from status.web.desk.event import refuse_on
from status.web.desk.filled import Filled
from status.web.desk.gate import allowed

Answer = Response | tuple[str, int]


def install(desk: Blueprint) -> None:
    """Add the views."""
    for path, name, view in (
        ("notes", "add_note", add_note), ("link", "link_event", link_event), ("unlink", "unlink_event", unlink_event),
        ("acknowledge", "acknowledge", acknowledge), ("assign", "assign", assign),
    ):  # fmt: skip
        desk.add_url_rule(f"/events/<reference>/{path}", name, view, methods=["POST"])


@allowed(Deed.NOTE)
def add_note(reference: str) -> Answer:
    """Write an internal note."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event) -> None:
        notes.add(doing.session, event, form.get("note"), doing.author, doing.now)

    return _do(reference, Deed.NOTE, write, form, "notes")


@allowed(Deed.POST)
def link_event(reference: str) -> Answer:
    """Link with the event of a number."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event) -> None:
        linking.link(doing.session, event, find(doing.session, form.get("other")), doing.author, doing.now)

    return _do(reference, Deed.POST, write, form, "links")


@allowed(Deed.POST)
def unlink_event(reference: str) -> Answer:
    """Take a link away."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event) -> None:
        linking.unlink(doing.session, event, find(doing.session, form.get("other")), doing.author, doing.now)

    return _do(reference, Deed.POST, write, form, "links")


@allowed(Deed.ACKNOWLEDGE)
def acknowledge(reference: str) -> Answer:
    """Say: I am on it."""

    def write(doing: Doing, event: Event) -> None:
        assigning.acknowledge(doing.session, event, doing.author, doing.now)

    return _do(reference, Deed.ACKNOWLEDGE, write, Filled.from_request(), "main")


@allowed(Deed.ACKNOWLEDGE)
def assign(reference: str) -> Answer:
    """Hand it over to a colleague, or to nobody, with a note."""
    form = Filled.from_request()

    def write(doing: Doing, event: Event) -> None:
        to = _colleague(doing, form.get("account")) if form.get("account") or event.assigned_to is None else None
        if to is not None and event.assigned_to == to.id:
            raise Refused("in_hand", "it is in those hands already: choose somebody else")
        assigning.assign(doing.session, event, to, doing.author, doing.now, note=form.get("assign_note"))

    return _do(reference, Deed.ACKNOWLEDGE, write, form, "main", too_long="assign_note")


def _colleague(doing: Doing, uid: str) -> Actor:
    account = doing.session.get(Account, uid) if uid.isascii() and uid.isprintable() else None
    if account is None or account.disabled_at is not None:
        raise Refused("no_such_account", "there is no such account: choose a colleague of the list")
    return actors.of_account(doing.session, account.uid, account.name)


def _do(
    reference: str, what: Deed, write: Callable[[Doing, Event], None], form: Filled, place: str, **led: str
) -> Answer:
    fields = {
        "nothing": "note",
        "linked": "other",
        "in_hand": "account",
        "no_such_account": "account",
        "too_long": "note",
        "no_such_event": "other",
        "itself": "other",
        **led,
    }
    try:
        with deed() as doing:
            write(doing, doing.event(reference, what))
    except Refused as refused:
        return refuse_on(reference, refused, form, **fields)
    return redirect(url_for("desk.event", reference=reference, _anchor=place), 303)
