"""The desk's first page: what is bad now and what waits for somebody. A fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.component_state import BAD
from status.domain.states import IMPACT_WORST_FIRST, OPEN_INCIDENT_STATES, EventType, Impact, Publication, Verdict
from status.models import Actor, Component, Event, EventComponent, VerdictInterval
from status.queries.felt import felt_by_all

AMISS: Final = (*BAD, Verdict.LOCAL, Verdict.UNKNOWN)
WORST_FIRST: Final = (
    Verdict.DOWN, Verdict.UNREACHABLE, Verdict.DEGRADED, Verdict.LOCAL, Verdict.UNKNOWN, Verdict.MAINTENANCE,
)  # fmt: skip
APART: Final = 3
"""Up to so many components of one parent have a row each."""

_NODE: Final = (Component.id, Component.slug, Component.parent_id, Component.name)


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
    parent_slug: str
    parent_name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fold:
    """One row of the desk: a component, or several of one parent with one verdict and one event; the longest first."""

    first: Amiss
    all: tuple[Amiss, ...]


def amiss(session: Session) -> Sequence[Amiss]:
    """Give the components that are bad, unknown or bad from one location only, the worst and longest first."""
    rows = session.execute(
        sa.select(VerdictInterval, Component)
        .join(Component, Component.id == VerdictInterval.component_id)
        .where(VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None))
        .where(VerdictInterval.verdict.in_(AMISS), Component.retired_at.is_(None))
    ).all()
    events = _open_events(session, [component.id for _, component in rows])
    tree = {row.id: row for row in session.execute(sa.select(*_NODE))}
    found = []
    for interval, component in rows:
        parent = tree[component.parent_id] if component.parent_id is not None else tree[component.id]
        uid, n = events.get(component.id, (None, None))
        found.append(
            Amiss(
                component.slug, _path(tree, component.id), component.name, interval.verdict, interval.began_at,
                interval.reason, interval.rule_point, uid, n, parent.slug, parent.name,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (WORST_FIRST.index(each.verdict), each.began_at))


def fold(found: Sequence[Amiss]) -> Sequence[Fold]:
    """Put rows of one parent, verdict and event together where there are more than three; keeps the order."""
    groups: dict[tuple[str, Verdict, str | None], list[Amiss]] = {}
    for each in found:
        groups.setdefault((each.parent_slug, each.verdict, each.event_uid), []).append(each)
    rows: list[Fold] = []
    for each in found:
        group = groups[each.parent_slug, each.verdict, each.event_uid]
        if len(group) <= APART:
            rows.append(Fold(each, (each,)))
        elif group[0] is each:
            rows.append(Fold(each, tuple(group)))
    return rows


def drafts_of_the_robot(session: Session) -> Sequence[Event]:
    """Give the incidents the robot found and nobody has published yet, the oldest first."""
    waiting = sa.select(Event).where(
        Event.publication == Publication.DRAFT, Event.type == EventType.INCIDENT,
        Event.state.in_(OPEN_INCIDENT_STATES), Event.taken_by.is_(None),
    )  # fmt: skip
    return session.scalars(waiting.order_by(Event.created_at)).all()


def open_events(session: Session) -> Sequence[tuple[Event, Impact, str, str]]:
    """Give the open public incidents, the gravest first, each with the worst impact of all it touches.

    And with who holds it and who acknowledged it.
    """
    held, seen = sa.orm.aliased(Actor), sa.orm.aliased(Actor)
    wanted = (
        sa.select(Event, held.name, seen.name)
        .outerjoin(held, held.id == sa.func.coalesce(Event.assigned_to, Event.taken_by))
        .outerjoin(seen, seen.id == Event.acknowledged_by)
        .where(Event.type == EventType.INCIDENT, Event.state.in_(OPEN_INCIDENT_STATES))
        .where(Event.publication == Publication.PUBLIC)
        .order_by(Event.severity.desc(), Event.started_at)
    )
    rows = session.execute(wanted).all()
    felt = felt_by_all(session, [event for event, _, _ in rows])
    found = [(event, felt[event.uid], holder or "", saw or "") for event, holder, saw in rows]
    return sorted(found, key=lambda each: (-each[0].severity, IMPACT_WORST_FIRST.index(each[1])))


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


def _path(tree: Mapping[int, sa.Row[int, str, int | None, dict[str, str]]], id_: int) -> str:
    row = tree[id_]
    return row.slug if row.parent_id is None else f"{_path(tree, row.parent_id)}/{row.slug}"
