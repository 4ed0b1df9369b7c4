"""The worst impact of all that events touch, hidden components too: what the desk and its alerts go by.

What everybody outside reads is the event's own impact (`status.services.events.impact_of`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.event import worst_impact
from status.domain.states import IMPACT_WORST_FIRST, Impact
from status.models import Event, EventComponent

_HERE = EventComponent.left_at.is_(None)


def felt_by_all(session: Session, events: Sequence[Event]) -> Mapping[str, Impact]:
    """Give each event's worst impact by its uid, in one statement; in none without events."""
    felt = {event.uid: [event.impact] for event in events}
    if felt:
        rows = sa.select(EventComponent.event_uid, EventComponent.impact).where(EventComponent.event_uid.in_(felt))
        for uid, impact in session.execute(rows.where(_HERE)):
            felt[uid].append(impact)
    return {uid: worst_impact(impacts) for uid, impacts in felt.items()}


def worst_first() -> sa.ColumnElement[int]:
    """Give what orders events by it, the worst first."""
    of_all = sa.select(sa.func.min(_rank(EventComponent.impact))).where(EventComponent.event_uid == Event.uid, _HERE)
    worst = of_all.correlate(Event).scalar_subquery()
    own = _rank(Event.impact)
    return sa.case((worst < own, worst), else_=own)


def _rank(impact: sa.orm.InstrumentedAttribute[Impact]) -> sa.Case[int]:
    return sa.case(*((impact == each, rank) for rank, each in enumerate(IMPACT_WORST_FIRST)))
