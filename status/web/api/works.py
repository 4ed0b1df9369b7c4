"""Works: planned, confirmed, run, ended, moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from status.domain.permissions import Deed
from status.domain.states import EventType
from status.models import Actor, Event, EventUpdate
from status.services import works
from status.web.api import finding
from status.web.api.route import Call, Route, Told, View, event_step
from status.web.api.shapes.events import EventAnswer, Saying
from status.web.api.shapes.works import Moving, Planning
from status.web.api.telling import event_told

Step = Callable[[Session, Event, Mapping[str, str], Actor, datetime], EventUpdate]


def _plan(call: Call) -> Told:
    body = call.given(Planning)
    impacts = finding.impacts(call.session, body.impacts)
    call.may_state(list(impacts))
    what = works.Plan(
        type=EventType(body.type), impacts=impacts, title=body.title, start_at=body.start_at, end_at=body.end_at,
        texts=body.texts, draft=body.draft,
    )  # fmt: skip
    return event_told(call.session, works.plan(call.session, what, call.by, call.now), made=True)


def _times(call: Call) -> Told:
    body, event = call.given(Moving), call.event()
    works.new_times(call.session, event, (body.start_at, body.end_at), body.texts, call.by, now=call.now)
    return event_told(call.session, event)


def _taking(step: Step) -> View:
    """Give the view of a step that needs words alone."""

    def view(call: Call) -> Told:
        event = call.event()
        step(call.session, event, call.given(Saying).texts, call.by, call.now)
        return event_told(call.session, event)

    return view


def _step(name: str, step: Step, summary: str) -> Route:
    return event_step(name, Deed.PLAN, _taking(step), summary, Saying, of="works")


ROUTES: Final = (
    Route("POST", "/works", "plan-work", Deed.PLAN, _plan, "Plan a work", EventAnswer, Planning, status=201,
          versioned=True),
    _step("confirm", works.confirm, "Confirm a planned work: it starts by itself at its hour"),
    _step("start", works.start, "Start a confirmed work now"),
    _step("verify", works.verify, "Say that the work is done and being verified"),
    _step("finish", works.finish, "End a running work as done"),
    _step("roll-back", works.roll_back, "End a running work as rolled back"),
    _step("cancel", works.cancel, "Cancel a work that has not begun"),
    event_step("times", Deed.PLAN, _times, "Announce new times", Moving, of="works"),
)  # fmt: skip
