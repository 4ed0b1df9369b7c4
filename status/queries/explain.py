"""Why a component was what it was at a time: what the decider knew then, from the rows it left.

The past is told from append-only rows (intervals, steps, updates, holds). Three things are known of the present only,
and said so where they are printed: who set an event's fields, which locations are set aside, and how checks are grouped
under components.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import EventType, Publication
from status.models import (
    Check,
    Component,
    Event,
    EventComponent,
    EventUpdate,
    Location,
    Step,
    VerdictInterval,
)
from status.queries.holds import HoldLine, held_at
from status.queries.looks import CheckSeen, Looked, Names, last_looks, looks_of

STEPS: Final = 12
LOOKS_A_STEP: Final = 12
STEPS_WITHIN: Final = timedelta(hours=24)
LATELY: Final = timedelta(hours=1)
"""An event that ended less than this before is told too."""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One automatic step with what it rests on. `applied` None: it is a verdict, not a deed on an event.

    `evidence` are the looks at the component (of others where it has none), `unlisted` how many more there were.
    """

    at: datetime
    action: str
    rule_point: str
    reason: str
    numbers: Mapping[str, Any]
    applied: bool | None
    event: str | None
    evidence: tuple[Looked, ...]
    unlisted: int


@dataclass(frozen=True, slots=True)
class EventThen:
    """An event that touched the component: how it stood then, and who set its fields (as known today)."""

    name: str
    type: EventType
    title: Mapping[str, str]
    state: str
    impact: str
    publication: Publication
    merged_into: str | None
    taken_by: str | None
    set_by: Mapping[str, str]
    planned_start_at: datetime | None
    planned_end_at: datetime | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one component at `at`; `verdict` None: nothing had been decided yet."""

    slug: str
    path: str
    at: datetime
    verdict: str | None
    began_at: datetime | None
    decided_at: datetime | None
    reason: str
    rule_point: str
    checks: tuple[CheckSeen, ...]
    steps: tuple[StepTaken, ...]
    events: tuple[EventThen, ...]
    works: tuple[EventThen, ...]
    holds: tuple[HoldLine, ...]
    set_aside: Mapping[str, str]


def explain(session: Session, component_id: int, at: datetime) -> Explanation:
    """Tell what was known of a component at a time. Reads only; a fixed number of statements a check and location."""
    component = session.get_one(Component, component_id)
    family = _with_ancestors(session, component)
    checks = session.scalars(
        sa.select(Check)
        .where(Check.component_id == component_id, Check.retired_at.is_(None) | (Check.retired_at > at))
        .order_by(Check.name)
    ).all()
    own = {check.id for check in checks}
    events = _events(session, [each.id for each in family], at)
    interval = session.scalars(
        sa.select(VerdictInterval)
        .where(VerdictInterval.component_id == component_id, VerdictInterval.decided_at <= at)
        .where(VerdictInterval.superseded_by.is_(None))
        .order_by(VerdictInterval.id.desc())
        .limit(1)
    ).first()
    names = Names(session)
    told = [_then(names, event, last) for event, last in events]
    aside = sa.select(Location).where(Location.set_aside_at <= at).order_by(Location.slug)
    return Explanation(
        slug=component.slug, path="/".join(each.slug for each in reversed(family)), at=at,
        verdict=interval.verdict.value if interval else None,
        began_at=interval.began_at if interval else None, decided_at=interval.decided_at if interval else None,
        reason=interval.reason if interval else "", rule_point=interval.rule_point if interval else "",
        checks=tuple(last_looks(session, names, check, at) for check in checks),
        steps=tuple(
            _step(session, names, own, row)
            for row in _steps(session, component_id, [event.uid for event, _ in events], at)
        ),
        events=tuple(then for then in told if not then.type.is_work),
        works=tuple(then for then in told if then.type.is_work),
        holds=held_at(session, at, tuple(check.id for check in checks)),
        set_aside={row.slug: row.set_aside_reason for row in session.scalars(aside)},
    )  # fmt: skip


def touched_by(session: Session, event: Event) -> Sequence[int]:
    """Give the components of an event, those that left too, in the order they joined."""
    rows = sa.select(EventComponent.component_id).where(EventComponent.event_uid == event.uid)
    return session.scalars(rows.order_by(EventComponent.joined_at, EventComponent.component_id)).all()


def _with_ancestors(session: Session, component: Component) -> list[Component]:
    family = [component]
    while family[-1].parent_id is not None:
        family.append(session.get_one(Component, family[-1].parent_id))
    return family


def _steps(session: Session, component_id: int, event_uids: Sequence[str], at: datetime) -> Sequence[Step]:
    """Give the last steps on the component, on its events where they name it, and on works as a whole; oldest first."""
    concerned = (Step.component_id == component_id) | (Step.component_id.is_(None) & Step.event_uid.in_(event_uids))
    rows = session.scalars(
        sa.select(Step).where(concerned, Step.at <= at, Step.at > at - STEPS_WITHIN).order_by(Step.id.desc())
    )
    own = (row for row in rows if str(component_id) in (row.data.get("components") or {str(component_id): ""}))
    newest = [row for row, _ in zip(own, range(STEPS), strict=False)]
    return sorted(newest, key=_told_order)


def _told_order(row: Step) -> tuple[datetime, bool, int]:
    """Order steps by time; a verdict goes before what it led to."""
    return row.at, row.event_uid is not None, row.id


def _step(session: Session, names: Names, own: Container[int], row: Step) -> StepTaken:
    """Tell a step. A mass incident rests on thousands of looks: those at the component count here."""
    data = row.data
    keys = [
        (int(check_id), names.location_ids.get(location, -1), int(sequence))
        for check_id, location, sequence in data.get("evidence", [])
    ]
    keys = [key for key in keys if key[0] in own] or keys
    return StepTaken(
        at=row.at, action=row.action, rule_point=row.rule_point, reason=str(data.get("reason", "")),
        numbers=data.get("numbers", {}), applied=data.get("applied"), event=names.event(row.event_uid),
        evidence=looks_of(session, names, keys[:LOOKS_A_STEP]), unlisted=max(0, len(keys) - LOOKS_A_STEP),
    )  # fmt: skip


def _events(session: Session, component_ids: Sequence[int], at: datetime) -> list[tuple[Event, EventUpdate | None]]:
    """Give the events that touched the component or an ancestor of it then, each with its last update before.

    None instead where nothing was posted since: then the event itself says how it stands (drafts change without posts).
    """
    joined = sa.select(EventComponent.event_uid).where(
        EventComponent.component_id.in_(component_ids),
        EventComponent.joined_at <= at,
        EventComponent.left_at.is_(None) | (EventComponent.left_at > at - LATELY),
    )
    events = session.scalars(
        sa.select(Event)
        .where(Event.uid.in_(joined), Event.created_at <= at)
        .where(Event.ended_at.is_(None) | (Event.ended_at > at - LATELY))
        .order_by(Event.created_at, Event.uid)
    ).all()
    found = []
    for event in events:
        posts = sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid).order_by(EventUpdate.id.desc())
        since = session.scalars(posts.where(EventUpdate.written_at > at).limit(1)).first()
        last = session.scalars(posts.where(EventUpdate.written_at <= at).limit(1)).first() if since else None
        found.append((event, last))
    return found


def _then(names: Names, event: Event, last: EventUpdate | None) -> EventThen:
    return EventThen(
        name=f"FS#{event.n}" if event.n is not None else event.uid, type=event.type, title=event.title,
        state=(last or event).state.value, impact=(last or event).impact.value, publication=event.publication,
        merged_into=names.event(event.merged_into),
        taken_by=names.actors.get(event.taken_by) if event.taken_by is not None else None,
        set_by={name: names.actors.get(actor_id, "?") for name, actor_id in sorted(event.set_by.items())},
        planned_start_at=event.planned_start_at, planned_end_at=event.planned_end_at,
    )  # fmt: skip
