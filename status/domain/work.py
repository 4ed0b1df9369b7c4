"""Planned works without I/O: their moves, and what happens by itself at their hour (SPEC §2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from status.domain.decisions import Action, Decision
from status.domain.event import INCIDENT_MOVES, Moves
from status.domain.states import COMING_WORK_STATES, EventState, EventType, Impact, Verdict

WORK_MOVES: Final[Moves] = {
    EventState.PLANNED: (EventState.CONFIRMED, EventState.CANCELLED),
    EventState.CONFIRMED: (EventState.IN_PROGRESS, EventState.CANCELLED),
    EventState.IN_PROGRESS: (EventState.VERIFYING,),
    EventState.VERIFYING: (EventState.DONE, EventState.ROLLED_BACK),
    EventState.DONE: (),
    EventState.ROLLED_BACK: (),
    EventState.CANCELLED: (),
}

RULE_POINT: Final = "11"

_RISING: Final = (Verdict.OPERATIONAL, Verdict.DEGRADED, Verdict.DOWN)


def former_times(announced: Sequence[str]) -> tuple[tuple[datetime, datetime], ...]:
    """Read the announced pairs of times (`start/end`, ISO 8601) but the last, which is the one of now."""
    halves = (pair.partition("/") for pair in announced[:-1])
    return tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, _, end in halves)


@dataclass(frozen=True, slots=True)
class WorkView:
    """A work as the decider needs it. Times are Unix seconds (wall).

    `component_ids` are the named components; the work holds for their descendants too. `alerted`: an unconfirmed
    work's hour was told already. `started` and `ended` are the real window. No `impact` given (None) means full; `none`
    is a work announced without any.
    """

    uid: str
    state: EventState
    planned_start: float
    planned_end: float
    component_ids: tuple[int, ...]
    alerted: bool
    started: float | None = None
    ended: float | None = None
    impact: Impact | None = None

    @property
    def announced(self) -> Verdict:
        """Give the worst verdict customers were told to expect."""
        if self.impact is Impact.NONE:
            return Verdict.OPERATIONAL
        return Verdict.DEGRADED if self.impact in {Impact.DEGRADED, Impact.PARTIAL} else Verdict.DOWN


def moves_of(type_: EventType) -> Moves:
    """Give the moves an event of this type may make."""
    return WORK_MOVES if type_.is_work else INCIDENT_MOVES


def exceeds(verdict: Verdict, announced: Verdict) -> bool:
    """Whether a verdict is worse than the one that was announced."""
    return verdict in _RISING and _RISING.index(verdict) > _RISING.index(announced)


def work_step(works: tuple[WorkView, ...], now_wall: float) -> tuple[tuple[Decision, ...], float | None]:
    """Decide what works do by themselves at `now_wall` (Unix seconds), and when to ask again (None: nothing comes).

    A confirmed one starts at its planned start; an unconfirmed one is told once and does not start.
    """
    coming = [work for work in works if work.state in COMING_WORK_STATES]
    due = [work for work in coming if work.planned_start <= now_wall]
    decisions = tuple(
        _decision(work, now_wall) for work in due if work.state is EventState.CONFIRMED or not work.alerted
    )
    next_wake = min((work.planned_start for work in coming if work.planned_start > now_wall), default=None)
    return decisions, next_wake


def _decision(work: WorkView, now_wall: float) -> Decision:
    confirmed = work.state is EventState.CONFIRMED
    return Decision(
        action=Action.WORK_START if confirmed else Action.WORK_UNCONFIRMED,
        event_uid=work.uid,
        components=(),
        rule_point=RULE_POINT,
        began=work.planned_start,
        decided=now_wall,
        numbers={"late_s": round(now_wall - work.planned_start, 3)},
    )
