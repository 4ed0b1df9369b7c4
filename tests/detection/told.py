"""What an installation's database says was shown and told, as a replay's result in scenario seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from probes.types import Outcome
from status.domain.states import OPEN_INCIDENT_STATES, EventType, Publication, Verdict
from status.models import Check, Event, EventComponent, EventUpdate, Location, Observation, Step, VerdictInterval
from status.models.engine import Sessions, reading
from status.replay.outcome import ReplayedIncident, Run, Timeline
from status.replay.scenario import Scenario

CLOSINGS = ("close", "withdraw")


def told(sessions: Sessions, scenario: Scenario, t: Callable[[float], float]) -> Run:
    """Read what became of a scenario; `t` turns Unix seconds into its own."""
    with reading(sessions) as session:
        ids = list(session.scalars(sa.select(Check.component_id).order_by(Check.id)))
        return Run(
            scenario=scenario.name, phase=0, end=scenario.duration,
            checks=session.scalar(sa.select(sa.func.count()).select_from(Observation)) or 0,
            verdicts=tuple(_timeline(session, component_id, t) for component_id in ids),
            incidents=tuple(_incidents(session, ids, t)),
        )  # fmt: skip


def failing(sessions: Sessions) -> set[str]:
    """Give the locations that saw anything fail."""
    seen = (
        sa.select(Location.slug)
        .join(Observation, Observation.location_id == Location.id)
        .where(Observation.outcome == Outcome.FAILED)
        .distinct()
    )
    with reading(sessions) as session:
        return set(session.scalars(seen))


def _timeline(session: sa.orm.Session, component_id: int, t: Callable[[float], float]) -> Timeline:
    wanted = sa.select(VerdictInterval).where(VerdictInterval.component_id == component_id).order_by(VerdictInterval.id)
    return Timeline(tuple((t(row.decided_at.timestamp()), Verdict(row.verdict)) for row in session.scalars(wanted)))


def _incidents(session: sa.orm.Session, ids: list[int], t: Callable[[float], float]) -> Iterable[ReplayedIncident]:
    wanted = sa.select(Event).where(Event.type == EventType.INCIDENT).order_by(Event.created_at, Event.uid)
    events = list(session.scalars(wanted))
    uids = [event.uid for event in events]
    for event in events:
        touched = sa.select(EventComponent.component_id).where(
            EventComponent.event_uid == event.uid, EventComponent.left_at.is_(None)
        )
        ended = None if event.state in OPEN_INCIDENT_STATES else _closed(session, event)
        yield ReplayedIncident(
            components=tuple(sorted(ids.index(row) for row in session.scalars(touched))),
            public=not event.internal,
            origin=event.origin,
            opened=t(event.created_at.timestamp()),
            closed=None if ended is None else t(ended),
            merged_into=uids.index(event.merged_into) if event.publication is Publication.MERGED else None,
        )


def _closed(session: sa.orm.Session, event: Event) -> float | None:
    """Give when an incident was closed last, by the robot or by a person; None for a merged one."""
    steps = sa.select(Step.at).where(Step.event_uid == event.uid, Step.action == "close")
    posts = sa.select(EventUpdate.written_at).where(
        EventUpdate.event_uid == event.uid, EventUpdate.action.in_(CLOSINGS)
    )
    return max([at.timestamp() for at in (*session.scalars(steps), *session.scalars(posts))], default=None)
