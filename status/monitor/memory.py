"""What the decider remembers over a restart: verdicts and their intervals, check states, the incidents of late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.domain.check_state import CheckView
from status.domain.detection import Detector, Transition
from status.domain.grouping import Incident
from status.domain.states import EventState, Publication, Verdict
from status.models import DetectionState, Location, Observation, Step, VerdictInterval
from status.queries.decider import open_event_views

LONGEST_AGE_S = 86_400.0
"""Ages read back are held between 0 and this, whatever the wall clock did meanwhile."""

BAD = frozenset({Verdict.DOWN, Verdict.DEGRADED})


class Memory:
    """Reads and writes what must outlive the process. `locations` maps slug to id."""

    def __init__(self, locations: dict[str, int]) -> None:
        self._locations = locations
        self._saved: dict[int, Verdict | None] = {}
        self._aside: dict[str, str] = {}

    # -- restart --------------------------------------------------------------------------------------------------

    def restore(self, session: Session, detector: Detector, views: Iterable[CheckView], now: Instant) -> None:
        """Give the detector what was decided before this process began."""
        saved = {row.check_id: row for row in session.scalars(sa.select(DetectionState))}
        for view in views:
            row = saved.get(view.check_id)
            if row is None:
                continue
            verdict = Verdict(row.data["verdict"])
            self._saved[view.check_id] = verdict
            began = _ago(now, _age_s(now, row.saved_at) + float(row.data["age_s"]))
            detector.restore(view.check_id, verdict, began, seen=self._last_look(session, view, now))
        current = sa.select(VerdictInterval.component_id, VerdictInterval.verdict).where(
            VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None)
        )
        for component_id, component_verdict in session.execute(current):
            detector.restore_component(component_id, component_verdict)

    def _last_look(self, session: Session, view: CheckView, now: Instant) -> Instant | None:
        looks = []
        for location_id in self._locations.values():
            last = session.execute(
                sa.select(Observation.due_ms, Observation.late_ms)
                .where(Observation.check_id == view.check_id, Observation.location_id == location_id)
                .order_by(Observation.sequence.desc())
                .limit(1)
            ).first()
            if last is not None:
                looks.append((last.due_ms + last.late_ms) / 1000)
        if not looks:
            return None
        age = max(0.0, now.wall - max(looks))
        return _ago(now, age) if age < view.stale_after_s else None

    def incidents(self, session: Session, now: Instant) -> list[Incident]:
        """Give the incidents failures may belong to."""
        found = []
        for view in open_event_views(session):
            closed = None if view.ended is None else _ago(now, now.wall - view.ended).steady
            returned = None if view.returned is None else _ago(now, now.wall - view.returned).steady
            found.append(
                Incident(
                    uid=view.uid,
                    merge_label=view.merge_label,
                    hands_off=view.taken,
                    draft=view.publication is Publication.DRAFT,
                    opened=_ago(now, now.wall - view.opened).steady,
                    impacts={component_id: impact for component_id, (impact, _) in view.components.items()},
                    returned=returned if view.state is EventState.MONITORING else None,
                    closed=closed,
                    closed_by_person=view.closed_by_person,
                )
            )
        return found

    def bad(self, detector: Detector) -> frozenset[int]:
        """Give the components that are bad now."""
        return frozenset(key for key, verdict in detector.verdicts().items() if verdict in BAD)

    # -- as it goes -----------------------------------------------------------------------------------------------

    def record(
        self,
        session: Session,
        detector: Detector,
        transitions: Iterable[Transition],
        changed_checks: Iterable[int],
        now: Instant,
    ) -> None:
        """Write the intervals, the steps, and the states of checks whose verdict changed."""
        for transition in transitions:
            self._interval(session, transition)
        for check_id in changed_checks:
            state = detector.check(check_id)
            if state.verdict is not None and self._saved.get(check_id) is not state.verdict:
                data = {"verdict": state.verdict.value, "age_s": round(now.steady - state.began.steady, 3)}
                session.merge(DetectionState(check_id=check_id, saved_at=utc(now.wall), data=data))
                self._saved[check_id] = state.verdict

    def _interval(self, session: Session, transition: Transition) -> None:
        began, decided = utc(transition.began.wall), utc(transition.decided.wall)
        last = session.scalars(
            sa.select(VerdictInterval)
            .where(VerdictInterval.component_id == transition.component_id, VerdictInterval.ended_at.is_(None))
            .order_by(VerdictInterval.id.desc())
            .limit(1)
        ).first()
        if last is not None:
            began = max(began, last.began_at)
            last.ended_at = began
        session.add(
            VerdictInterval(
                component_id=transition.component_id,
                verdict=transition.after,
                reason=transition.reason,
                began_at=began,
                decided_at=decided,
                origin="probe",
                rule_point=transition.rule_point,
            )
        )
        session.add(
            Step(
                at=decided,
                component_id=transition.component_id,
                rule_point=transition.rule_point,
                action=f"{transition.before.value} to {transition.after.value}",
                data={"reason": transition.reason, "evidence": [list(key) for key in transition.evidence]},
            )
        )

    def note_locations(self, session: Session, detector: Detector, now: Instant) -> bool:
        """Write down which locations are set aside, and why; tell whether that changed."""
        changed = False
        for slug, health in detector.health.items():
            if self._aside.get(slug, "") == health.reason:
                continue
            self._aside[slug] = health.reason
            since = None if health.set_aside_since is None else utc(now.wall - (now.steady - health.set_aside_since))
            session.execute(
                sa.update(Location)
                .where(Location.slug == slug)
                .values(set_aside_at=since, set_aside_reason=health.reason)
            )
            changed = True
        return changed


def _age_s(now: Instant, at: datetime) -> float:
    return min(max(0.0, now.wall - at.timestamp()), LONGEST_AGE_S)


def _ago(now: Instant, age_s: float) -> Instant:
    return now.plus(-min(max(0.0, age_s), LONGEST_AGE_S))
