"""What people do to planned works: plan, confirm, start, verify, finish, cancel, give new times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import COMING_WORK_STATES, RUNNING_WORK_STATES, EventState, EventType, Origin
from status.domain.written import in_utc
from status.models import Actor, Event, EventUpdate
from status.services.changing import change
from status.services.events import Draft, Impacts, Post, create, planned_values, post, touch
from status.services.instructions import event_changed
from status.services.publishing import publish_event
from status.services.updating import Update, check_words, update

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a work is planned with. `type` is maintenance or upgrade; the impacts are the expected ones."""

    type: EventType
    impacts: Impacts
    title: Texts
    start_at: datetime
    end_at: datetime
    texts: Texts = field(default_factory=dict)
    draft: bool = False


def plan(session: Session, what: Plan, author: Actor, now: datetime) -> Event:
    """Plan a work; announced at once unless a draft."""
    if not what.type.is_work:
        raise Refused("not_a_work", f"a work is a maintenance or an upgrade, not an {what.type.value}")
    if not what.impacts:
        raise Refused("no_component", "a work touches something: name at least one component")
    _require_times(what.start_at, what.end_at, now)
    check_words(what.title, what.texts)
    draft = Draft(
        type=what.type, state=EventState.PLANNED, title=what.title, origin=Origin.PERSON,
        planned_start_at=what.start_at, planned_end_at=what.end_at,
    )  # fmt: skip
    event = create(session, draft, author, now)
    touch(session, event, what.impacts, author, now)
    post(session, event, Post("plan", what.texts), author, now)
    if not what.draft:
        publish_event(session, event, now)
    event_changed(session, author, event, "plan", now)
    return event


def confirm(session: Session, event: Event, texts: Texts, author: Actor, now: datetime) -> EventUpdate:
    """Confirm a planned work: it will start by itself at its hour."""
    return _move(session, event, EventState.CONFIRMED, texts, author, now=now, action="confirm")


def start(session: Session, event: Event, texts: Texts, author: Actor, now: datetime) -> EventUpdate:
    """Start a confirmed work now."""
    return _move(session, event, EventState.IN_PROGRESS, texts, author, now=now, action="work-start")


def verify(session: Session, event: Event, texts: Texts, author: Actor, now: datetime) -> EventUpdate:
    """Say that the work is done and being verified."""
    return _move(session, event, EventState.VERIFYING, texts, author, now=now, action="verify")


def finish(session: Session, event: Event, texts: Texts, author: Actor, now: datetime) -> EventUpdate:
    """End a running work as done; one that was not being verified passes through that state."""
    _through_verifying(session, event, author)
    return _move(session, event, EventState.DONE, texts, author, now=now, action="finish")


def roll_back(session: Session, event: Event, texts: Texts, author: Actor, now: datetime) -> EventUpdate:
    """End a running work as rolled back."""
    _through_verifying(session, event, author)
    return _move(session, event, EventState.ROLLED_BACK, texts, author, now=now, action="roll-back")


def cancel(session: Session, event: Event, texts: Texts, author: Actor, now: datetime) -> EventUpdate:
    """Cancel a work that has not begun."""
    return _move(session, event, EventState.CANCELLED, texts, author, now=now, action="cancel")


def new_times(
    session: Session,
    event: Event,
    times: tuple[datetime | None, datetime],
    texts: Texts,
    author: Actor,
    *,
    now: datetime,
) -> EventUpdate:
    """Announce new times: both for a work to come, the end alone (the start None) for a running one."""
    start_at, end_at = times
    _require_work(event)
    if event.state in RUNNING_WORK_STATES and start_at is None and event.planned_start_at is not None:
        start_at = event.planned_start_at
    elif event.state not in COMING_WORK_STATES or start_at is None:
        raise Refused(
            "times", f"the work is {event.state.value}: a coming one gets a start and an end, a running an end"
        )
    _require_times(start_at, end_at, now)
    check_words({}, texts)
    change(session, event, planned_values(event, start_at, end_at), author)
    written = post(session, event, Post("new-times", texts), author, now)
    event_changed(session, author, event, "new-times", now)
    return written


def _move(
    session: Session, event: Event, state: EventState, texts: Texts, author: Actor, *, now: datetime, action: str
) -> EventUpdate:
    _require_work(event)
    if event.state is state:
        raise Refused("move", f"the work is {state.value} already")
    return update(session, event, Update(texts=texts, state=state), author, now, action=action)


def _through_verifying(session: Session, event: Event, author: Actor) -> None:
    if event.state is EventState.IN_PROGRESS:
        change(session, event, {"state": EventState.VERIFYING}, author)


def _require_work(event: Event) -> None:
    if not event.type.is_work:
        raise Refused("not_a_work", f"FS#{event.n} is an incident, not a work")


def _require_times(start_at: datetime, end_at: datetime, now: datetime) -> None:
    if end_at <= start_at:
        raise Refused("times", f"the work ends ({in_utc(end_at)}) before it begins ({in_utc(start_at)})")
    if end_at <= now:
        raise Refused("past", f"the work would end at {in_utc(end_at)}, which is past")
