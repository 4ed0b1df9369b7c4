"""What an agent and the web process say to one another under `/agent/v1`. Both sides read these models.

    agent ── Post(items) ──▶ POST /agent/v1/observations        agent ◀── Orders ── GET /agent/v1/orders

Moments are seconds of the agent's own steady clock; the decider places them on its own by `Post.sent`. Unknown keys
are ignored: either side may be the newer one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from probes.self_test import Answers
from probes.types import Check, Observation, Outcome, Pending

LONGEST_TEXT: Final = 2_000
"""Characters of a detail that are sent; the rest is cut."""

Word = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4_000)]
Steady = Annotated[float, Field(ge=0)]
Span = Annotated[float, Field(ge=0, le=86_400)]


class Message(BaseModel):
    """Base of everything that passes."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Moment(Message):
    """One moment on both of the agent's clocks."""

    steady: Steady
    wall: float


class Seen(Message):
    """An observation; `outcome` as `probes.types.Outcome`."""

    type: Literal["observation"] = "observation"
    check: int
    sequence: Annotated[int, Field(ge=0, lt=2**63)]
    order: Word
    standing: bool
    due: Steady
    began: Steady
    duration_s: Span
    outcome: Annotated[int, Field(ge=min(Outcome), le=max(Outcome))]
    reason: Annotated[str, StringConstraints(max_length=80)] = ""
    detail: Text = ""
    phases_s: dict[Word, float] = {}
    evidence: dict[Word, Any] = {}
    trace: Annotated[tuple[Text, ...], Field(max_length=1_000)] = ()
    loss: Annotated[float, Field(ge=0, le=1)] | None = None


class Waiting(Message):
    """A pending: a run that is still unanswered."""

    type: Literal["pending"] = "pending"
    check: int
    sequence: Annotated[int, Field(ge=0, lt=2**63)]
    standing: bool
    began: Steady


class Round(Message):
    """A self-test round; one without references says only that the agent lives."""

    type: Literal["self_test"] = "self_test"
    began: Steady
    ended: Steady
    well: Annotated[tuple[bool, ...], Field(max_length=1_000)]


class Troubled(Message):
    """A fault of the prober itself."""

    type: Literal["trouble"] = "trouble"
    at: Steady
    reason: Text


Item = Annotated[Seen | Waiting | Round | Troubled, Field(discriminator="type")]


class Record(Message):
    """What an agent gathered at one moment, as it lies in its buffer."""

    items: tuple[Item, ...]


class Post(Message):
    """A batch, oldest item first. `sent` is the moment of sending, on the clocks of the boot the items are from."""

    location: Word
    boot: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    sent: Moment
    items: tuple[Item, ...]


class CheckToRun(Message):
    """A check with its place on the grid (share of the interval) at this location; secrets are references."""

    id: int
    name: str
    kind: str
    interval_s: Annotated[float, Field(gt=0)]
    timeout_s: Annotated[float, Field(gt=0)]
    options: dict[str, Any]
    phase: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Standing(Message):
    """All standing orders of a location, valid `valid_s` from their last confirmation on, and its self-test."""

    checks: tuple[CheckToRun, ...] = ()
    references: tuple[CheckToRun, ...] = ()
    self_test_interval_s: Annotated[float, Field(gt=0)] = 15.0
    valid_s: Annotated[float, Field(gt=0)] = 3_600.0

    def digest(self) -> str:
        """Give the hash by which both sides tell whether they hold the same."""
        return sha256(self.model_dump_json().encode()).hexdigest()


class SingleOrder(Message):
    """One extra run, to begin `after_s` from now and worth nothing `valid_s` from now on."""

    uid: Word
    check: int
    after_s: Span
    valid_s: Span
    timeout_s: Annotated[float, Field(gt=0)] | None = None
    lane: Word = ""


class Orders(Message):
    """The answer to a poll. `standing` is None when the agent holds it already.

    `cursor` goes into the next poll, which comes `retry_s` later; a Post holds at most `batch_items`.
    """

    digest: str
    standing: Standing | None = None
    orders: tuple[SingleOrder, ...] = ()
    self_test: bool = False
    cursor: int = 0
    retry_s: Span = 0.0
    batch_items: Annotated[int, Field(ge=1)] = 500


def as_seen(observation: Observation) -> Seen:
    """Give an observation as it is sent."""
    return Seen(
        check=observation.check_id,
        sequence=observation.sequence,
        order=observation.order_uid[:200],
        standing=observation.standing,
        due=max(0.0, observation.due.steady),
        began=observation.began.steady,
        duration_s=min(max(0.0, observation.duration_s), 86_400.0),
        outcome=int(observation.outcome),
        reason=observation.reason[:80],
        detail=_clean(observation.detail)[:LONGEST_TEXT],
        phases_s={phase[:200]: value for phase, value in observation.phases_s.items() if math.isfinite(value)},
        evidence=_plain(dict(observation.evidence)),
        trace=tuple(_clean(line)[:LONGEST_TEXT] for line in observation.trace[:1_000]),
        loss=observation.loss,
    )


def as_waiting(pending: Pending) -> Waiting:
    """Give a pending as it is sent."""
    return Waiting(
        check=pending.check_id, sequence=pending.sequence, standing=pending.standing, began=pending.began.steady
    )


def as_tested(answers: Answers) -> Round:
    """Give a self-test round as it is sent."""
    return Round(began=answers.began.steady, ended=answers.ended.steady, well=answers.well)


def to_run(check: Check, phase: float = 0.0) -> CheckToRun:
    """Give a check as it is sent: its options as they are written, secrets as references."""
    options = check.options.model_dump(mode="json", exclude_unset=True)
    return CheckToRun(
        id=check.id,
        name=check.name,
        kind=check.kind,
        interval_s=check.interval_s,
        timeout_s=check.timeout_s,
        options=options,
        phase=phase,
    )


def _plain(value: object) -> Any:
    """Turn evidence into what JSON can hold; what it can't becomes text."""
    if isinstance(value, Mapping):
        return {_clean(str(key))[:200]: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _clean(str(value))[:LONGEST_TEXT]


def _clean(text: str) -> str:
    """Replace what neither UTF-8 nor PostgreSQL can hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
