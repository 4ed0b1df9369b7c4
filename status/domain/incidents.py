"""An incident as the book keeps it, and the decisions made about one. Sans-IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from probes.types import Instant
from status.domain.decisions import Action, Decision
from status.domain.states import Impact, Verdict
from status.domain.transition import Transition

IMPACT: Final[Mapping[Verdict, Impact]] = {
    Verdict.DOWN: Impact.FULL,
    Verdict.UNREACHABLE: Impact.FULL,
    Verdict.DEGRADED: Impact.DEGRADED,
    Verdict.LOCAL: Impact.PARTIAL,
}
"""What an incident says of a component whose verdict is bad."""

Impacts = tuple[tuple[int, Impact], ...]


@dataclass(slots=True, eq=False)
class Incident:
    """An incident of the last hour. Times are steady seconds, None where they don't apply.

    `hands_off`: a person opened it or took it over, and has not handed it back: the robot attaches and tells of the
    return, no more. `internal`: seen from one location only. `bad` are its components that fail now. `took_in` are the
    merge labels of those that were merged into it.
    """

    uid: str
    merge_label: str
    hands_off: bool
    draft: bool
    opened: float
    impacts: dict[int, Impact]
    bad: set[int] = field(default_factory=set)
    returned: float | None = None
    closed: float | None = None
    closed_by_person: bool = False
    withdrawn: bool = False
    internal: bool = False
    unstable: bool = False
    took_in: tuple[str, ...] = ()
    joining: dict[int, Impact] = field(default_factory=dict)
    improved: dict[int, Impact] = field(default_factory=dict)
    gather_until: float | None = None
    last_gathered: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.closed is None

    @property
    def labels(self) -> tuple[str, ...]:
        """The merge labels it answers to."""
        return tuple(dict.fromkeys((self.merge_label, *self.took_in)))

    def keep_from(self, known: Incident) -> None:
        """Keep what only this process knows: what was being gathered, and times to the millisecond."""
        self.joining, self.improved = known.joining, known.improved
        self.gather_until, self.last_gathered = known.gather_until, known.last_gathered
        self.returned = known.returned if self.returned is not None and known.returned is not None else self.returned
        self.opened = known.opened

    def came_back(self, at: float) -> None:
        """Note that nothing of it fails any more."""
        self.returned, self.unstable = at, False
        self.forget_gathered()

    def forget_gathered(self) -> None:
        """Drop what was gathered: it is told otherwise."""
        self.joining.clear()
        self.improved.clear()
        self.gather_until = None


def opening(incident: Incident, transitions: Iterable[Transition], now: Instant) -> Decision:
    """Give the decision that opens an incident on these transitions."""
    found = sorted(transitions, key=lambda transition: (transition.began, transition.component_id))
    leading = found[0]
    work_uid = next((transition.work_uid for transition in found if transition.work_uid), None)
    return Decision(
        action=Action.OPEN,
        event_uid=incident.uid,
        components=tuple(sorted(incident.impacts.items())),
        rule_point="11" if work_uid else leading.rule_point,
        began=leading.began.wall,
        decided=now.wall,
        reason="overrun" if work_uid else leading.reason,
        merge_label=incident.merge_label,
        public=not incident.draft,
        internal=incident.internal,
        work_uid=work_uid,
        numbers=leading.numbers,
        evidence=tuple(key for transition in found for key in transition.evidence),
    )


def decided(
    action: Action, incident: Incident, transition: Transition, components: Impacts, rule_point: str
) -> Decision:
    """Give a decision that a transition led to."""
    return Decision(
        action=action,
        event_uid=incident.uid,
        components=components,
        rule_point=rule_point,
        began=transition.began.wall,
        decided=transition.decided.wall,
        reason=transition.reason,
        merge_label=incident.merge_label,
        public=not incident.draft,
        internal=incident.internal,
        numbers=transition.numbers,
        evidence=transition.evidence,
    )


_TIMED_POINT: Final = {Action.JOIN: "9", Action.LEAVE: "9", Action.BETTER: "5", Action.CLOSE: "5"}


def timed(action: Action, incident: Incident, now: Instant, components: Impacts) -> Decision:
    """Give a decision that time alone led to."""
    return Decision(
        action=action,
        event_uid=incident.uid,
        components=components,
        rule_point=_TIMED_POINT.get(action, "policy"),
        began=now.wall,
        decided=now.wall,
        merge_label=incident.merge_label,
        public=not incident.draft,
        internal=incident.internal,
    )
