"""What the robot does to events: applies the core's decisions and decides nothing (SPEC §3).

    apply_decision ─▶ change the event by its version ─▶ post in words ─▶ step row with the evidence

It never writes a field that a person wrote. On an incident a person opened or took over it adds evidence and tells of
the return, no more. On a draft it changes the event without posts; publishing writes the opening as of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.clock import utc
from status.domain.decisions import Action, Decision
from status.domain.states import ENDED_STATES, EventState, EventType, Origin, Publication, Visibility
from status.domain.work import moves_of
from status.models import Actor, Component, Event, EventUpdate, Note, Step, UpdateText
from status.services import actors
from status.services.changing import Conflict, change, line_up
from status.services.events import Draft, Post, area_of, components_of, create, facts_of, impact_of, post, touch
from status.services.publishing import may_be_shown, publish_event, raise_revision
from status.wording import robot as words
from status.wording.advice import advice
from status.wording.titles import event_title

_ATTEMPTS: Final = 3


def apply_decision(session: Session, decision: Decision, now: datetime) -> None:
    """Apply one decision. A person's change in between is read and respected. Raise LookupError without its event.

    Applied twice, an opening changes nothing the second time.
    """
    line_up(session)
    author = actors.robot(session)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with session.begin_nested():
                applied = _Deed(session, decision, author, now).do()
            break
        except Conflict:
            if attempt == _ATTEMPTS:
                raise
            session.expire_all()
    session.add(_step(decision, applied=applied))
    session.flush()


class _Deed:
    """One decision on its way into the database."""

    def __init__(self, session: Session, decision: Decision, author: Actor, now: datetime) -> None:
        self.session = session
        self.decision = decision
        self.author = author
        self.now = now

    def do(self) -> bool:
        """Carry it out; give whether anything changed."""
        action = self.decision.action
        event = self.session.get(Event, self.decision.event_uid, populate_existing=True)
        if action is Action.OPEN:
            return event is None and self._open()
        if event is None:
            raise LookupError(f"{action.value}: there is no event {self.decision.event_uid}")
        if event.publication in (Publication.WITHDRAWN, Publication.MERGED) or action is Action.ATTACH:
            return False
        return {
            Action.JOIN: self._alter,
            Action.LEAVE: self._leave,
            Action.WORSE: self._alter,
            Action.BETTER: self._alter,
            Action.UNSTABLE: self._alter,
            Action.REOPEN: self._alter,
            Action.RETURN: self._return,
            Action.CLOSE: self._close,
            Action.PUBLISH: self._publish,
            Action.WORK_START: self._start_work,
            Action.WORK_UNCONFIRMED: self._tell_unconfirmed,
        }[action](event)

    def _open(self) -> bool:
        decision = self.decision
        impacts = dict(decision.components)
        wanted = sa.select(Component).where(Component.id.in_(impacts)).order_by(Component.position, Component.id)
        components = self.session.scalars(wanted).all()
        public = [component for component in components if component.visibility is Visibility.PUBLIC]
        area = area_of(self.session, (public or components)[0].id)
        draft = Draft(
            uid=decision.event_uid, type=EventType.INCIDENT, state=EventState.INVESTIGATING, origin=Origin.PROBE,
            title=event_title(decision.reason, [component.name for component in public], area), advice=advice(area),
            reason=decision.reason, merge_label=decision.merge_label, work_uid=decision.work_uid,
            started_at=utc(decision.began), detected_at=utc(decision.decided), internal=decision.internal,
        )  # fmt: skip
        event = create(self.session, draft, self.author, self.now)
        touch(self.session, event, impacts, self.author, self.now)
        post(
            self.session, event, Post("open", words.opening(decision.reason, area, advice(area))), self.author, self.now
        )
        if decision.public and may_be_shown(self.session, event):
            publish_event(self.session, event, self.now)
        else:
            raise_revision(self.session)
        return True

    def _alter(self, event: Event) -> bool:
        """State the impacts that no person wrote, and go back to investigating if it was over.

        Join, worse, better, unstable, reopen. Who acknowledged what has ended since is not on it any more.
        """
        action = self.decision.action
        if event.taken_by is not None and action is not Action.JOIN:
            return False
        if event.state in ENDED_STATES and action is not Action.REOPEN and self._by_person(event, "state"):
            return False
        unstable = action is Action.UNSTABLE
        if unstable:
            change(self.session, event, {"unstable": True})
        over = event.taken_by is None and event.state is EventState.MONITORING and action in (Action.WORSE, Action.JOIN)
        reopening = over or (action in (Action.REOPEN, Action.UNSTABLE) and event.state is not EventState.INVESTIGATING)
        anew = {"acknowledged_by": None, "acknowledged_at": None} if event.state in ENDED_STATES else {}
        moved = reopening and self._move(event, EventState.INVESTIGATING, {"ended_at": None, **anew})
        if not self._impacts(event) and not moved and not unstable:
            return False
        texts = words.change(action, self.decision.reason or event.reason, self._area(event))
        self._post(event, Post(action.value, texts))
        return True

    def _leave(self, event: Event) -> bool:
        """Let components go whose trouble is another: from now on they are told of elsewhere."""
        gone = {component_id for component_id, _ in self.decision.components}
        left = [row for row in components_of(self.session, event) if row.component_id in gone]
        if event.taken_by is not None or not left:
            return False
        for row in left:
            row.left_at = self.now
        if not self._by_person(event, "impact"):
            change(self.session, event, {"impact": impact_of(self.session, event)})
        raise_revision(self.session)
        return True

    def _return(self, event: Event) -> bool:
        if event.type.is_work or EventState.MONITORING not in (event.state, *moves_of(event.type)[event.state]):
            return False
        restored_at = utc(self.decision.began)
        theirs = event.taken_by is not None
        if not theirs:
            self._impacts(event)
            self._move(event, EventState.MONITORING)
            change(self.session, event, {"unstable": False})
        texts = words.restored(self._lasted(event, restored_at), closes_by_itself=not theirs)
        self._post(event, Post(self.decision.action.value, texts, restored_at=restored_at))
        return True

    def _close(self, event: Event) -> bool:
        if event.taken_by is not None:
            return False
        ended_at = self._restored_at(event) or self.now
        if not self._move(event, EventState.RESOLVED, {"ended_at": ended_at}):
            return False
        self._post(event, Post(self.decision.action.value, words.closed(self._lasted(event, ended_at))))
        return True

    def _publish(self, event: Event) -> bool:
        if event.publication is not Publication.DRAFT or not may_be_shown(self.session, event):
            return False
        self._impacts(event)
        opening = self.session.scalar(
            sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid, EventUpdate.author_id == self.author.id)
        )
        if opening is not None:
            self._bring_up_to_date(event, opening)
        publish_event(self.session, event, self.now)
        return True

    def _bring_up_to_date(self, event: Event, opening: EventUpdate) -> None:
        """Let the opening of a draft, unseen so far, speak of the present: it may have come back meanwhile."""
        restored_at = self._restored_at(event) if event.state is EventState.MONITORING else None
        opening.state, opening.impact = event.state, event.impact
        opening.generated = facts_of(self.session, event, self.now, restored_at).as_data()
        if restored_at is not None:
            texts = words.restored(self._lasted(event, restored_at), closes_by_itself=True)
            for row in self.session.scalars(sa.select(UpdateText).where(UpdateText.update_id == opening.id)):
                row.text = texts[row.language]

    def _start_work(self, event: Event) -> bool:
        if not self._move(event, EventState.IN_PROGRESS, {"started_at": self.now}):
            return False
        self._post(event, Post(self.decision.action.value, words.work_started()))
        return True

    def _tell_unconfirmed(self, event: Event) -> bool:
        """Leave a note: nobody confirmed the work, so it does not start."""
        if event.state is not EventState.PLANNED:
            return False
        text = "Its hour has come and nobody has confirmed this work: it does not start by itself."
        self.session.add(Note(event_uid=event.uid, author_id=self.author.id, at=self.now, text=text))
        return True

    def _move(self, event: Event, state: EventState, values: Mapping[str, object] | None = None) -> bool:
        """Move the event unless a person set its state (starting a confirmed work is what he confirmed)."""
        if (self._by_person(event, "state") and not event.type.is_work) or state not in moves_of(event.type)[
            event.state
        ]:
            return False
        change(self.session, event, {"state": state, **(values or {})}, self.author)
        return True

    def _by_person(self, event: Event, name: str) -> bool:
        return bool(event.set_by.get(name, self.author.id) != self.author.id)

    def _impacts(self, event: Event) -> bool:
        """State the impacts of this decision on the components that no person wrote; give whether any changed.

        On an incident a person holds, only those that are new to it.
        """
        rows = {row.component_id: row for row in components_of(self.session, event)}
        new = {
            component_id: impact
            for component_id, impact in self.decision.components
            if component_id not in rows
            or (
                event.taken_by is None
                and rows[component_id].set_by == self.author.id
                and rows[component_id].impact is not impact
            )
        }
        if new:
            touch(self.session, event, new, self.author, self.now)
        return bool(new)

    def _post(self, event: Event, what: Post) -> None:
        if event.publication is Publication.PUBLIC:
            post(self.session, event, what, self.author, self.now)
        else:
            raise_revision(self.session)

    def _restored_at(self, event: Event) -> datetime | None:
        """Give when the service came back, by the robot's last return (of the whole, for a part split off after it)."""
        uids = [event.uid, *([event.split_from] if event.split_from else [])]
        returns = sa.select(Step).where(Step.event_uid.in_(uids), Step.action == Action.RETURN.value)
        returns = returns.where((Step.event_uid == event.uid) | (Step.at <= event.created_at))
        step = self.session.scalars(returns.order_by(Step.id.desc()).limit(1)).first()
        return utc(float(step.data["began"])) if step is not None else None

    def _lasted(self, event: Event, until: datetime) -> float:
        return (until - (event.started_at or event.created_at)).total_seconds()

    def _area(self, event: Event) -> str:
        rows = components_of(self.session, event)
        return rows[0].path.partition("/")[0] if rows else ""


def _step(decision: Decision, *, applied: bool) -> Step:
    components = {str(component_id): impact.value for component_id, impact in decision.components}
    only = decision.components[0][0] if len(decision.components) == 1 else None
    data = {
        "applied": applied, "began": decision.began, "reason": decision.reason, "components": components,
        "numbers": dict(decision.numbers), "evidence": [list(key) for key in decision.evidence],
    }  # fmt: skip
    return Step(
        at=utc(decision.decided), component_id=only, event_uid=decision.event_uid,
        rule_point=decision.rule_point, action=decision.action.value, data=data,
    )  # fmt: skip
