"""What the authority asks for of an incident, and what it taught."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Event, PostMortem
from status.queries.records import actor_names
from status.services import facts, post_mortems
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.base import JSONDocument
from status.web.api.shapes.events import EventAnswer, Facts
from status.web.api.shapes.writing import PostMortemAnswer, PostMorteming
from status.web.api.telling import event_told


def _facts(call: Call) -> Told:
    return Told(JSONDocument.of(facts.export(call.session, call.event())))


def _state(call: Call) -> Told:
    body, event = call.given(Facts), call.event()
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    stated = replace(facts.stated(event), **given)
    facts.state_facts(call.session, event, stated, call.by, call.now)
    return event_told(call.session, event)


def _post_mortem(call: Call) -> Told:
    return _told(call, call.event())


def _told(call: Call, event: Event) -> Told:
    call.session.flush()
    row = call.session.get(PostMortem, event.uid)
    if row is None:
        raise Refused("no_such_post_mortem", "no post-mortem is written of this event")
    return Told(
        PostMortemAnswer(
            event=event.uid, text=row.text, author=actor_names(call.session)[row.author_id],
            created_at=row.created_at, changed_at=row.changed_at, published_at=row.published_at, version=row.version,
        ),
        version=event.version,
    )  # fmt: skip


def _write(call: Call) -> Told:
    event = call.event()
    post_mortems.write(call.session, event, call.given(PostMorteming).text, call.by, call.now)
    return _told(call, event)


def _publish(call: Call) -> Told:
    event = call.event()
    post_mortems.publish(call.session, event, call.by, call.now)
    return _told(call, event)


POST_MORTEM: Final = "/events/{event}/post-mortem"
ROUTES: Final = (
    Route("GET", "/events/{event}/facts", "get-facts", Deed.READ, _facts, "What the authority asks for",
          JSONDocument),
    Route("PATCH", "/events/{event}/facts", "state-facts", Deed.POST, _state, "State what the authority asks for",
          EventAnswer, Facts, edits=True, versioned=True),
    Route("GET", POST_MORTEM, "get-post-mortem", Deed.READ, _post_mortem, "What an incident taught",
          PostMortemAnswer, versioned=True),
    Route("PUT", POST_MORTEM, "write-post-mortem", Deed.POST_MORTEM, _write, "Write what an incident taught",
          PostMortemAnswer, PostMorteming, edits=True, versioned=True),
    Route("POST", f"{POST_MORTEM}/publish", "publish-post-mortem", Deed.POST_MORTEM, _publish,
          "Publish the post-mortem, with a page of its own", PostMortemAnswer, edits=True, versioned=True),
)  # fmt: skip
