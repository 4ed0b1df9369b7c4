"""What people do to incidents: open, close, reopen, withdraw, publish, take over, hand back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import ENDED_STATES, EventState, EventType, Origin, Publication
from status.domain.written import FARTHEST, clean_text, in_utc
from status.log import fields
from status.models import Actor, Event, EventUpdate
from status.services import actors
from status.services.changing import change, line_up, require_version
from status.services.events import Draft, Impacts, Post, area_of, components_of, create, post, touch
from status.services.instructions import event_changed
from status.services.publishing import publish_event, raise_revision
from status.services.updating import Update, check_words, update
from status.wording.advice import advice
from status.wording.languages import LANGUAGES, pick

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a person opens an incident with. `happened_at`: since when it lasts, if not now.

    `uid` is given where it was told outside before the incident was known here.
    """

    impacts: Impacts
    title: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    state: EventState = EventState.INVESTIGATING
    severity: int | None = None
    happened_at: datetime | None = None
    expected_end_at: datetime | None = None
    next_update_at: datetime | None = None
    draft: bool = False
    uid: str | None = None


def open_incident(session: Session, opening: Opening, author: Actor, now: datetime) -> Event:
    """Open an incident; public at once unless a draft. A person holds it until he hands it back."""
    if not opening.impacts:
        raise Refused("no_component", "an incident touches something: name at least one component")
    if opening.happened_at is not None and opening.happened_at > now:
        raise Refused("future", f"it cannot have begun at {in_utc(opening.happened_at)}: that is still to come")
    if opening.state in ENDED_STATES:
        raise Refused("move", f"an incident does not begin as {opening.state.value}; open it, then close it")
    check_words(opening.title, opening.texts)
    draft = Draft(
        type=EventType.INCIDENT, state=opening.state, title=opening.title, origin=Origin.PERSON, uid=opening.uid,
        advice=advice(area_of(session, next(iter(opening.impacts)))), severity=opening.severity,
        started_at=opening.happened_at or now, detected_at=now,
        expected_end_at=opening.expected_end_at, next_update_at=opening.next_update_at,
    )  # fmt: skip
    event = create(session, draft, author, now)
    touch(session, event, opening.impacts, author, now)
    change(session, event, {"taken_by": author.id})
    post(session, event, Post("open", opening.texts, opening.happened_at), author, now)
    if not opening.draft:
        publish_event(session, event, now)
    event_changed(session, author, event, "open", now)
    return event


def close(
    session: Session, event: Event, texts: Mapping[str, str], author: Actor, now: datetime,
    *, ended_at: datetime | None = None, version: int | None = None,
) -> EventUpdate:  # fmt: skip
    """Move an incident to resolved; `ended_at` when it ended before now."""
    _require_incident(event, "closed")
    if event.state in ENDED_STATES:
        raise Refused("move", f"the incident is {event.state.value} already; allowed from there: reopening")
    what = Update(texts=texts, state=EventState.RESOLVED, happened_at=ended_at, version=version)
    return update(session, event, what, author, now, action="close")


def reopen(session: Session, event: Event, texts: Mapping[str, str], author: Actor, now: datetime) -> EventUpdate:
    """Move a resolved incident back to investigating, with a post of its own."""
    _require_incident(event, "reopened")
    if event.state not in ENDED_STATES:
        raise Refused("move", f"the incident is {event.state.value}: it is open")
    return update(session, event, Update(texts=texts, state=EventState.INVESTIGATING), author, now, action="reopen")


def withdraw(
    session: Session,
    event: Event,
    reasons: Mapping[str, str],
    author: Actor,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Withdraw a false alarm: number and page stay, with the reason and one last post; a draft leaves nothing."""
    _require_incident(event, "withdrawn")
    require_version(event, version)
    if event.publication in (Publication.WITHDRAWN, Publication.MERGED):
        raise Refused("not_open", f"the event is {event.publication.value} already")
    check_words({}, reasons)
    texts = {language: clean_text(text) for language, text in reasons.items()}
    reason, _ = pick(texts, LANGUAGES[0])
    if not reason:
        raise Refused("no_reason", "a withdrawal needs its reason: those who were told will read it")
    values: dict[str, object] = {"publication": Publication.WITHDRAWN, "withdrawn_reason": reason}
    if event.state not in ENDED_STATES:
        values |= {"state": EventState.RESOLVED, "ended_at": now}
    change(session, event, values, author)
    if event.n is not None:
        post(session, event, Post("withdraw", texts), author, now)
    else:
        raise_revision(session)
    event_changed(session, author, event, "withdraw", now)


def publish(session: Session, event: Event, author: Actor, now: datetime) -> None:
    """Publish a draft with everything written on it so far."""
    publish_event(session, event, now)
    event_changed(session, author, event, "publish", now)


def publish_at(session: Session, event: Event, at: datetime | None, author: Actor, now: datetime) -> None:
    """Have a draft published at that time by itself; None: it stays a draft until a person publishes it."""
    if event.publication not in (Publication.DRAFT, Publication.SCHEDULED):
        raise Refused("not_a_draft", f"the event is {event.publication.value}; only a draft can be published later")
    if at is not None and not now < at <= now + FARTHEST:
        raise Refused("past", f"it would be published at {in_utc(at)}: give a time to come, within ten years")
    publication = Publication.DRAFT if at is None else Publication.SCHEDULED
    change(session, event, {"publication": publication, "publish_at": at})
    event_changed(session, author, event, "publish-at", now)


def publish_due(session: Session, now: datetime) -> int:
    """Publish the scheduled events whose time has come; give how many. The decider calls it in its turns.

    One the public may know nothing of is a draft again.
    """
    due = sa.select(Event).where(Event.publication == Publication.SCHEDULED, Event.publish_at <= now)
    events = session.scalars(due.order_by(Event.publish_at, Event.uid)).all()
    published = 0
    for event in events:
        try:
            with session.begin_nested():
                publish_event(session, event, now)
                event_changed(session, session.get_one(Actor, event.opened_by), event, "publish", now)
            published += 1
        except Refused as refused:
            session.refresh(event)
            change(session, event, {"publication": Publication.DRAFT, "publish_at": None})
            log.warning("scheduled_event_not_published", extra=fields(event=event.uid, reason=refused.reason))
    return published


def take(session: Session, event: Event, author: Actor, now: datetime) -> None:
    """Take an incident over: the robot adds evidence and tells of the return, no more."""
    _require_incident(event, "taken over")
    change(session, event, {"taken_by": author.id})
    event_changed(session, author, event, "take", now)


def hand_back(session: Session, event: Event, author: Actor, now: datetime) -> None:
    """Hand an incident back: its state and impacts are the robot's again."""
    _require_incident(event, "handed back")
    line_up(session)
    robot = actors.robot(session)
    for row in components_of(session, event):
        row.set_by = robot.id
    change(session, event, {"taken_by": None, "set_by": {**event.set_by, "state": robot.id, "impact": robot.id}})
    raise_revision(session)
    event_changed(session, author, event, "hand_back", now)


def _require_incident(event: Event, done: str) -> None:
    if event.type.is_work:
        raise Refused("not_an_incident", f"FS#{event.n} is a {event.type.value}: only an incident can be {done}")
