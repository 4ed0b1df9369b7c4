"""Internal words on an event; who sees to it; which others it has to do with."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from status.domain.permissions import Deed
from status.models import Actor, Note
from status.queries.records import actor_names
from status.services import actors, assigning, linking, notes
from status.web.api import finding
from status.web.api.paging import cursor_of, key_after
from status.web.api.problems import of_field
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.events import Assigning, EventAnswer, Linking
from status.web.api.shapes.posts import NoteAnswer, NotePage, Noting
from status.web.api.telling import event_told


def _list(call: Call) -> Told:
    query, event = call.asked(PageQuery), call.event()
    after = key_after(query, int)
    wanted = sa.select(Note).where(Note.event_uid == event.uid, Note.id > (after[0] if after else 0))
    found = call.session.scalars(wanted.order_by(Note.id).limit(query.limit + 1)).all()
    page = found[: query.limit]
    more = cursor_of(page[-1].id) if len(found) > query.limit else None
    names = actor_names(call.session)
    return Told(NotePage(items=[_note(row, names[row.author_id]) for row in page], next=more))


def _add(call: Call) -> Told:
    event = call.event()
    row = notes.add(call.session, event, call.given(Noting).text, call.by, call.now)
    call.session.flush()
    return Told(_note(row, call.by.name))


def _note(row: Note, author: str) -> NoteAnswer:
    return NoteAnswer(id=row.id, event=row.event_uid, author=author, at=row.at, text=row.text)


def _link(call: Call) -> Told:
    event = call.event()
    other = finding.named_event(call.session, call.given(Linking).event, "event")
    linking.link(call.session, event, other, call.by, call.now)
    return event_told(call.session, event)


def _unlink(call: Call) -> Told:
    event = call.event()
    other = finding.event(call.session, call.path["other"])
    linking.unlink(call.session, event, other, call.by, call.now)
    return event_told(call.session, event)


def _acknowledge(call: Call) -> Told:
    event = call.event()
    assigning.acknowledge(call.session, event, call.by, call.now)
    return event_told(call.session, event)


def _assign(call: Call) -> Told:
    event, body = call.event(), call.given(Assigning)
    to = _colleague(call, body.account) if body.account is not None else None
    assigning.assign(call.session, event, to, call.by, call.now, note=body.note)
    return event_told(call.session, event)


def _colleague(call: Call, name: str) -> Actor:
    account = finding.named_account(call.session, name, "account")
    if account.disabled_at is not None:
        raise of_field("account", name, "an account that is not disabled")
    return actors.of_account(call.session, account.uid, account.name)


ROUTES: Final = (
    Route("GET", "/events/{event}/notes", "list-notes", Deed.READ, _list, "An event's notes, the oldest first",
          NotePage, query=PageQuery),
    Route("POST", "/events/{event}/notes", "add-note", Deed.NOTE, _add, "Add an internal note", NoteAnswer, Noting,
          status=201),
    Route("POST", "/events/{event}/acknowledge", "acknowledge-event", Deed.ACKNOWLEDGE, _acknowledge,
          "Say: I am on it", EventAnswer, versioned=True),
    Route("POST", "/events/{event}/assign", "assign-event", Deed.ACKNOWLEDGE, _assign,
          "Hand an event to a colleague, or to nobody", EventAnswer, Assigning, versioned=True),
    Route("POST", "/events/{event}/links", "link-event", Deed.POST, _link,
          "Say that two events have to do with one another", EventAnswer, Linking, versioned=True),
    Route("DELETE", "/events/{event}/links/{other}", "unlink-event", Deed.POST, _unlink, "Take such a link away",
          EventAnswer, versioned=True),
)  # fmt: skip
