"""Events: the list, one, opening; and the steps of an incident's life."""

from __future__ import annotations

from typing import Final

from status.domain.permissions import Deed
from status.domain.states import EventState
from status.queries.records import Wanted, actor_names, list_events
from status.services import incidents
from status.services.events import default_title
from status.web.api import finding
from status.web.api.paging import cursor_of, key_after
from status.web.api.problems import of_field
from status.web.api.route import Call, Route, Told, event_step
from status.web.api.shapes.events import (
    Closing,
    EventAnswer,
    EventPage,
    EventsQuery,
    Opening,
    PublishingLater,
    Saying,
    Withdrawing,
)
from status.web.api.telling import event_answer, event_told


def _list(call: Call) -> Told:
    query = call.asked(EventsQuery)
    after = key_after(query, str)
    states: tuple[EventState, ...] | None = (query.state,) if query.state is not None else None
    if query.stage is not None:
        if states is not None:
            raise of_field("stage", query.stage.value, "either a state or a stage")
        states = query.stage.states
    wanted = Wanted(
        area=query.area, type=query.type, states=states, publication=query.publication, since=query.since,
        until=query.until, before_uid=str(after[0]) if after else None,
        component_id=finding.component_id(call.session, query.component) if query.component else None,
    )  # fmt: skip
    found = list_events(call.session, wanted, query.limit + 1)
    names = actor_names(call.session)
    page = found[: query.limit]
    more = cursor_of(page[-1].event.uid) if len(found) > query.limit else None
    return Told(EventPage(items=[event_answer(record, names) for record in page], next=more))


def _one(call: Call) -> Told:
    return event_told(call.session, call.event())


def _open(call: Call) -> Told:
    body = call.given(Opening)
    impacts = finding.impacts(call.session, body.impacts)
    call.may_state(list(impacts))
    what = incidents.Opening(
        impacts=impacts, title=body.title or default_title(call.session, impacts), texts=body.texts, state=body.state,
        severity=body.severity, happened_at=body.happened_at, expected_end_at=body.expected_end_at,
        next_update_at=body.next_update_at, draft=body.draft,
    )  # fmt: skip
    return event_told(call.session, incidents.open_incident(call.session, what, call.by, call.now), made=True)


def _close(call: Call) -> Told:
    body, event = call.given(Closing), call.event()
    incidents.close(call.session, event, body.texts, call.by, call.now, ended_at=body.ended_at)
    return event_told(call.session, event)


def _reopen(call: Call) -> Told:
    event = call.event()
    incidents.reopen(call.session, event, call.given(Saying).texts, call.by, call.now)
    return event_told(call.session, event)


def _withdraw(call: Call) -> Told:
    event = call.event()
    incidents.withdraw(call.session, event, call.given(Withdrawing).reason, call.by, call.now)
    return event_told(call.session, event)


def _publish(call: Call) -> Told:
    event = call.event()
    incidents.publish(call.session, event, call.by, call.now)
    return event_told(call.session, event)


def _publish_at(call: Call) -> Told:
    event = call.event()
    incidents.publish_at(call.session, event, call.given(PublishingLater).publish_at, call.by, call.now)
    return event_told(call.session, event)


def _take(call: Call) -> Told:
    event = call.event()
    incidents.take(call.session, event, call.by, call.now)
    return event_told(call.session, event)


def _hand_back(call: Call) -> Told:
    event = call.event()
    incidents.hand_back(call.session, event, call.by, call.now)
    return event_told(call.session, event)


ROUTES: Final = (
    Route("GET", "/events", "list-events", Deed.READ, _list, "Incidents and works, the one made last first",
          EventPage, query=EventsQuery),
    Route("GET", "/events/{event}", "get-event", Deed.READ, _one, "One event", EventAnswer, versioned=True),
    Route("POST", "/events", "open-incident", Deed.OPEN, _open, "Open an incident", EventAnswer, Opening, status=201,
          versioned=True),
    event_step("close", Deed.POST, _close, "Close an incident", Closing),
    event_step("reopen", Deed.POST, _reopen, "Open a closed incident again", Saying),
    event_step("withdraw", Deed.WITHDRAW, _withdraw, "Withdraw a false alarm", Withdrawing),
    event_step("publish", Deed.PUBLISH, _publish, "Publish a draft"),
    event_step("publish-at", Deed.PUBLISH, _publish_at, "Have a draft published at a time", PublishingLater),
    event_step("take", Deed.POST, _take, "Take an incident over from the robot"),
    event_step("hand-back", Deed.POST, _hand_back, "Hand an incident back to the robot"),
)  # fmt: skip
