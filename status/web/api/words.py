"""Words that were posted: corrected, or taken away for good."""

from __future__ import annotations

from typing import Final

from status.domain.permissions import Deed
from status.models import Event, EventUpdate
from status.services import correcting
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.events import EventAnswer
from status.web.api.shapes.posts import Correcting, Redacting, RedactingEvent, UpdateAnswer
from status.web.api.telling import event_told, update_told


def _update(call: Call, event: Event) -> EventUpdate:
    return correcting.update_of(call.session, event, int(call.path["update"]))


def _correct(call: Call) -> Told:
    event = call.event()
    row = _update(call, event)
    correcting.correct(call.session, event, row, call.given(Correcting).texts, call.by, call.now)
    return update_told(call.session, row)


def _redact(call: Call) -> Told:
    event = call.event()
    row = _update(call, event)
    correcting.redact(call.session, event, row, call.given(Redacting).reason, call.by, call.now)
    return update_told(call.session, row)


def _redact_event(call: Call) -> Told:
    body, event = call.given(RedactingEvent), call.event()
    correcting.redact_event_words(
        call.session, event, list(body.fields), body.reason, call.by, call.now, instead=body.title
    )  # fmt: skip
    return event_told(call.session, event)


UPDATE: Final = "/events/{event}/updates/{update}"
ROUTES: Final = (
    Route("POST", f"{UPDATE}/correct", "correct-update", Deed.POST, _correct,
          "Correct the words of an update; the earlier ones stay visible as modified", UpdateAnswer, Correcting,
          edits=True, versioned=True),
    Route("POST", f"{UPDATE}/redact", "redact-update", Deed.REDACT, _redact,
          "Take the words of an update away for good", UpdateAnswer, Redacting, edits=True, versioned=True),
    Route("POST", "/events/{event}/redact", "redact-event", Deed.REDACT, _redact_event,
          "Take words of the event itself away for good", EventAnswer, RedactingEvent, edits=True, versioned=True),
)  # fmt: skip
