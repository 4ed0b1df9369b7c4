"""Refuses a reload that looks like a mistake: much of the catalogue gone, or something customers are waiting on."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import COMING_WORK_STATES, OPEN_INCIDENT_STATES, RUNNING_WORK_STATES, Publication
from status.models.event import Event, EventComponent
from status.services.catalogue_rows import Rows

MOST_RETIRED: Final = 0.2
"""The share of active checks that one reload may retire unasked."""

_ONGOING: Final = (*OPEN_INCIDENT_STATES, *COMING_WORK_STATES, *RUNNING_WORK_STATES)
_GONE: Final = (Publication.WITHDRAWN, Publication.MERGED)


def guard(session: Session, rows: Rows) -> None:
    """Raise Refused, listing every reason, when a confirmation is needed. Writes nothing."""
    reasons = _reasons_of_events(session, rows)
    leaving, active = len(rows.leaving_checks()), sum(check.retired_at is None for check in rows.checks.values())
    if active and leaving / active > MOST_RETIRED:
        share = f"{leaving} of {active} checks ({leaving / active:.0%})"
        reasons.append(f"{share} would be retired, more than {MOST_RETIRED:.0%}")
    if reasons:
        listed = "\n".join(f"  - {reason}" for reason in reasons)
        how = "nothing was changed; if this is meant, run: travaux config apply --confirm"
        raise Refused("catalogue", f"the new configuration retires what is in use:\n{listed}\n{how}")


def _reasons_of_events(session: Session, rows: Rows) -> list[str]:
    slugs = {row.id: row.slug for row in rows.leaving_components()}
    if not slugs:
        return []
    touched = session.execute(
        sa.select(EventComponent.component_id, Event.uid, Event.n, Event.state)
        .join(Event, Event.uid == EventComponent.event_uid)
        .where(
            Event.state.in_(_ONGOING),
            Event.publication.not_in(_GONE),
            EventComponent.left_at.is_(None),
        )
        .order_by(Event.created_at, EventComponent.component_id)
    )
    return [
        f"component {slugs[component_id]!r} would be retired, but {_called(uid, n)} touches it ({state.value})"
        for component_id, uid, n, state in touched
        if component_id in slugs
    ]


def _called(uid: str, n: int | None) -> str:
    return f"FS#{n}" if n is not None else f"event {uid}"
