"""Incidents that are one trouble, and one that is two."""

from __future__ import annotations

from typing import Final

from status.domain.permissions import Deed
from status.services.merging import Part, merge, split
from status.web.api import finding
from status.web.api.route import Call, Route, Told, event_step
from status.web.api.shapes.events import EventAnswer, Merging, Splitting
from status.web.api.telling import event_told


def _merge(call: Call) -> Told:
    body, into = call.given(Merging), call.event()
    named = [
        finding.named_event(call.session, reference, f"events.{place}") for place, reference in enumerate(body.events)
    ]
    for event in named:
        call.require_on(event)
    merge(call.session, named, into, call.by, call.now, texts=body.texts)
    return event_told(call.session, into)


def _split(call: Call) -> Told:
    body, event = call.given(Splitting), call.event()
    ids = finding.component_ids(call.session, body.components, "components")
    call.may_state(ids)
    apart = split(call.session, event, Part(ids, body.title, body.texts), call.by, call.now)
    return event_told(call.session, apart, made=True)


ROUTES: Final = (
    event_step("merge", Deed.MERGE, _merge, "Make open incidents part of this one", Merging),
    Route("POST", "/events/{event}/split", "split-events", Deed.MERGE, _split,
          "Let components leave to a new incident, which is the answer", EventAnswer, Splitting, status=201,
          edits=True, versioned=True),
)  # fmt: skip
