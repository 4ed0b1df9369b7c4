"""Updates kept for later, or for a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Component, Event, UpdateDraft
from status.queries.records import actor_names
from status.services import drafts
from status.services.events import components_of
from status.web.api import finding
from status.web.api.paging import page_of
from status.web.api.route import PREFIX, Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.posts import UpdateAnswer
from status.web.api.shapes.writing import DraftAnswer, Drafting, DraftPage
from status.web.api.telling import update_told

TIMES: Final = ("expected_end_at", "next_update_at", "happened_at")


def _list(call: Call) -> Told:
    event = call.event()
    rows = drafts.waiting(call.session, event.uid)
    page, more = page_of(rows, lambda row: row.uid, call.asked(PageQuery))
    return Told(DraftPage(items=[_answer(call, row) for row in page], next=more))


def _one(call: Call) -> Told:
    row = _named(call, call.event())
    return Told(_answer(call, row), row.version)


def _keep(call: Call) -> Told:
    body, event = call.given(Drafting), call.event()
    data = _data(call, event, body)
    row = drafts.keep(
        call.session, event, data, call.by, call.now, origin="api", publish_at=body.publish_at
    )  # fmt: skip
    call.session.flush()
    return Told(_answer(call, row), row.version, f"{PREFIX}/events/{event.uid}/drafts/{row.uid}")


def _change(call: Call) -> Told:
    body, event = call.given(Drafting), call.event()
    row = _named(call, event)
    data = _data(call, event, body)
    drafts.change(call.session, row, data, call.by, call.now, publish_at=body.publish_at)
    call.session.flush()
    return Told(_answer(call, row), row.version)


def _version(call: Call) -> int:
    return _named(call, call.event()).version


def _discard(call: Call) -> Told:
    drafts.discard(call.session, _named(call, call.event()), call.by, call.now)
    return Told()


def _post(call: Call) -> Told:
    event = call.event()
    row = _named(call, event)
    call.may_state([int(id_) for id_ in row.data.get("impacts", {})])
    if row.data.get("impact"):
        call.may_state([touched.component_id for touched in components_of(call.session, event)])
    return update_told(call.session, drafts.post_draft(call.session, row, call.by, call.now))


def _named(call: Call, event: Event) -> UpdateDraft:
    row = call.session.get(UpdateDraft, call.path["draft"].lower())
    if row is None or row.event_uid != event.uid or row.ended_at is not None:
        raise Refused("no_such_draft", "this event has no such draft; it may have been posted or discarded")
    return row


def _data(call: Call, event: Event, body: Drafting) -> dict[str, Any]:
    """Give an update as a draft keeps it: the impacts by component id, times as ISO 8601."""
    impacts = finding.impacts(call.session, body.impacts)
    everywhere = [row.component_id for row in components_of(call.session, event)] if body.impact is not None else []
    call.may_state([*impacts, *everywhere])
    said = {
        "texts": body.texts, "title": body.title, "progress": body.progress,
        "state": body.state.value if body.state else None, "impact": body.impact.value if body.impact else None,
        "impacts": {str(id_): impact.value for id_, impact in impacts.items()}, "cleared": sorted(body.cleared),
        **{name: at.isoformat() for name in TIMES if (at := getattr(body, name)) is not None},
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (None, {}, [])}


def _answer(call: Call, row: UpdateDraft) -> DraftAnswer:
    data: Mapping[str, Any] = row.data
    slugs = sa.select(Component.id, Component.slug).where(
        Component.id.in_([int(id_) for id_ in data.get("impacts", {})])
    )
    named: dict[int, str] = dict(call.session.execute(slugs).all())
    impacts = {named[int(id_)]: impact for id_, impact in data.get("impacts", {}).items()}
    plain = {name: data.get(name) for name in ("state", "impact", "progress", *TIMES)}
    return DraftAnswer.model_validate(
        {
            "uid": row.uid, "event": row.event_uid, "author": actor_names(call.session)[row.author_id],
            "origin": row.origin, "created_at": row.created_at, "changed_at": row.changed_at,
            "publish_at": row.publish_at, "failure": row.failure, "version": row.version,
            "texts": data.get("texts", {}), "title": data.get("title", {}), "impacts": impacts,
            "cleared": data.get("cleared", []), **plain,
        },
        strict=False,
    )  # fmt: skip


DRAFTS: Final = "/events/{event}/drafts"
ROUTES: Final = (
    Route("GET", DRAFTS, "list-drafts", Deed.READ, _list, "Updates that wait, the oldest first", DraftPage,
          query=PageQuery),
    Route("POST", DRAFTS, "keep-draft", Deed.POST, _keep, "Keep an update for later, or for a time", DraftAnswer,
          Drafting, status=201, versioned=True),
    Route("GET", f"{DRAFTS}/{{draft}}", "get-draft", Deed.READ, _one, "One update that waits", DraftAnswer,
          versioned=True),
    Route("PUT", f"{DRAFTS}/{{draft}}", "change-draft", Deed.POST, _change, "Write a kept update anew", DraftAnswer,
          Drafting, edits=True, versioned=True, guard=_version),
    Route("DELETE", f"{DRAFTS}/{{draft}}", "discard-draft", Deed.POST, _discard, "Put a kept update away for good",
          status=204, edits=True, guard=_version),
    Route("POST", f"{DRAFTS}/{{draft}}/post", "post-draft", Deed.POST, _post, "Post a kept update now", UpdateAnswer,
          status=201, edits=True, versioned=True),
)  # fmt: skip
