"""The store of a replay: incidents and works in memory, changed by the core's decisions and by people's deeds.

It does to them what the services do in the database, without words: a field that a person holds is not the robot's to
write. Times are whole milliseconds from the scenario's start.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from probes.types import Instant
from status.domain.decisions import Action, Decision
from status.domain.grouping import Incident
from status.domain.states import EventState, Impact, Origin
from status.domain.work import WorkView
from status.replay.scenario import Deed, PlannedWork

ALTERING: Final = frozenset({Action.JOIN, Action.WORSE, Action.BETTER, Action.REOPEN, Action.UNSTABLE})


@dataclass(slots=True)
class Record:
    """One incident of the store. `shown` is when it was opened, or became more than internal; `opened` never moves."""

    uid: str
    label: str
    origin: Origin
    opened: int
    shown: int
    impacts: dict[int, Impact]
    draft: bool = False
    internal: bool = False
    taken: bool = False
    unstable: bool = False
    returned: int | None = None
    closed: int | None = None
    closed_by_person: bool = False
    withdrawn: bool = False
    merged_into: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still stands, itself."""
        return self.closed is None and self.merged_into is None


@dataclass(slots=True)
class Ledger:
    """Every incident and work there ever was, and which checks are muted until when (None: for good)."""

    at: Callable[[int], Instant]
    records: list[Record] = field(default_factory=list)
    works: list[WorkView] = field(default_factory=list)
    muted: dict[int, int | None] = field(default_factory=dict)
    _numbers: Iterator[int] = field(init=False, default_factory=lambda: itertools.count(1))

    # -- what the core asks ---------------------------------------------------------------------------------------

    def incidents(self) -> list[Incident]:
        """Give the incidents that stand for themselves, as the store has them."""
        return [self._view(record) for record in self.records if record.merged_into is None]

    def held(self) -> dict[int, float | None]:
        """Give the muted checks with the end of it on the steady clock."""
        return {check_id: None if until is None else self.at(until).steady for check_id, until in self.muted.items()}

    def new_uid(self, _now: Instant) -> str:
        """Give the next uid."""
        return f"incident-{next(self._numbers)}"

    def _view(self, record: Record) -> Incident:
        def steady(ms: int | None) -> float | None:
            return None if ms is None else self.at(ms).steady

        return Incident(
            uid=record.uid,
            merge_label=record.label,
            hands_off=record.taken,
            draft=record.draft,
            opened=self.at(record.opened).steady,
            impacts=dict(record.impacts),
            returned=steady(record.returned),
            closed=steady(record.closed),
            closed_by_person=record.closed_by_person,
            withdrawn=record.withdrawn,
            internal=record.internal,
            unstable=record.unstable,
        )

    # -- what the core decided ------------------------------------------------------------------------------------

    def apply(self, decision: Decision, ms: int) -> bool:
        """Apply one decision; give whether a work changed by it."""
        action = decision.action
        if action is Action.WORK_START:
            return self._start_work(decision.event_uid, ms)
        if action in {Action.WORK_UNCONFIRMED, Action.ATTACH}:
            return False
        if action is Action.OPEN:
            self._open(decision, ms)
            return False
        record = next(record for record in self.records if record.uid == decision.event_uid)
        if not record.withdrawn and record.merged_into is None:
            self._change_by_robot(record, decision, ms)
        return False

    def _change_by_robot(self, record: Record, decision: Decision, ms: int) -> None:
        action = decision.action
        self._note_visibility(record, internal=decision.internal, ms=ms)
        if action is Action.LEAVE:
            for component_id, _ in decision.components:
                record.impacts.pop(component_id, None)
        elif action is Action.PUBLISH:
            record.draft = False
        elif action in ALTERING and (not record.taken or action is Action.JOIN):
            self._alter(record, decision)
        elif not record.taken and action is Action.RETURN:
            record.impacts.update(decision.components)
            record.returned, record.unstable = ms, False
        elif not record.taken and action is Action.CLOSE:
            record.closed = ms

    def _open(self, decision: Decision, ms: int) -> None:
        self.records.append(
            Record(
                uid=decision.event_uid,
                label=decision.merge_label,
                origin=Origin.PROBE,
                opened=ms,
                shown=ms,
                impacts=dict(decision.components),
                draft=not decision.public,
                internal=decision.internal,
            )
        )

    def _alter(self, record: Record, decision: Decision) -> None:
        record.impacts.update(decision.components)
        record.label = decision.merge_label or record.label
        if decision.action is Action.UNSTABLE:
            record.unstable = True
        if decision.action is not Action.BETTER:
            record.returned = record.closed = None

    def _note_visibility(self, record: Record, *, internal: bool, ms: int) -> None:
        if record.internal and not internal:
            record.internal, record.shown = False, ms

    # -- what people do -------------------------------------------------------------------------------------------

    def do(self, deed: Deed, ms: int) -> None:
        """Carry out a person's deed on the incidents, or checks, of its components, if there are any."""
        component_ids = [index + 1 for index in deed.components]
        touched = [record for record in self.records if not record.impacts.keys().isdisjoint(component_ids)]
        standing = [record for record in touched if record.is_open]
        if deed.action == "mute":
            until = None if deed.lasts is None else ms + round(deed.lasts * 1000)
            self.muted.update(dict.fromkeys(component_ids, until))
        elif deed.action == "open":
            self._open_by_hand(component_ids, ms)
        elif deed.action == "reopen":
            ended = [record for record in touched if record.closed is not None and not record.withdrawn]
            for record in sorted(ended, key=lambda record: record.closed or 0)[-1:]:
                record.closed = record.returned = None
                record.closed_by_person, record.taken = False, True
        elif deed.action == "merge":
            self._merge(standing)
        elif deed.action == "split":
            for record in standing:
                self._split(record, component_ids, ms)
        else:
            for record in standing:
                self._change(record, deed.action, ms)

    def _open_by_hand(self, component_ids: Iterable[int], ms: int) -> None:
        impacts = dict.fromkeys(component_ids, Impact.FULL)
        uid = self.new_uid(self.at(ms))
        self.records.append(Record(uid, uid, Origin.PERSON, opened=ms, shown=ms, impacts=impacts, taken=True))

    def _change(self, record: Record, action: str, ms: int) -> None:
        if action in {"take", "handback"}:
            record.taken = action == "take"
        elif action == "publish":
            record.draft = False
            self._note_visibility(record, internal=False, ms=ms)
        else:
            record.closed, record.closed_by_person, record.taken = ms, True, True
            record.withdrawn = action == "withdraw"

    def _merge(self, standing: list[Record]) -> None:
        """Merge them into the oldest one."""
        if not standing:
            return
        kept, *others = standing
        for other in others:
            other.merged_into = self.records.index(kept)
            kept.impacts = other.impacts | kept.impacts
            kept.draft, kept.internal = kept.draft and other.draft, kept.internal and other.internal

    def _split(self, record: Record, component_ids: Iterable[int], ms: int) -> None:
        """Give these components of an incident one of their own; nothing when none would be left in it."""
        going = [component_id for component_id in component_ids if component_id in record.impacts]
        if len(going) == len(record.impacts):
            return
        impacts = {component_id: record.impacts.pop(component_id) for component_id in going}
        uid = self.new_uid(self.at(ms))
        self.records.append(
            Record(uid, uid, record.origin, ms, ms, impacts, record.draft, record.internal, record.taken)
        )

    # -- works ----------------------------------------------------------------------------------------------------

    def plan(self, planned: Iterable[PlannedWork]) -> None:
        """Take in works that a person planned and confirmed before the start."""
        for number, work in enumerate(planned, 1):
            start, end = (self.at(round(t * 1000)).wall for t in (work.start, work.end))
            component_ids = tuple(index + 1 for index in work.components)
            self.works.append(
                WorkView(f"work-{number}", EventState.CONFIRMED, start, end, component_ids, alerted=False)
            )

    def end_work(self, number: int, ms: int) -> None:
        """Let a person end a running work at its announced end."""
        if self.works[number].state is EventState.IN_PROGRESS:
            self.works[number] = replace(self.works[number], state=EventState.DONE, ended=self.at(ms).wall)

    def cancel_work(self, number: int, ms: int) -> None:
        """Let a person call a work off, running or not; an ended one stays as it is."""
        work = self.works[number]
        if work.state in {EventState.CONFIRMED, EventState.IN_PROGRESS}:
            ended = self.at(ms).wall if work.state is EventState.IN_PROGRESS else None
            self.works[number] = replace(work, state=EventState.CANCELLED, ended=ended)

    def _start_work(self, uid: str, ms: int) -> bool:
        number = next(number for number, work in enumerate(self.works) if work.uid == uid)
        if self.works[number].state is not EventState.CONFIRMED:
            return False
        now = self.at(ms).wall
        self.works[number] = replace(self.works[number], state=EventState.IN_PROGRESS, started=now)
        if self.works[number].planned_end <= now:
            self.end_work(number, ms)
        return True
