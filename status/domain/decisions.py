"""What the rule decided about events: made by `domain`, applied by `services`, which decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from status.domain.states import Impact


class Action(Enum):
    """What the robot does to an event. It posts on all of them but ATTACH and LEAVE (SPEC §3)."""

    OPEN = "open"
    JOIN = "join"
    LEAVE = "leave"
    WORSE = "worse"
    BETTER = "better"
    UNSTABLE = "unstable"
    RETURN = "return"
    CLOSE = "close"
    REOPEN = "reopen"
    ATTACH = "attach"
    PUBLISH = "publish"
    WORK_START = "work-start"
    WORK_UNCONFIRMED = "work-unconfirmed"


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to do to one event. Times are Unix seconds (wall).

    `components` are the ones this decision concerns with their impact after it (OPEN, JOIN: those that come in; LEAVE:
    those that go; WORSE, BETTER, UNSTABLE: those that changed; RETURN, CLOSE: all of the event's). `public` says, for
    OPEN, whether the policy publishes at once; `internal`, that it is seen from one location only and stays a draft.
    `evidence` are keys of observations (check id, location, sequence).
    """

    action: Action
    event_uid: str
    components: tuple[tuple[int, Impact], ...]
    rule_point: str
    began: float
    decided: float
    reason: str = ""
    merge_label: str = ""
    public: bool = True
    internal: bool = False
    work_uid: str | None = None
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    evidence: tuple[tuple[int, str, int], ...] = ()
