"""Posts on an event: the list, posting."""

from __future__ import annotations

from typing import Final

from status.domain.permissions import Deed
from status.models import EventUpdate
from status.queries.records import actor_names, list_updates
from status.services.events import components_of
from status.services.updating import Update, update
from status.web.api import finding
from status.web.api.paging import cursor_of, key_after
from status.web.api.route import PREFIX, Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.posts import Posting, UpdateAnswer, UpdatePage
from status.web.api.telling import update_answer, update_told


def _list(call: Call) -> Told:
    query, event = call.asked(PageQuery), call.event()
    after = key_after(query, int)
    which = EventUpdate.event_uid == event.uid
    if after is not None:
        which &= EventUpdate.id > after[0]
    found = list_updates(call.session, which, query.limit + 1)
    names = actor_names(call.session)
    page = found[: query.limit]
    more = cursor_of(page[-1].update.id) if len(found) > query.limit else None
    return Told(UpdatePage(items=[update_answer(record, names) for record in page], next=more), version=event.version)


def _post(call: Call) -> Told:
    body, event = call.given(Posting), call.event()
    impacts = finding.impacts(call.session, body.impacts)
    everywhere = [row.component_id for row in components_of(call.session, event)] if body.impact is not None else []
    call.may_state([*impacts, *everywhere])
    what = Update(
        texts=body.texts, state=body.state, impact=body.impact, impacts=impacts, title=body.title,
        expected_end_at=body.expected_end_at, next_update_at=body.next_update_at, progress=body.progress,
        happened_at=body.happened_at, cleared=body.cleared,
    )  # fmt: skip
    told = update_told(call.session, update(call.session, event, what, call.by, call.now))
    return Told(told.body, told.version, f"{PREFIX}/events/{event.uid}/updates")


ROUTES: Final = (
    Route("GET", "/events/{event}/updates", "list-updates", Deed.READ, _list, "An event's updates, the oldest first",
          UpdatePage, query=PageQuery, versioned=True),
    Route("POST", "/events/{event}/updates", "post-update", Deed.POST, _post, "Post an update; it is public at once",
          UpdateAnswer, Posting, status=201, edits=True, versioned=True),
)  # fmt: skip
