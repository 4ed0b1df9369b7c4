"""The decider: one batch, one transaction. Observations in, verdicts and events out; nothing else decides.

    Decider.turn(session, now, inputs)
        instructions ─▶ store ─▶ Detector.step ─▶ verdict intervals ─▶ Book.step ─▶ services ─▶ revision, verified_at

A turn that fails leaves the in-memory state ahead of the database: throw the decider away and load a new one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant, Observation
from status.clock import utc
from status.config.model import Settings
from status.domain.check_state import Ask, CheckView
from status.domain.decisions import Decision
from status.domain.detection import Detector, Input, Transition
from status.domain.grouping import Book
from status.domain.work import work_step
from status.models import Installation, Location
from status.monitor.memory import Memory
from status.monitor.recording import Recorder
from status.monitor.rules import check_views, places, rule_of, self_test_rule
from status.monitor.works import Works
from status.services.catalogue import Catalogue, read_catalogue
from status.services.identifiers import new_uid
from status.services.instructions import take_instructions
from status.services.robot import apply_decision

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn wants done outside the transaction: extra runs, self-tests, when to turn again, a reload."""

    asks: tuple[Ask, ...]
    self_tests: tuple[str, ...]
    next_wake: float | None
    reload: bool
    confirm: bool


class Decider:
    """Everything that decides, loaded from the database. One thread at a time."""

    def __init__(self, session: Session, settings: Settings, now: Instant) -> None:
        self._settings = settings
        self._catalogue: Catalogue = read_catalogue(session)
        here = settings.monitor.location
        locations = {row.slug: row.id for row in session.execute(sa.select(Location.slug, Location.id))}
        tested = (here,) if settings.self_test.reference else ()
        self._detector = Detector([here], self_tested=tested, rule=self_test_rule(settings))
        self._views: dict[int, CheckView] = {view.check_id: view for view in check_views(settings, self._catalogue)}
        self._detector.watch(self._views.values(), now)
        self._recorder = Recorder(locations)
        self._memory = Memory(locations)
        self._memory.restore(session, self._detector, self._views.values(), now)
        self._book = Book(rule_of(settings), lambda moment: new_uid(utc(moment.wall)))
        self._book.places(places(settings, self._catalogue))
        self._works = Works(self._catalogue)
        self._sync(session, now)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force."""
        return self._catalogue

    def turn(self, session: Session, now: Instant, inputs: Sequence[Input]) -> Turned:
        """Do one batch inside the caller's transaction. Raises whatever the database raises; nothing is kept then."""
        instructions = take_instructions(session, utc(now.wall))
        known = [item for item in inputs if not isinstance(item, Observation) or item.check_id in self._views]
        self._recorder.record(session, [item for item in known if isinstance(item, Observation)])
        if instructions:
            self._sync(session, now)
        changed = self._start_works(session, now)
        stepped = self._detector.step(now, known)
        transitions = list(stepped.transitions)
        booked = self._book.step(now, transitions)
        late = self._overruns(now)
        self._mark_works()
        transitions += [transition for transition, _ in late]
        overrun = self._book.overrun(late, now)
        for decision in (*booked.decisions, *overrun.decisions):
            self._apply(session, decision, now)
        self._memory.record(session, self._detector, transitions, stepped.changed_checks, now)
        changed |= self._memory.note_locations(session, self._detector, now)
        self._verify(session, now, changed=changed or bool(transitions))
        wakes = [stepped.next_wake, booked.next_wake, overrun.next_wake, self._works.next_wake(now)]
        return Turned(
            asks=stepped.asks,
            self_tests=stepped.self_tests,
            next_wake=min((at for at in wakes if at is not None), default=None),
            reload=any(instruction.action == "config_apply" for instruction in instructions),
            confirm=any(instruction.data.get("confirm") is True for instruction in instructions),
        )

    def _overruns(self, now: Instant) -> list[tuple[Transition, str]]:
        found = []
        for component_id, work_uid in self._book.expired_grace(now).items():
            if self._detector.failing(component_id):
                found.append((self._detector.overrun(component_id, now), work_uid))
        return found

    def _start_works(self, session: Session, now: Instant) -> bool:
        decisions, _ = work_step(self._works.views, now.wall)
        for decision in decisions:
            self._apply(session, decision, now)
        if decisions:
            self._sync(session, now)
        return bool(decisions)

    def _apply(self, session: Session, decision: Decision, now: Instant) -> None:
        apply_decision(session, decision, utc(now.wall))
        sa.event.listen(session, "after_commit", partial(_tell, decision), once=True)

    def _sync(self, session: Session, now: Instant) -> None:
        """Read events anew: a person changed one, or a work began or ended."""
        self._book.sync(self._memory.incidents(session, now), self._memory.bad(self._detector))
        ended = self._works.read(session)
        for work_uid, component_ids in ended:
            self._book.work_ended(work_uid, component_ids, now)
        self._mark_works()

    def _mark_works(self) -> None:
        """Tell detection which components a work covers: running, or over for less than the grace (point 11)."""
        inside = self._works.inside | self._book.in_grace()
        self._detector.in_work(inside, except_for=[key for key in inside if self._book.holds_open(key)])

    def _verify(self, session: Session, now: Instant, *, changed: bool) -> None:
        values = {"verified_at": utc(now.wall)}
        statement = sa.update(Installation).where(Installation.id == 1).values(**values)
        if changed:
            statement = statement.values(revision=Installation.revision + 1)
        session.execute(statement.execution_options(synchronize_session=False))


def _tell(decision: Decision, _session: Session) -> None:
    log.info("robot_acted", extra={"action": decision.action.value, "uid": decision.event_uid})
