"""Where a person's word on a component and what its probes say are opposite, for long enough to be told (SPEC §1 b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.component_state import BAD
from status.domain.states import OPEN_INCIDENT_STATES, EventType, Impact, Publication, Verdict
from status.models import Component, Event, EventComponent, EventUpdate, UpdateComponent, VerdictInterval

DISAGREES_AFTER: Final = timedelta(minutes=10)

Word = tuple[str, int]
"""An event's uid and a component's id: what a person says of that one there."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A component of which a person says something else than the probes, and since when both do."""

    slug: str
    name: Mapping[str, str]
    event_uid: str
    event_n: int | None
    impact: Impact
    verdict: Verdict
    since: datetime


def disagreements(session: Session, now: datetime) -> Sequence[Disagreement]:
    """Give where the two say the opposite for ten minutes: well against down, or the other way. The oldest first."""
    rows = session.execute(
        sa.select(EventComponent, Event, Component, VerdictInterval)
        .join(Event, Event.uid == EventComponent.event_uid)
        .join(Component, Component.id == EventComponent.component_id)
        .join(VerdictInterval, VerdictInterval.component_id == Component.id)
        .where(Event.type == EventType.INCIDENT, Event.state.in_(OPEN_INCIDENT_STATES))
        .where(Event.publication == Publication.PUBLIC, Event.taken_by.is_not(None), EventComponent.left_at.is_(None))
        .where(VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None))
    ).all()
    opposite = [row for row in rows if _opposite(row[0].impact, row[3].verdict)]
    said = _said_since(session, [event.uid for _, event, _, _ in opposite])
    found = []
    for touched, event, component, interval in opposite:
        word = max(touched.joined_at, said.get((event.uid, component.id), touched.joined_at))
        since = max(word, interval.decided_at)
        found.append(
            Disagreement(
                component.slug, component.name, event.uid, event.n, touched.impact, interval.verdict, since
            )
        )  # fmt: skip
    return sorted((each for each in found if each.since <= now - DISAGREES_AFTER), key=lambda each: each.since)


def _opposite(impact: Impact, verdict: Verdict) -> bool:
    return (impact is Impact.NONE and verdict in BAD) or (impact is not Impact.NONE and verdict is Verdict.OPERATIONAL)


def _said_since(session: Session, uids: Sequence[str]) -> dict[Word, datetime]:
    """Give since when each component's impact is what the last update says. One statement."""
    rows = session.execute(
        sa.select(EventUpdate.event_uid, UpdateComponent.component_id, UpdateComponent.impact, EventUpdate.written_at)
        .join(UpdateComponent, UpdateComponent.update_id == EventUpdate.id)
        .where(EventUpdate.event_uid.in_(uids))
        .order_by(EventUpdate.id)
    )
    last: dict[Word, Impact] = {}
    since: dict[Word, datetime] = {}
    for uid, component_id, impact, at in rows:
        if last.get((uid, component_id)) is not impact:
            last[uid, component_id], since[uid, component_id] = impact, at
    return since
