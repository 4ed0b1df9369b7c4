"""The desk's first page: what is bad now and what waits for somebody. A fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.component_state import BAD
from status.domain.states import (
    OPEN_INCIDENT_STATES,
    EventType,
    Impact,
    Publication,
    Verdict,
)
from status.models import (
    Actor,
    Check,
    Component,
    Event,
    EventComponent,
    LifeSign,
    Location,
    Observation,
    VerdictInterval,
)

AMISS: Final = (*BAD, Verdict.LOCAL, Verdict.UNKNOWN)
WORST_FIRST: Final = (
    Verdict.DOWN, Verdict.UNREACHABLE, Verdict.DEGRADED, Verdict.LOCAL, Verdict.UNKNOWN, Verdict.MAINTENANCE,
)  # fmt: skip
QUIET_INTERVALS: Final = 3
DISAGREES_AFTER: Final = timedelta(minutes=10)
"""So long a person's word and the probes may differ before the desk says so (SPEC §1 b)."""


@dataclass(frozen=True, slots=True)
class Amiss:
    """A component that is not well: its verdict since when and why, and the open event that names it, if any."""

    slug: str
    path: str
    name: Mapping[str, str]
    verdict: Verdict
    began_at: datetime
    reason: str
    rule_point: str
    event_uid: str | None
    event_n: int | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A component of which a person says something else than the probes, for more than ten minutes."""

    slug: str
    name: Mapping[str, str]
    event_uid: str
    event_n: int | None
    impact: Impact
    verdict: Verdict
    since: datetime


@dataclass(frozen=True, slots=True)
class Quiet:
    """A check that has not been looked at for three of its intervals."""

    name: str
    component: str


def amiss(session: Session) -> Sequence[Amiss]:
    """Give the components that are bad, unknown or bad from one location only, the worst and longest first."""
    rows = session.execute(
        sa.select(VerdictInterval, Component)
        .join(Component, Component.id == VerdictInterval.component_id)
        .where(VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None))
        .where(VerdictInterval.verdict.in_(AMISS), Component.retired_at.is_(None))
    ).all()
    events = _open_events(session, [component.id for _, component in rows])
    paths = _paths(session)
    found = [
        Amiss(
            component.slug, paths[component.id], component.name, interval.verdict, interval.began_at, interval.reason,
            interval.rule_point, *events.get(component.id, (None, None)),
        )
        for interval, component in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: (WORST_FIRST.index(each.verdict), each.began_at))


def disagreements(session: Session, now: datetime) -> Sequence[Disagreement]:
    """Give where a person's stated impact and the verdict say the opposite: well against down, or the other way."""
    rows = session.execute(
        sa.select(EventComponent, Event, Component, VerdictInterval)
        .join(Event, Event.uid == EventComponent.event_uid)
        .join(Component, Component.id == EventComponent.component_id)
        .join(VerdictInterval, VerdictInterval.component_id == Component.id)
        .where(Event.type == EventType.INCIDENT, Event.state.in_(OPEN_INCIDENT_STATES))
        .where(Event.publication == Publication.PUBLIC, Event.taken_by.is_not(None), EventComponent.left_at.is_(None))
        .where(VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None))
        .where(VerdictInterval.decided_at <= now - DISAGREES_AFTER, EventComponent.joined_at <= now - DISAGREES_AFTER)
    ).all()
    return [
        Disagreement(
            component.slug, component.name, event.uid, event.n, touched.impact, interval.verdict, interval.decided_at
        )
        for touched, event, component, interval in rows
        if _opposite(touched.impact, interval.verdict)
    ]


def quiet_checks(session: Session, now: datetime) -> Sequence[Quiet]:
    """Give the checks without an observation for three intervals, by name. Reads the last looks alone."""
    checks = session.execute(
        sa.select(Check.id, Check.name, Component.slug, Check.interval_s)
        .join(Component, Component.id == Check.component_id)
        .where(Check.retired_at.is_(None))
        .order_by(Check.name)
    ).all()
    at_ms = now.timestamp() * 1000
    longest_ms = QUIET_INTERVALS * 1000 * max((row.interval_s for row in checks), default=0)
    last: dict[int, int] = dict(
        session.execute(
            sa.select(Observation.check_id, sa.func.max(Observation.due_ms))
            .where(Observation.due_ms >= round(at_ms - longest_ms))
            .group_by(Observation.check_id)
        ).all()
    )
    return [
        Quiet(row.name, row.slug)
        for row in checks
        if row.id not in last or at_ms - last[row.id] > QUIET_INTERVALS * row.interval_s * 1000
    ]


def drafts_of_the_robot(session: Session) -> Sequence[Event]:
    """Give the incidents the robot found and nobody has published yet, the oldest first."""
    waiting = sa.select(Event).where(
        Event.publication == Publication.DRAFT, Event.type == EventType.INCIDENT,
        Event.state.in_(OPEN_INCIDENT_STATES), Event.taken_by.is_(None),
    )  # fmt: skip
    return session.scalars(waiting.order_by(Event.created_at)).all()


def open_events(session: Session) -> Sequence[tuple[Event, str, str]]:
    """Give the open public incidents, the gravest first, each with who holds it and who acknowledged it."""
    held, seen = sa.orm.aliased(Actor), sa.orm.aliased(Actor)
    wanted = (
        sa.select(Event, held.name, seen.name)
        .outerjoin(held, held.id == sa.func.coalesce(Event.assigned_to, Event.taken_by))
        .outerjoin(seen, seen.id == Event.acknowledged_by)
        .where(Event.type == EventType.INCIDENT, Event.state.in_(OPEN_INCIDENT_STATES))
        .where(Event.publication == Publication.PUBLIC)
        .order_by(Event.severity.desc(), Event.started_at)
    )
    return [(event, holder or "", saw or "") for event, holder, saw in session.execute(wanted)]


def life_signs(session: Session) -> Sequence[LifeSign]:
    """Give the last life sign of each process."""
    return session.scalars(sa.select(LifeSign).order_by(LifeSign.process)).all()


def set_aside(session: Session) -> Sequence[Location]:
    """Give the locations whose own line is not well."""
    wanted = sa.select(Location).where(Location.retired_at.is_(None), Location.set_aside_at.is_not(None))
    return session.scalars(wanted.order_by(Location.slug)).all()


def _opposite(impact: Impact, verdict: Verdict) -> bool:
    return (impact is Impact.NONE and verdict in BAD) or (impact is not Impact.NONE and verdict is Verdict.OPERATIONAL)


def _open_events(session: Session, component_ids: Sequence[int]) -> dict[int, tuple[str, int | None]]:
    rows = session.execute(
        sa.select(EventComponent.component_id, Event.uid, Event.n)
        .join(Event, Event.uid == EventComponent.event_uid)
        .where(EventComponent.left_at.is_(None), EventComponent.component_id.in_(component_ids))
        .where(Event.type == EventType.INCIDENT, Event.state.in_(OPEN_INCIDENT_STATES))
        .where(Event.publication.in_((Publication.PUBLIC, Publication.DRAFT, Publication.SCHEDULED)))
        .order_by(Event.created_at)
    )
    return {component_id: (uid, n) for component_id, uid, n in rows}


def _paths(session: Session) -> dict[int, str]:
    rows = {row.id: row for row in session.execute(sa.select(Component.id, Component.slug, Component.parent_id))}

    def path(id_: int) -> str:
        row = rows[id_]
        return row.slug if row.parent_id is None else f"{path(row.parent_id)}/{row.slug}"

    return {id_: path(id_) for id_ in rows}
