"""The closed sets of the field: verdicts, impacts, event types and states, and the tables between them (SPEC §2)."""

from __future__ import annotations

from enum import Enum
from typing import Final

AREAS: Final = ("hosting", "email", "telephony", "xdsl")
"""The roots of the component tree, in the order they are always shown."""

SYMPTOMS: Final = ("site", "email", "internet", "speed", "telephone", "fax")


class Word(Enum):
    """A word of a closed set. Each is one of a kind, and hashes so: they are looked up a million times a rebuild."""

    __hash__ = object.__hash__


class Verdict(Word):
    """The decided state of a component. `LOCAL` and `UNREACHABLE` are desk words; the public never reads them."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    LOCAL = "local"
    UNREACHABLE = "unreachable"


class PublicState(Word):
    """What the public reads of a component (SPEC §1). `UNWATCHED` has no checks and no events and is in no sum."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    UNWATCHED = "unwatched"


WORST_FIRST: Final = (
    PublicState.DOWN,
    PublicState.DEGRADED,
    PublicState.UNKNOWN,
    PublicState.MAINTENANCE,
    PublicState.OPERATIONAL,
    PublicState.UNWATCHED,
)


class Impact(Word):
    """What customers feel; an interruption is a short announced cut."""

    NONE = "none"
    DEGRADED = "degraded"
    PARTIAL = "partial"
    FULL = "full"
    INTERRUPTION = "interruption"


IMPACT_WORST_FIRST: Final = (Impact.FULL, Impact.INTERRUPTION, Impact.PARTIAL, Impact.DEGRADED, Impact.NONE)


class EventType(Word):
    """An incident is unplanned; a maintenance and an upgrade are works."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"
    UPGRADE = "upgrade"

    @property
    def is_work(self) -> bool:
        """Whether it is planned."""
        return self is not EventType.INCIDENT


class EventState(Word):
    """Where an event stands; which moves are allowed stands in `domain.event` and `domain.work`."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POST_MORTEM = "post-mortem"
    PLANNED = "planned"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in-progress"
    VERIFYING = "verifying"
    DONE = "done"
    ROLLED_BACK = "rolled-back"
    CANCELLED = "cancelled"


OPEN_INCIDENT_STATES: Final = (EventState.INVESTIGATING, EventState.IDENTIFIED, EventState.MONITORING)
COMING_WORK_STATES: Final = (EventState.PLANNED, EventState.CONFIRMED)
RUNNING_WORK_STATES: Final = (EventState.IN_PROGRESS, EventState.VERIFYING)
ENDED_STATES: Final = (
    EventState.RESOLVED,
    EventState.POST_MORTEM,
    EventState.DONE,
    EventState.ROLLED_BACK,
    EventState.CANCELLED,
)
OPEN_STATES: Final = tuple(state for state in EventState if state not in ENDED_STATES)
"""To choose by these takes the index of states, to choose by `not ended` looks through all there ever was."""


class Publication(Word):
    """Whether the public sees an event."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLIC = "public"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Policy(Word):
    """What happens to an event the robot opens: shown at once, or as a draft that waits for a person."""

    PUBLISH = "publish"
    DRAFT = "draft"


class HoldAction(Word):
    """What a person may hold back of a check (rule, point 16)."""

    MUTE = "mute"
    DISABLE = "disable"


class Origin(Word):
    """Where an event came from."""

    PROBE = "probe"
    PERSON = "person"
    IMPORT = "import"
    REPORT = "report"


class ActorType(Word):
    """Who did something: the robot, an account, a person at the command line, an import."""

    ROBOT = "robot"
    CLI = "cli"
    ACCOUNT = "account"
    IMPORT = "import"


class PlaceKind(Word):
    """What kind of place an event names; `value`s are the words of its address."""

    DEPARTMENT = "departments"
    EXCHANGE = "exchanges"
    RESOURCE = "resources"


class Visibility(Word):
    """Who may know a component."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CUSTOMERS = "customers"
