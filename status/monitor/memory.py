"""What the decider remembers over a restart: verdicts and their intervals, check states, flaps, incidents of late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.domain.check_state import CheckView
from status.domain.incidents import Incident
from status.domain.self_test import LocationHealth
from status.domain.states import EventState, Publication, Verdict
from status.domain.supervision import LONGEST_AGE_S, Saved, SavedCheck, Supervision
from status.domain.transition import Transition
from status.domain.usual import DAYS
from status.models import (
    Base,
    ComponentState,
    DetectionState,
    LatencyHour,
    Location,
    Observation,
    Step,
    VerdictInterval,
)
from status.queries.decider import open_event_views

IDS_A_STATEMENT = 500
"""More ids than this are asked for in several statements (SQLite takes 32,766 parameters, the planner likes fewer)."""

SILENT = "nothing is heard of it"
"""Why a location is left out that does not speak; told anew after a restart."""


def batched(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    """Give ids in pieces."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


class Memory:
    """Reads and writes what must outlive the process. `locations` maps slug to id."""

    def __init__(self, locations: Mapping[str, int]) -> None:
        self._locations = locations
        self._saved: dict[int, dict[str, Any]] = {}
        self._aside: dict[str, str] = {}
        self._tested: dict[str, float] = {}

    # -- restart --------------------------------------------------------------------------------------------------

    def restore(self, session: Session, supervision: Supervision, views: Iterable[CheckView], now: Instant) -> None:
        """Give supervision what was decided before this process began."""
        views = tuple(views)
        saved = Saved(
            checks=self._checks(session, views, now),
            components=self._components(session, now),
            aside=self._locations_aside(session),
        )
        supervision.restore(saved, 0.0, now)
        first_hour = int(now.wall // 3600) - 24 * DAYS
        for row in session.scalars(sa.select(LatencyHour).where(LatencyHour.hour >= first_hour)):
            supervision.detector.restore_hour(row.check_id, row.hour, row.p95_us / 1e6)

    def _checks(self, session: Session, views: Iterable[CheckView], now: Instant) -> dict[int, SavedCheck]:
        rows = {row.check_id: row for row in session.scalars(sa.select(DetectionState))}
        found = {}
        for view in views:
            row = rows.get(view.check_id)
            if row is None:
                continue
            self._saved[view.check_id] = row.data
            found[view.check_id] = SavedCheck(
                verdict=Verdict(row.data["verdict"]),
                age_s=_age_s(now, row.saved_at) + float(row.data["age_s"]),
                reason=str(row.data.get("reason", "")),
                degraded=bool(row.data.get("degraded", False)),
                local=str(row.data.get("local", "")),
                seen_age_s=self._last_look(session, view, now),
                alone=bool(row.data.get("alone", False)),
            )
        return found

    def _components(self, session: Session, now: Instant) -> dict[int, tuple[Verdict, Mapping[str, Any]]]:
        memories = {}
        for row in session.scalars(sa.select(ComponentState)):
            age_s = _age_s(now, row.saved_at)
            downs = [float(down) + age_s for down in row.data["downs"]]
            memories[row.component_id] = {"downs": downs, "unstable": row.data["unstable"]}
        current = sa.select(VerdictInterval.component_id, VerdictInterval.verdict).where(
            VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None)
        )
        return {key: (verdict, memories.get(key, {})) for key, verdict in session.execute(current)}

    def _locations_aside(self, session: Session) -> dict[str, str]:
        aside = sa.select(Location.slug, Location.set_aside_reason).where(Location.set_aside_at.is_not(None))
        self._aside = {row.slug: row.set_aside_reason for row in session.execute(aside)}
        return {slug: reason for slug, reason in self._aside.items() if reason != SILENT}

    def _last_look(self, session: Session, view: CheckView, now: Instant) -> float | None:
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
        age_s = max(0.0, now.wall - max(looks))
        return age_s if age_s < view.stale_after_s else None

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
                    took_in=view.took_in,
                    hands_off=view.taken,
                    draft=view.publication is Publication.DRAFT,
                    opened=_ago(now, now.wall - view.opened).steady,
                    impacts={component_id: impact for component_id, (impact, _) in view.components.items()},
                    returned=returned if view.state is EventState.MONITORING else None,
                    closed=closed,
                    closed_by_person=view.closed_by_person,
                    withdrawn=view.withdrawn,
                    internal=view.internal,
                    unstable=view.unstable,
                )
            )
        return found

    # -- as it goes -----------------------------------------------------------------------------------------------

    def record(
        self,
        session: Session,
        supervision: Supervision,
        transitions: Iterable[Transition],
        changed_checks: Iterable[int],
        now: Instant,
    ) -> None:
        """Write the intervals, the steps, and the states of checks and components that changed."""
        transitions = tuple(transitions)
        if transitions:
            self._intervals(session, transitions)
            self._steps(session, transitions)
            self._flaps(session, supervision, {transition.component_id for transition in transitions}, now)
        self._check_states(session, supervision, changed_checks, now)
        for check_id, hour, p95_s in supervision.detector.take_hours():
            session.merge(LatencyHour(check_id=check_id, hour=hour, p95_us=round(p95_s * 1e6)))

    def _check_states(
        self, session: Session, supervision: Supervision, changed_checks: Iterable[int], now: Instant
    ) -> None:
        rows = []
        for check_id in changed_checks:
            saved = supervision.saved_check(check_id, now)
            if saved is None:
                continue
            data = {
                "verdict": saved.verdict.value, "age_s": saved.age_s, "reason": saved.reason,
                "degraded": saved.degraded, "local": saved.local, "alone": saved.alone,
            }  # fmt: skip
            before = self._saved.get(check_id, {})
            if any(before.get(key) != data[key] for key in ("verdict", "degraded", "local")):
                rows.append({"check_id": check_id, "saved_at": utc(now.wall), "data": data})
                self._saved[check_id] = data
        _replace(session, DetectionState, DetectionState.check_id, rows)

    def _intervals(self, session: Session, transitions: Iterable[Transition]) -> None:
        """End each present interval where the new one begins, and write that; none begins before the one before it."""
        latest: dict[int, VerdictInterval] = {}
        changed = {transition.component_id for transition in transitions}
        for ids in batched(sorted(changed), IDS_A_STATEMENT):
            present = sa.select(VerdictInterval).where(
                VerdictInterval.component_id.in_(ids), VerdictInterval.ended_at.is_(None)
            )
            latest.update({row.component_id: row for row in session.scalars(present.order_by(VerdictInterval.id))})
        for transition in transitions:
            began, last = utc(transition.began.wall), latest.get(transition.component_id)
            if last is not None:
                began = max(began, last.began_at)
                last.ended_at = began
            latest[transition.component_id] = VerdictInterval(
                component_id=transition.component_id,
                verdict=transition.after,
                reason=transition.reason,
                began_at=began,
                decided_at=utc(transition.decided.wall),
                origin="probe",
                rule_point=transition.rule_point,
            )
            session.add(latest[transition.component_id])

    def _steps(self, session: Session, transitions: Iterable[Transition]) -> None:
        session.add_all(
            Step(
                at=utc(transition.decided.wall),
                component_id=transition.component_id,
                rule_point=transition.rule_point,
                action=f"{transition.before.value} to {transition.after.value}",
                data={
                    "reason": transition.reason, "began": transition.began.wall, "numbers": dict(transition.numbers),
                    "location": transition.location, "evidence": [list(key) for key in transition.evidence],
                },
            )
            for transition in transitions
        )  # fmt: skip

    def _flaps(self, session: Session, supervision: Supervision, component_ids: Iterable[int], now: Instant) -> None:
        states = {key: supervision.judge.components()[key].saved(now) for key in component_ids}
        rows = [
            {"component_id": key, "saved_at": utc(now.wall), "data": data}
            for key, data in states.items()
            if data["downs"] or data["unstable"]
        ]
        _replace(session, ComponentState, ComponentState.component_id, rows)

    def note_locations(self, session: Session, supervision: Supervision, now: Instant) -> bool:
        """Write down which locations are set aside or silent, and why, and the last self-tests.

        Tell whether a location is set aside or silent that was not, or the other way.
        """
        changed = False
        for slug, line in supervision.detector.lines.items():
            health = line.health
            self._note_test(session, slug, health, now)
            reason = health.reason or (SILENT if line.silent else "")
            if self._aside.get(slug, "") == reason:
                continue
            self._aside[slug] = reason
            since = None if health.set_aside_since is None else utc(now.wall - (now.steady - health.set_aside_since))
            if since is None and reason:
                since = utc(now.wall)
            session.execute(
                sa.update(Location)
                .where(Location.slug == slug)
                .values(set_aside_at=since, set_aside_reason=reason)
                .execution_options(synchronize_session=False)
            )
            changed = True
        return changed

    def _note_test(self, session: Session, slug: str, health: LocationHealth, now: Instant) -> None:
        """Write down a location's last self-test; one without references says nothing."""
        ended = health.last_ended
        if ended is None or not health.last_well or self._tested.get(slug) == ended:
            return
        self._tested[slug] = ended
        session.execute(
            sa.update(Location)
            .where(Location.slug == slug)
            .values(
                tested_at=utc(now.wall - (now.steady - ended)), tested_well=sum(health.last_well),
                tested_of=len(health.last_well),
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip


def _replace(
    session: Session, table: type[Base], key: sa.orm.InstrumentedAttribute[int], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write rows over those of the same key, in few statements."""
    for some in batched([row[key.key] for row in rows], IDS_A_STATEMENT):
        session.execute(sa.delete(table).where(key.in_(some)).execution_options(synchronize_session=False))
    if rows:
        session.execute(sa.insert(table), list(rows))


def _age_s(now: Instant, at: datetime) -> float:
    return min(max(0.0, now.wall - at.timestamp()), LONGEST_AGE_S)


def _ago(now: Instant, age_s: float) -> Instant:
    return now.plus(-min(max(0.0, age_s), LONGEST_AGE_S))
