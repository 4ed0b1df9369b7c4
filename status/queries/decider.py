"""Events as the decider takes them up: after a start, and whenever a person changed one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.component_state import BAD
from status.domain.decisions import Action
from status.domain.event import ComponentImpact, IncidentView, worst_impact
from status.domain.states import (
    COMING_WORK_STATES,
    ENDED_STATES,
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    ActorType,
    EventType,
    Publication,
)
from status.domain.work import WorkView
from status.models import Actor, Event, EventComponent, EventUpdate, Step, VerdictInterval

KEPT: Final = timedelta(minutes=60)
"""Closed incidents stay in view this long: they may be reopened within 15 minutes."""

_CLOSING: Final = ("close", "withdraw")

_TURNS: Final = frozenset(
    action.value for action in (Action.RETURN, Action.REOPEN, Action.WORSE, Action.ATTACH, Action.JOIN, Action.UNSTABLE)
)
"""Steps after which an incident's service is back (a return), or not."""


def open_event_views(session: Session) -> tuple[IncidentView, ...]:
    """Give the open incidents, those closed in the hour before the newest update, and withdrawn ones that still fail.

    A withdrawn one stays in view as long as one of its components is bad: the same run of failures reopens nothing.
    """
    now = _latest(session)
    lately = Event.state.in_(ENDED_STATES) & (Event.ended_at >= now - KEPT * 24)
    denied = (Event.publication == Publication.WITHDRAWN) & Event.uid.in_(_failing())
    events = session.scalars(
        sa.select(Event)
        .where(Event.type == EventType.INCIDENT, Event.publication != Publication.MERGED)
        .where(Event.state.in_(OPEN_INCIDENT_STATES) | lately | denied)
        .order_by(Event.created_at, Event.uid)
    ).all()
    history = _History(session, events)
    views = (history.incident(event) for event in events)
    kept = (now - KEPT).timestamp()
    failing = (
        set(session.scalars(_failing()))
        if any(event.publication is Publication.WITHDRAWN for event in events)
        else set()
    )
    return tuple(v for v in views if v.ended is None or v.ended >= kept or (v.withdrawn and v.uid in failing))


def _failing() -> sa.Select[str]:
    """Choose the events one of whose components is bad now."""
    return (
        sa.select(EventComponent.event_uid)
        .join(VerdictInterval, VerdictInterval.component_id == EventComponent.component_id)
        .where(EventComponent.left_at.is_(None), VerdictInterval.ended_at.is_(None))
        .where(VerdictInterval.superseded_by.is_(None), VerdictInterval.verdict.in_(BAD))
    )


def work_views(session: Session) -> tuple[WorkView, ...]:
    """Give the works to come, those in progress, and those that ended in the hour before the newest update."""
    lately = Event.state.in_(ENDED_STATES) & (Event.ended_at >= _latest(session) - KEPT)
    events = session.scalars(
        sa.select(Event)
        .where(Event.type != EventType.INCIDENT)
        .where(Event.state.in_((*COMING_WORK_STATES, *RUNNING_WORK_STATES)) | lately)
        .where(Event.publication.not_in((Publication.WITHDRAWN, Publication.MERGED)))
        .where(Event.planned_start_at.is_not(None), Event.planned_end_at.is_not(None))
        .order_by(Event.planned_start_at, Event.uid)
    ).all()
    history = _History(session, events)
    return tuple(history.work(event) for event in events)


def _latest(session: Session) -> datetime:
    """Give the time the last update was written: the present as far as closed incidents go."""
    newest = session.scalar(sa.select(EventUpdate.written_at).order_by(EventUpdate.id.desc()).limit(1))
    return newest or datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class _History:
    """What belongs to some events, read in a few statements whatever their number."""

    def __init__(self, session: Session, events: Sequence[Event]) -> None:
        uids = [event.uid for event in events]
        people = session.scalars(sa.select(Actor.id).where(Actor.type != ActorType.ROBOT))
        self._people = frozenset(people)
        self._components: dict[str, list[EventComponent]] = {}
        touched = sa.select(EventComponent).where(EventComponent.event_uid.in_(uids), EventComponent.left_at.is_(None))
        for row in session.scalars(touched.order_by(EventComponent.component_id)):
            self._components.setdefault(row.event_uid, []).append(row)
        self._updates: dict[str, list[tuple[str, datetime]]] = {}
        updates = sa.select(EventUpdate.event_uid, EventUpdate.action, EventUpdate.written_at)
        for uid, action, at in session.execute(updates.where(EventUpdate.event_uid.in_(uids)).order_by(EventUpdate.id)):
            self._updates.setdefault(uid, []).append((action, at))
        self._took_in: dict[str, list[str]] = {}
        merged = sa.select(Event.merged_into, Event.merge_label).where(Event.merged_into.in_(uids))
        for into, label in session.execute(merged.where(Event.merge_label != "").order_by(Event.uid)):
            self._took_in.setdefault(str(into), []).append(label)
        self._steps: dict[str, list[Step]] = {}
        wholes = [event.split_from for event in events if event.split_from is not None]
        for step in session.scalars(sa.select(Step).where(Step.event_uid.in_([*uids, *wholes])).order_by(Step.id)):
            self._steps.setdefault(step.event_uid or "", []).append(step)

    def incident(self, event: Event) -> IncidentView:
        closed_by_person = event.state in ENDED_STATES and event.set_by.get("state") in self._people
        return IncidentView(
            uid=event.uid, n=event.n, state=event.state, impact=event.impact, publication=event.publication,
            components={
                row.component_id: ComponentImpact(row.impact, row.set_by in self._people)
                for row in self._components.get(event.uid, [])
            },
            merge_label=event.merge_label, took_in=tuple(self._took_in.get(event.uid, ())), reason=event.reason,
            opened_by_person=event.opened_by in self._people, taken=event.taken_by is not None,
            closed_by_person=closed_by_person or event.publication is Publication.WITHDRAWN,
            opened=event.created_at.timestamp(), started=(event.started_at or event.created_at).timestamp(),
            returned=self._returned(event), ended=self._closed(event),
            reopened=sum(action == Action.REOPEN.value for action, _ in self._updates.get(event.uid, [])),
            work_uid=event.work_uid, version=event.version,
            withdrawn=event.publication is Publication.WITHDRAWN, internal=event.internal, unstable=event.unstable,
        )  # fmt: skip

    def work(self, event: Event) -> WorkView:
        assert event.planned_start_at is not None
        assert event.planned_end_at is not None
        told = [s.at for s in self._steps.get(event.uid, []) if s.action == Action.WORK_UNCONFIRMED.value]
        return WorkView(
            uid=event.uid, state=event.state, planned_start=event.planned_start_at.timestamp(),
            planned_end=event.planned_end_at.timestamp(),
            component_ids=tuple(row.component_id for row in self._components.get(event.uid, [])),
            alerted=any(at >= event.planned_start_at for at in told),
            started=event.started_at.timestamp() if event.started_at else None,
            ended=event.ended_at.timestamp() if event.ended_at else None,
            impact=worst_impact((event.impact, *(row.impact for row in self._components.get(event.uid, [])))),
        )  # fmt: skip

    def _returned(self, event: Event) -> float | None:
        """Give when the robot last decided that all is back, unless the trouble came again since.

        A part of a split incident came back with the whole where it left after that.
        """
        whole = [s for s in self._steps.get(event.split_from or "", []) if s.at <= event.created_at]
        turns = [s for s in (*whole, *self._steps.get(event.uid, [])) if s.action in _TURNS]
        return turns[-1].at.timestamp() if turns and turns[-1].action == Action.RETURN.value else None

    def _closed(self, event: Event) -> float | None:
        """Give when it was closed (its end for customers may lie before)."""
        if event.state not in ENDED_STATES:
            return None
        steps = [s.at for s in self._steps.get(event.uid, []) if s.action == Action.CLOSE.value]
        posts = [at for action, at in self._updates.get(event.uid, []) if action in _CLOSING]
        times = [*steps, *posts]
        return max(times).timestamp() if times else (event.ended_at or event.created_at).timestamp()
