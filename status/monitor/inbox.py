"""What agents posted, taken out of the inbox: each moment placed on our clocks, nothing twice, the late apart.

An agent's steady clock counts from an origin of its own. Its offset from ours is the smallest (received - sent) of the
last minutes, per location and boot: the batch that travelled fastest tells best, and a drift does not add up.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from probes.agent_folder import boot_id
from probes.agent_messages import Post, Round, Seen, Waiting
from probes.types import Instant, Observation, Outcome, Pending
from status.domain.detection import Input, Trouble
from status.domain.self_test import SelfTestRound
from status.models import Inbox, Instruction, Location
from status.models import Observation as ObservationRow

log = logging.getLogger(__name__)

OFFSET_OVER_S: Final = 600.0
"""Clocks drift and machines sleep: an offset is worked out from the batches of so long."""

ITEMS_A_TURN: Final = 1_000
"""After so many items the rest of the inbox waits for the next turn: transactions stay short."""

ROWS_A_TURN: Final = 100
KEYS_A_QUERY: Final = 300

Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was in the inbox. `late` observations are stored and give no evidence; `more`: turn again at once."""

    inputs: tuple[Input, ...]
    late: tuple[Observation, ...]
    more: bool


@dataclass(slots=True)
class _Clock:
    """One boot of one location. `rounds` and `troubles`: those begun up to then were taken already."""

    offsets: deque[tuple[float, float]] = field(default_factory=deque)
    rounds: float = -1.0
    troubles: float = -1.0

    def learn(self, received: float, sent: float) -> float:
        """Take in a batch; give the offset (ours - theirs, seconds)."""
        self.offsets.append((received, received - sent))
        while self.offsets[0][0] < received - OFFSET_OVER_S:
            self.offsets.popleft()
        return min(offset for _, offset in self.offsets)


class InboxReader:
    """Takes what agents posted. One decider owns it; it remembers only clocks, which a new one learns by itself."""

    def __init__(self, late_after_s: float) -> None:
        self._late_after_s = late_after_s
        self._clocks: dict[tuple[str, str], _Clock] = {}

    def take(self, session: Session, now: Instant, at_most: int = ROWS_A_TURN) -> Taken:
        """Read batches in the order they came and delete them, in the caller's transaction.

        When that is rolled back, throw the reader away with the decider: a new one takes the same batches again.
        """
        rows = session.execute(
            sa.select(Inbox, Location.slug, Location.retired_at)
            .join(Location, Location.id == Inbox.location_id)
            .order_by(Inbox.id)
            .limit(at_most)
        ).all()
        items: list[tuple[int, Input]] = []
        done = 0
        for row, slug, retired_at in rows:
            if retired_at is None:
                items.extend((row.location_id, item) for item in self._read(row, slug, now))
            done += 1
            if len(items) >= ITEMS_A_TURN:
                break
        if done:
            session.execute(sa.delete(Inbox).where(Inbox.id.in_([row.id for row, _, _ in rows[:done]])))
        more = done < len(rows) or len(rows) == at_most > 0
        return self._sorted(_without_known(session, items), now, more=more)

    def _read(self, row: Inbox, slug: str, now: Instant) -> Iterable[Input]:
        try:
            post = Post.model_validate(row.data["post"])
        except ValidationError as error:
            log.error("inbox_row_set_aside", extra={"location": slug, "error": str(error.errors()[:1])})  # noqa: TRY400
            return
        clock = self._clocks.setdefault((slug, post.boot), _Clock())
        offset = clock.learn(_received(row, now), post.sent.steady)
        for item in post.items:
            if isinstance(item, Seen):
                yield _observation(item, slug, offset, now)
            elif isinstance(item, Waiting):
                began = _placed(item.began + offset, now)
                yield Pending(item.check, slug, item.sequence, item.standing, began)
            elif isinstance(item, Round):
                if item.began > clock.rounds:
                    clock.rounds = item.began
                    began, ended = _placed(item.began + offset, now), _placed(item.ended + offset, now)
                    yield SelfTestRound(slug, began.steady, ended.steady, item.well)
            elif item.at > clock.troubles and now.steady - item.at - offset < self._late_after_s:
                clock.troubles = item.at
                yield Trouble(slug, item.reason)

    def _sorted(self, items: Iterable[Input], now: Instant, *, more: bool) -> Taken:
        inputs: list[Input] = []
        late: list[Observation] = []
        for item in items:
            if now.steady - _began(item, now) <= self._late_after_s:
                inputs.append(item)
            elif isinstance(item, Observation):
                late.append(item)
        return Taken(tuple(inputs), tuple(late), more)


def set_aside_first(session: Session) -> None:
    """Drop the oldest batch, because nothing could be stored with it, and say so."""
    row = session.scalar(sa.select(Inbox).order_by(Inbox.id).limit(1))
    if row is not None:
        log.error("inbox_row_set_aside", extra={"location": row.location_id, "error": "could not be stored"})
        session.delete(row)


def is_waiting(session: Session) -> bool:
    """Whether an agent or a person left something: cheap enough to be asked four times a second."""
    if session.scalar(sa.select(Inbox.id).limit(1)) is not None:
        return True
    return session.scalar(sa.select(Instruction.id).where(Instruction.done_at.is_(None)).limit(1)) is not None


def _began(item: Input, now: Instant) -> float:
    if isinstance(item, (Observation, Pending)):
        return item.began.steady
    return item.began if isinstance(item, SelfTestRound) else now.steady


def _received(row: Inbox, now: Instant) -> float:
    """Give when a batch came, on our steady clock; by the wall clock when the web process runs on another machine."""
    data: dict[str, Any] = row.data
    if data["boot"] == boot_id():
        return min(float(data["steady"]), now.steady)
    return now.steady - max(0.0, now.wall - row.received_at.timestamp())


def _placed(steady: float, now: Instant) -> Instant:
    """Give a moment of ours on both our clocks; never one to come."""
    return now.plus(min(steady, now.steady) - now.steady)


def _observation(item: Seen, slug: str, offset: float, now: Instant) -> Observation:
    return Observation(
        check_id=item.check,
        location=slug,
        sequence=item.sequence,
        order_uid=item.order,
        standing=item.standing,
        due=_placed(min(item.due, item.began) + offset, now),
        began=_placed(item.began + offset, now),
        duration_s=item.duration_s,
        outcome=Outcome(item.outcome),
        reason=item.reason,
        detail=item.detail,
        phases_s=item.phases_s,
        evidence=item.evidence,
        trace=item.trace,
        loss=item.loss,
    )


def _without_known(session: Session, items: Sequence[tuple[int, Input]]) -> list[Input]:
    """Leave out what was taken before: an agent that did not hear our answer sends a batch again."""
    known = _known(session, [key for location_id, item in items if (key := _key(location_id, item)) is not None])
    fresh = []
    for location_id, item in items:
        key = _key(location_id, item)
        if key in known:
            continue
        if isinstance(item, Observation) and key is not None:
            known.add(key)
        fresh.append(item)
    return fresh


def _known(session: Session, keys: Sequence[Key]) -> set[Key]:
    columns = (ObservationRow.check_id, ObservationRow.location_id, ObservationRow.sequence)
    found: set[Key] = set()
    for start in range(0, len(keys), KEYS_A_QUERY):
        some = sa.select(*columns).where(sa.tuple_(*columns).in_(keys[start : start + KEYS_A_QUERY]))
        found.update((row[0], row[1], row[2]) for row in session.execute(some))
    return found


def _key(location_id: int, item: Input) -> Key | None:
    if isinstance(item, (Observation, Pending)):
        return item.check_id, location_id, item.sequence
    return None
