"""The words a probe speaks: what is asked of it (Check, Order), what it saw (Observation, Pending).

Order ──▶ agenda ──▶ runner.measure(check) ──▶ Kind.probe ──▶ Reading │ ProbeFailure
└──▶ Observation (and Pending when it takes longer than 3 s)
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probes.opened import Opened

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from probes.deadline import Deadline
    from probes.net import Tools
    from probes.options import Options
    from probes.trace import Trace

PENDING_AFTER_S = 3.0
"""A check that is still unanswered after this many seconds sends a Pending."""


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """One moment on both clocks.

    `steady` (seconds, monotonic, arbitrary origin) orders evidence and measures spans; `wall` (Unix time,
    seconds, UTC) is for hours of works and for display. Ordered by `steady` first.
    """

    steady: float
    wall: float

    def plus(self, seconds: float) -> Instant:
        """Give the moment `seconds` later on both clocks."""
        return Instant(self.steady + seconds, self.wall + seconds)


class Outcome(IntEnum):
    """What one run of a check saw. `BROKEN` is our own fault: it says nothing about the target."""

    OK = 0
    SLOW = 1
    FAILED = 2
    BROKEN = 3


PACE = "pace"
"""How the uid of a single order begins that is due whatever the run before it saw; a confirmation follows a failure."""


MANUAL = "manual"
"""How the uid of a single order begins that a person asked for: `manual/<his request>/…`; its trace is always kept."""


ROUND_TRIP = "round_trip"
"""Phase of a packet series: its median round trip, what its slowness is judged by."""


class OrderType(Enum):
    """How long an order holds: `STANDING` until it expires or is withdrawn, `SINGLE` for one run."""

    STANDING = "standing"
    SINGLE = "single"


class SecretMissing(LookupError):
    """A secret's reference leads nowhere. Carries the reference, never a value."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference to a secret: `env:NAME` or `file:PATH`. Resolved only by the prober that runs the check."""

    reference: str

    def __post_init__(self) -> None:
        """Refuse anything that is not a reference, without repeating it (it may be the secret itself)."""
        scheme, _, rest = self.reference.partition(":")
        if scheme not in {"env", "file"} or not rest:
            msg = "expected a reference to a secret, 'env:NAME' or 'file:/path', and found something else"
            raise ValueError(msg)

    def resolve(self) -> str:
        """Give the secret itself (a file's last line break is cut). Raise SecretMissing naming the reference."""
        scheme, _, rest = self.reference.partition(":")
        if scheme == "env":
            value = os.environ.get(rest)
            if value is None:
                msg = f"{self.reference}: the environment has no variable {rest!r}"
                raise SecretMissing(msg)
            return value
        try:
            return Path(rest).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            msg = f"{self.reference}: {error.strerror or error}"
            raise SecretMissing(msg) from error

    def __str__(self) -> str:
        """Give the reference; the value never shows."""
        return self.reference

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let option models declare a field as `Secret`: written and dumped as its reference."""
        from pydantic_core import core_schema

        parse = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        return core_schema.union_schema(
            [core_schema.is_instance_schema(cls), parse],
            serialization=core_schema.to_string_ser_schema(),
        )


class ProbeFailure(Exception):
    """The target's fault. `reason` is a slug listed by the kind (it has a public sentence); `detail` is for engineers.

    Any other exception that leaves a probe is our own fault and becomes `Outcome.BROKEN`.
    """

    def __init__(self, reason: str, detail: str, evidence: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.evidence = dict(evidence or {})


class CannotProbe(Exception):
    """The probe could not look at all: no permission, no capacity, a missing secret. Becomes `broken: reason`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reading:
    """What a probe gives back when the target did well.

    `phases_s` maps a phase's name (resolve, connect, tls, first_byte, total …) to seconds; `evidence` holds small
    plain values (peer address, codes). `slow_reason` set means: right answer, too slow (`Outcome.SLOW`). `loss` is the
    share of a packet series that got lost (0…1), None for a probe that sends none.
    """

    phases_s: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    slow_reason: str | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One configured probe of one component, as a prober knows it. `options` is the kind's validated model."""

    id: int
    name: str
    kind: str
    interval_s: float
    timeout_s: float
    options: Options


@dataclass(frozen=True, slots=True)
class Order:
    """Run this check there. A standing one repeats on the grid `k × interval_s + phase_s` of the wall clock.

    `valid_until` and `not_before` are on the steady clock. `timeout_s` of a single order caps the check's own. `lane`
    is whom a confirmation is for (the merge label): lanes take turns when there are more than can be run.
    """

    uid: str
    check_id: int
    location: str
    type: OrderType
    valid_until: float
    phase_s: float = 0.0
    interval_s: float = 0.0
    not_before: float = 0.0
    timeout_s: float | None = None
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One due execution: which order, which check, when it was due (steady seconds)."""

    order: Order
    due: Instant


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run saw. Its key is (check_id, location, sequence); evidence is ordered by `began.steady`.

    `loss` as in `Reading`.
    """

    check_id: int
    location: str
    sequence: int
    order_uid: str
    standing: bool
    due: Instant
    began: Instant
    duration_s: float
    outcome: Outcome
    reason: str = ""
    detail: str = ""
    phases_s: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    trace: tuple[str, ...] = ()
    loss: float | None = None

    @property
    def failed(self) -> bool:
        """Whether the target failed (slow is not failed; broken says nothing)."""
        return self.outcome is Outcome.FAILED

    @property
    def request(self) -> str:
        """The uid of the person's request it answers; empty for every other run."""
        first, _, rest = self.order_uid.partition("/")
        return rest.partition("/")[0] if first == MANUAL else ""

    @property
    def latency_s(self) -> float:
        """How long the target took to answer: the whole run, of a packet series its median round trip."""
        return self.phases_s.get(ROUND_TRIP, self.duration_s)

    @property
    def sampled(self) -> bool:
        """Whether it was due whatever was seen before, so that shares may be made of it."""
        return self.standing or self.order_uid.startswith(PACE)


@dataclass(frozen=True, slots=True)
class Pending:
    """A run that is still waiting `PENDING_AFTER_S` after it began."""

    check_id: int
    location: str
    sequence: int
    standing: bool
    began: Instant


Probe = Callable[["Job"], Awaitable[Reading]]
BlockingProbe = Callable[["Job"], Reading]


@dataclass(frozen=True, slots=True)
class Job:
    """What a probe gets: the check, its time left, a place for its trace, and the prober's network tools.

    A blocking probe adds each socket it opens to `sockets`; they are shut at the deadline.
    """

    check: Check
    deadline: Deadline
    trace: Trace
    tools: Tools
    sockets: Opened = field(default_factory=Opened)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of probe. Each module of `probes.kinds` ends with `KIND = Kind(...)`; `name` equals the module's name.

    `reasons` maps every reason the kind may raise to one English line for engineers (the public sentence stands in
    the translations). `probe` is a coroutine function; `blocking` a plain one, run in a pool of its own. Exactly one
    of the two is set.
    """

    name: str
    summary: str
    options: type[Options]
    reasons: Mapping[str, str]
    probe: Probe | None = None
    blocking: BlockingProbe | None = None

    def __post_init__(self) -> None:
        """Refuse a kind that is neither or both of async and blocking."""
        if (self.probe is None) == (self.blocking is None):
            msg = f"kind {self.name!r} sets exactly one of probe and blocking"
            raise ValueError(msg)
