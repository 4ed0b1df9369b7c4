"""Give a new demonstration a believable past, so that its first minute already shows what the pages are for.

The stories stand in `stories`. They are told through the same services that tell real events, each at its own time,
and nobody is notified of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.demo.past import Post, Story
from status.demo.stories import STORIES
from status.domain.decisions import Action
from status.domain.identifiers import CHANCE_BYTES, make_uid
from status.domain.states import EventState, EventType, Impact, Origin, Verdict
from status.models import Actor, Component, Event, Notice, VerdictInterval
from status.services import actors, events
from status.services.changing import change
from status.services.publishing import publish_event, raise_revision
from status.wording import robot
from status.wording.titles import event_title

ZONE: Final = ZoneInfo("Europe/Paris")
"""Where the provider works at night."""

ENGINEER: Final = "astreinte"
WATCHED_FOR: Final = timedelta(days=91)
DECIDED_AFTER: Final = timedelta(seconds=27)
HALF_HOUR_MIN: Final = 30

_WELL: Final = (Verdict.OPERATIONAL, "5")
_WORK: Final = (Verdict.MAINTENANCE, "11")
_VERDICTS: Final = {
    Impact.FULL: (Verdict.DOWN, "4"),
    Impact.INTERRUPTION: (Verdict.DOWN, "4"),
    Impact.PARTIAL: (Verdict.DEGRADED, "6"),
    Impact.DEGRADED: (Verdict.DEGRADED, "6"),
}
"""What an incident's impact was decided as, and by which point of the rule."""


def seed(session: Session, now: datetime) -> int:
    """Fill a new demonstration's database with 90 days of events and verdicts; give the number of events.

    Does nothing, and gives 0, when the database already has an event. Needs the installation's row and the components
    (a story of a component that is not there is left out). The same `now` gives the same past.
    """
    if session.scalar(sa.select(sa.func.count()).select_from(Event)):
        return 0
    slugs = {story.component for story in STORIES}
    rows = session.scalars(sa.select(Component).where(Component.slug.in_(slugs), Component.retired_at.is_(None)))
    components = {component.slug: component for component in rows}
    told = [story for story in STORIES if story.component in components]
    for story in sorted(told, key=lambda story: _start(story, now) + _minutes(story.posts[0].minutes)):
        _tell(session, story, components[story.component], _start(story, now))
    for component in components.values():
        session.add_all(_intervals(component, [story for story in told if story.component == component.slug], now))
    session.execute(sa.delete(Notice))
    raise_revision(session)
    session.flush()
    return len(told)


def _start(story: Story, now: datetime) -> datetime:
    day = now.astimezone(ZONE).date() + timedelta(days=story.day)
    return datetime.combine(day, time.fromisoformat(story.at), ZONE).astimezone(UTC)


def _minutes(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def _tell(session: Session, story: Story, component: Component, start: datetime) -> None:
    """Open an event, publish it with its first post, and follow it through the others."""
    first, *others = story.posts
    at = start + _minutes(first.minutes)
    author = _author(session, first)
    area = events.path_of(session, component).partition("/")[0]
    event = events.create(session, _draft(story, component, area, start), author, at)
    events.touch(session, event, {component.id: first.impact}, author, at)
    events.post(session, event, _post(story, first, area, start), author, at)
    publish_event(session, event, at)
    for post in others:
        at = start + _minutes(post.minutes)
        author = _author(session, post)
        change(session, event, _moved(story, post, start), author)
        events.touch(session, event, {component.id: post.impact}, author, at)
        events.post(session, event, _post(story, post, area, start), author, at)


def _author(session: Session, post: Post) -> Actor:
    return actors.robot(session) if post.action is not None else actors.cli_user(session, ENGINEER)


def _draft(story: Story, component: Component, area: str, start: datetime) -> events.Draft:
    at = start + _minutes(story.posts[0].minutes)
    chance = hashlib.blake2b(f"{story.component} {story.day} {story.at}".encode(), digest_size=CHANCE_BYTES).digest()
    # A work is announced in whole half hours and usually ends a little before.
    planned_end = start + _minutes(-(-story.lasted_min // HALF_HOUR_MIN) * HALF_HOUR_MIN)
    planned = story.type.is_work
    return events.Draft(
        type=story.type,
        state=story.posts[0].state,
        title=story.title or event_title(story.reason, [component.name], area),
        origin=Origin.PROBE if story.posts[0].action is not None else Origin.PERSON,
        uid=make_uid(at.timestamp(), chance),
        reason=story.reason,
        planned_start_at=start if planned else None,
        planned_end_at=planned_end if planned else None,
        expected_end_at=planned_end if planned else None,
        started_at=None if planned else start,
        detected_at=None if planned else at,
    )


def _moved(story: Story, post: Post, start: datetime) -> dict[str, Any]:
    """Give the fields that a later post changes."""
    values: dict[str, Any] = {"state": post.state}
    if post.state is EventState.IN_PROGRESS:
        values["started_at"] = start
    if post.state in (EventState.RESOLVED, EventState.DONE):
        values["ended_at"] = start + _minutes(story.lasted_min)
    if post.state is EventState.DONE:
        values["progress"] = 100
    return values


def _post(story: Story, post: Post, area: str, start: datetime) -> events.Post:
    first = post is story.posts[0]
    action = post.action or (Action.OPEN if first else None)
    return events.Post(
        action=action.value if action else "update",
        texts=post.texts or _robot_says(story, post, area),
        restored_at=start + _minutes(story.lasted_min) if post.state is EventState.MONITORING else None,
    )


def _robot_says(story: Story, post: Post, area: str) -> dict[str, str]:
    if post.action is Action.OPEN:
        return robot.opening(story.reason, area, {})
    if post.action is Action.RETURN:
        return robot.restored(story.lasted_min * 60.0, closes_by_itself=True)
    if post.action is Action.CLOSE:
        return robot.closed(story.lasted_min * 60.0)
    return robot.work_started()


def _intervals(component: Component, told: Iterable[Story], now: datetime) -> list[VerdictInterval]:
    """Give a component's verdicts from 91 days ago to now, without a gap; what begins now is the monitor's."""
    spans = []
    begun = now - WATCHED_FOR
    for story in sorted(told, key=lambda story: story.day):
        start = _start(story, now)
        if start >= now:
            break
        spans.append(_span(component, _WELL, begun, start))
        begun = start + _minutes(_felt_min(story))
        verdict = _WORK if story.type.is_work else _VERDICTS[story.impact]
        spans.append(_span(component, verdict, start, begun, story.reason))
    spans.append(_span(component, _WELL, begun, now))
    return spans


def _felt_min(story: Story) -> int:
    """Give the minutes until customers felt nothing any more."""
    if story.type is not EventType.INCIDENT:
        return story.lasted_min
    return next(post.minutes for post in story.posts if post.impact is Impact.NONE)


def _span(
    component: Component, verdict: tuple[Verdict, str], began: datetime, ended: datetime, reason: str = ""
) -> VerdictInterval:
    return VerdictInterval(
        component_id=component.id,
        verdict=verdict[0],
        reason=reason,
        began_at=began,
        decided_at=began if verdict is _WORK else began + DECIDED_AFTER,
        ended_at=ended,
        origin="probe",
        rule_point=verdict[1],
    )
