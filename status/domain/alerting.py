"""Which event needs an alert, by which rule: areas, components and what is below them, severity, impact. Sans-IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from status.domain.states import IMPACT_WORST_FIRST, EventState, Impact


class AlertOf(Enum):
    """What a rule looks at: incidents, those seen from one location only, works that nobody confirmed at their hour."""

    INCIDENTS = "incidents"
    LOCAL = "local"
    WORKS = "works"


class TryKind(Enum):
    """Why somebody is told: to take care of it, that it is over, or because he tries his own contact ways."""

    ALERT = "alert"
    RECOVERY = "recovery"
    TEST = "test"


class TryState(Enum):
    """Waiting, accepted by the other side, refused by it for good, or dropped: nobody needs it any more."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Subject:
    """An event as rules look at it. `paths` are the touched components', by slugs from the area.

    `answered`: somebody acknowledged it, or holds it.
    """

    event_uid: str
    of: AlertOf
    state: EventState
    severity: int
    impact: Impact
    paths: tuple[str, ...]
    answered: bool

    @property
    def paused(self) -> bool:
        """Whether it has come back and is watched: nobody is called meanwhile."""
        return self.state is EventState.MONITORING


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule wants. Without areas and components it is all."""

    of: frozenset[AlertOf]
    areas: frozenset[str]
    components: frozenset[str]
    least_severity: int
    least_impact: Impact

    def fits(self, subject: Subject) -> bool:
        """Whether an event is one of the rule's. A work that nobody confirmed has no severity yet."""
        if subject.of not in self.of or not self._touches(subject):
            return False
        if subject.of is AlertOf.WORKS:
            return True
        rank = IMPACT_WORST_FIRST.index
        return subject.severity >= self.least_severity and rank(subject.impact) <= rank(self.least_impact)

    def _touches(self, subject: Subject) -> bool:
        if not self.areas and not self.components:
            return True
        steps = [path.split("/") for path in subject.paths]
        return any(path[0] in self.areas or not self.components.isdisjoint(path) for path in steps)
