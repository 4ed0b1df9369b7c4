"""Events without I/O: an incident's moves, the worst impact, and what each word is called elsewhere (SPEC §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from status.domain.refused import Refused
from status.domain.states import (
    ENDED_STATES,
    IMPACT_WORST_FIRST,
    EventState,
    Impact,
    Publication,
    PublicState,
    Visibility,
)

Moves = Mapping[EventState, tuple[EventState, ...]]

INCIDENT_MOVES: Final[Moves] = {
    EventState.INVESTIGATING: (EventState.IDENTIFIED, EventState.MONITORING, EventState.RESOLVED),
    EventState.IDENTIFIED: (EventState.INVESTIGATING, EventState.MONITORING, EventState.RESOLVED),
    EventState.MONITORING: (EventState.INVESTIGATING, EventState.IDENTIFIED, EventState.RESOLVED),
    EventState.RESOLVED: (EventState.POST_MORTEM, EventState.INVESTIGATING),
    EventState.POST_MORTEM: (),
}
"""Closing is the move to resolved, reopening the move from there back to investigating."""

OVH_IMPACT: Final = {
    Impact.NONE: "none",
    Impact.DEGRADED: "partialUnavailability",
    Impact.PARTIAL: "partialUnavailability",
    Impact.FULL: "fullUnavailability",
    Impact.INTERRUPTION: "downtime",
}
OVH_UNKNOWN: Final = "unknown"

STATUSPAGE_COMPONENT: Final = {
    Impact.NONE: "operational",
    Impact.DEGRADED: "degraded_performance",
    Impact.PARTIAL: "partial_outage",
    Impact.FULL: "major_outage",
    Impact.INTERRUPTION: "under_maintenance",
}
STATUSPAGE_IMPACT: Final = {
    Impact.NONE: "none",
    Impact.DEGRADED: "minor",
    Impact.PARTIAL: "major",
    Impact.FULL: "critical",
    Impact.INTERRUPTION: "maintenance",
}
STATUSPAGE_UNKNOWN: Final = ("degraded_performance", "minor")
"""Component status and least indicator of a component whose state is unknown."""

OVH_STATUS: Final = {
    EventState.INVESTIGATING: "inProgress",
    EventState.IDENTIFIED: "inProgress",
    EventState.MONITORING: "inProgress",
    EventState.RESOLVED: "finished",
    EventState.POST_MORTEM: "finished",
    EventState.PLANNED: "planned",
    EventState.CONFIRMED: "planned",
    EventState.IN_PROGRESS: "inProgress",
    EventState.VERIFYING: "inProgress",
    EventState.DONE: "finished",
    EventState.ROLLED_BACK: "finished",
    EventState.CANCELLED: "finished",
}
STATUSPAGE_STATUS: Final = {
    EventState.INVESTIGATING: "investigating",
    EventState.IDENTIFIED: "identified",
    EventState.MONITORING: "monitoring",
    EventState.RESOLVED: "resolved",
    EventState.POST_MORTEM: "postmortem",
    EventState.PLANNED: "scheduled",
    EventState.CONFIRMED: "scheduled",
    EventState.IN_PROGRESS: "in_progress",
    EventState.VERIFYING: "verifying",
    EventState.DONE: "completed",
    EventState.ROLLED_BACK: "completed",
    EventState.CANCELLED: "completed",
}

_SEVERITY: Final = {
    Impact.NONE: 1,
    Impact.DEGRADED: 2,
    Impact.PARTIAL: 3,
    Impact.INTERRUPTION: 3,
    Impact.FULL: 4,
}

_SHOWN: Final = {
    Impact.NONE: PublicState.OPERATIONAL,
    Impact.DEGRADED: PublicState.DEGRADED,
    Impact.PARTIAL: PublicState.DEGRADED,
    Impact.FULL: PublicState.DOWN,
    Impact.INTERRUPTION: PublicState.DOWN,
}


class ComponentImpact(NamedTuple):
    """A component's own impact in an event, and whether a person wrote it (then automation never does)."""

    impact: Impact
    by_person: bool


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the decider needs it: the open ones and those closed less than an hour ago.

    Times are Unix seconds (wall). `components` has only those that have not left. `taken`: a person opened it or took
    it over and has not handed it back, so the robot neither rewrites nor closes. `opened` is when it was decided,
    `returned` when the robot last decided that all is back (None after a reopening), `ended` when it was closed;
    `closed_by_person` also holds for a withdrawn one. `reopened` counts its reopenings. `internal` and `unstable` as on
    the event. `took_in` are the merge labels of those that were merged into it.
    """

    uid: str
    n: int | None
    state: EventState
    impact: Impact
    publication: Publication
    components: Mapping[int, ComponentImpact]
    merge_label: str
    reason: str
    opened_by_person: bool
    taken: bool
    closed_by_person: bool
    opened: float
    started: float
    returned: float | None
    ended: float | None
    reopened: int
    work_uid: str | None
    version: int
    took_in: tuple[str, ...] = ()
    withdrawn: bool = False
    internal: bool = False
    unstable: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.state not in ENDED_STATES


def require_move(moves: Moves, before: EventState, after: EventState) -> None:
    """Let a move pass; raise Refused naming the allowed ones otherwise. Staying where it is is always allowed."""
    allowed = moves.get(before, ())
    if after is before or after in allowed:
        return
    names = ", ".join(state.value for state in allowed) or "none, it is final"
    raise Refused("move", f"cannot move from {before.value} to {after.value}; allowed from there: {names}")


def closes(before: EventState, after: EventState) -> bool:
    """Whether a move ends the event."""
    return after in ENDED_STATES and before not in ENDED_STATES


def reopens(before: EventState, after: EventState) -> bool:
    """Whether a move opens an ended event again."""
    return before in ENDED_STATES and after not in ENDED_STATES


def worst_impact(impacts: Iterable[Impact]) -> Impact:
    """Give the worst of some impacts; none of nothing."""
    return min(impacts, key=IMPACT_WORST_FIRST.index, default=Impact.NONE)


def told_impact(felt: Iterable[tuple[Visibility, Impact]]) -> Impact:
    """Give the impact an event is told with: the worst of its public components.

    Without a public one, the worst of those that customers may know; without those either, of all.
    """
    by_sight: dict[Visibility, list[Impact]] = {}
    for visibility, impact in felt:
        by_sight.setdefault(visibility, []).append(impact)
    order = (Visibility.PUBLIC, Visibility.CUSTOMERS, Visibility.INTERNAL)
    return worst_impact(next((by_sight[each] for each in order if each in by_sight), ()))


def default_severity(impact: Impact) -> int:
    """Give the severity (1 very low … 5 critical) an event starts with; 5 is only ever given by a person."""
    return _SEVERITY[impact]


def shown_by(impact: Impact) -> PublicState:
    """Give the public state a component with this impact has (SPEC §1 b)."""
    return _SHOWN[impact]
