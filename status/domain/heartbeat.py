"""When somebody outside may be told that all of it works: after each loop from a probe to the public bytes. Sans-IO.

    a new observation ─▶ then a commit of the decider ─▶ then a publication of a later one ─▶ beat, if it is time

Marks are compared for being others, never for being later: a clock that is set back stops no loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

HOLDS_S: Final = 30.0
"""So long a finished loop may be told of: later it says nothing of the present."""


class Waiting(Enum):
    """What the loop under way waits for."""

    PROBE = "probe"
    VERDICT = "verdict"
    PUBLICATION = "publication"


@dataclass(frozen=True, slots=True)
class Seen:
    """The data as it stands: the newest observation, the decider's last commit, the commit the public bytes know of."""

    observed: object
    verified: object
    published: object


@dataclass(frozen=True, slots=True)
class State:
    """`seen` is what was seen when the present wait began; times are steady seconds."""

    waiting: Waiting
    seen: Seen
    finished_at: float | None = None
    beat_at: float | None = None


def begin(seen: Seen) -> State:
    """Begin with a wait for a probe: nothing is known of what was before."""
    return State(Waiting.PROBE, seen)


def step(state: State, now: float, seen: Seen, every_s: float) -> tuple[State, bool]:
    """Take a look in; tell whether to beat now. Each beat has a whole loop of its own, not older than HOLDS_S."""
    state = _follow(state, now, seen)
    if state.finished_at is None or now - state.finished_at > HOLDS_S:
        return state, False
    if state.beat_at is not None and now - state.beat_at < every_s:
        return state, False
    return replace(state, finished_at=None, beat_at=now), True


def _follow(state: State, now: float, seen: Seen) -> State:
    if state.waiting is Waiting.PROBE and seen.observed != state.seen.observed:
        state = replace(state, waiting=Waiting.VERDICT, seen=seen)
    elif state.waiting is Waiting.VERDICT and seen.verified != state.seen.verified:
        state = replace(state, waiting=Waiting.PUBLICATION, seen=seen)
    elif state.waiting is Waiting.PUBLICATION and seen.published not in (state.seen.published, None):
        state = replace(state, waiting=Waiting.PROBE, seen=seen, finished_at=now)
    return state
