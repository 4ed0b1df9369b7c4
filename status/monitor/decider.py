"""The decider: one batch, one transaction. Observations in, verdicts and events out; nothing else decides.

    Decider.turn(session, now, inputs)
        instructions ─▶ store ─▶ Supervision.step ─▶ verdict intervals ─▶ services ─▶ revision, verified_at

A turn that fails leaves the in-memory state ahead of the database: throw the decider away and load a new one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant, Observation
from status.clock import utc
from status.config.model import Settings
from status.domain.check_state import Ask, CheckView
from status.domain.decisions import Action, Decision
from status.domain.detection import Input
from status.domain.states import HoldAction
from status.domain.supervision import Supervision
from status.models import Installation, Instruction, Location
from status.monitor.chores import Chores
from status.monitor.inbox import ROWS_A_TURN, InboxReader
from status.monitor.memory import Memory
from status.monitor.recording import Recorder
from status.monitor.remote import send_orders
from status.monitor.rules import check_views, places, rule_of, self_test_rule
from status.queries.decider import work_views
from status.queries.holds import active_holds
from status.queries.locations import grid
from status.services.catalogue import Catalogue, read_catalogue
from status.services.emergency_taking import take_emergencies
from status.services.holds import end_due
from status.services.identifiers import new_uid
from status.services.instructions import take_instructions
from status.services.locations import LOCATIONS_CHANGED
from status.services.robot import apply_decision
from status.services.running import RUN_CHECK

log = logging.getLogger(__name__)

OF_WORKS: Final = (Action.WORK_START, Action.WORK_UNCONFIRMED)
"""After these the works are read anew: one has begun, or nobody need be told again."""


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
        watching = sa.select(Location.slug, Location.id).where(
            (Location.slug == settings.monitor.location) | Location.token_hash.is_not(None),
            Location.retired_at.is_(None),
        )
        locations = {row.slug: row.id for row in session.execute(watching)}
        self._supervision = Supervision(
            sorted(locations),
            self_tested=locations if settings.self_test.reference else (),
            rule=rule_of(settings),
            self_test=self_test_rule(settings),
            new_uid=lambda moment: new_uid(utc(moment.wall)),
            now=now,
        )
        self._views: dict[int, CheckView] = {view.check_id: view for view in check_views(settings, self._catalogue)}
        self._supervision.know(self._views.values(), places(self._catalogue), now)
        self._recorder = Recorder(locations)
        self._inbox = InboxReader(settings.monitor.late_after_s)
        self.place = grid(session, settings.monitor.location)
        self._memory = Memory(locations)
        self._chores = Chores(settings.works)
        self._memory.restore(session, self._supervision, self._views.values(), now)
        self._sync(session, now)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force."""
        return self._catalogue

    def turn(self, session: Session, now: Instant, inputs: Sequence[Input], *, batches: int = ROWS_A_TURN) -> Turned:
        """Do one batch inside the caller's transaction, and at most so many batches of agents.

        Raises whatever the database raises; nothing is kept then.
        """
        instructions = take_instructions(session, utc(now.wall))
        taken = self._inbox.take(session, now, batches)
        known = [
            item
            for item in (*inputs, *taken.inputs)
            if not isinstance(item, Observation) or item.check_id in self._views
        ]
        late = [item for item in taken.late if item.check_id in self._views]
        self._recorder.record(session, [*late, *(item for item in known if isinstance(item, Observation))])
        take_emergencies(session, instructions, utc(now.wall))
        made = self._chores.do(session, now, at_once=bool(instructions))
        if end_due(session, utc(now.wall)) or made or instructions:
            self._sync(session, now)
        decided = self._supervision.step(now, known)
        for decision in decided.decisions:
            self._apply(session, decision, now)
        started = any(decision.action in OF_WORKS for decision in decided.decisions)
        if started:
            self._sync(session, now)
        self._memory.record(session, self._supervision, decided.transitions, decided.changed_checks, now)
        changed = self._memory.note_locations(session, self._supervision, now)
        asks = (*decided.asks, *self._asked_for(instructions, now))
        send_orders(session, asks, decided.self_tests, now)
        self._verify(session, now, changed=changed or bool(decided.transitions) or bool(decided.decisions))
        return Turned(
            asks=asks,
            self_tests=decided.self_tests,
            next_wake=now.steady if started or taken.more else decided.next_wake,
            reload=any(instruction.action in {"config_apply", LOCATIONS_CHANGED} for instruction in instructions),
            confirm=any(instruction.data.get("confirm") is True for instruction in instructions),
        )

    def _asked_for(self, instructions: Sequence[Instruction], now: Instant) -> Iterable[Ask]:
        """Give the runs that people asked for, as far as the check and the place are still there."""
        for instruction in instructions:
            if instruction.action == RUN_CHECK and instruction.data["check_id"] in self._views:
                view = self._views[instruction.data["check_id"]]
                location, request = instruction.data["location"], instruction.data["uid"]
                yield Ask(view.check_id, location, now.steady, view.timeout_s, view.group, request=request)

    def _apply(self, session: Session, decision: Decision, now: Instant) -> None:
        apply_decision(session, decision, utc(now.wall))
        sa.event.listen(session, "after_commit", partial(_tell, decision), once=True)

    def _sync(self, session: Session, now: Instant) -> None:
        """Read events and holds anew: a person changed one, a work began, or a hold is over."""
        self._supervision.events(self._memory.incidents(session, now), work_views(session), now)
        held: dict[HoldAction, dict[int, float | None]] = {action: {} for action in HoldAction}
        for hold in active_holds(session):
            until = None if hold.until is None else hold.until - now.wall + now.steady
            held[hold.action][hold.check_id] = until
        self._supervision.hold(held[HoldAction.MUTE], held[HoldAction.DISABLE], now)

    def _verify(self, session: Session, now: Instant, *, changed: bool) -> None:
        values = {"verified_at": utc(now.wall)}
        statement = sa.update(Installation).where(Installation.id == 1).values(**values)
        if changed:
            statement = statement.values(revision=Installation.revision + 1)
        session.execute(statement.execution_options(synchronize_session=False))


def _tell(decision: Decision, _session: Session) -> None:
    log.info("robot_acted", extra={"action": decision.action.value, "uid": decision.event_uid})
