"""Single runs that wait for room, dealt fairly: lanes take turns, and the first members of each lane go first.

A lane is whom the runs are for (a merge label): a thousand ports of one shelf must not make the mail platform wait for
its confirmation, and three members of a lane are enough to know that the whole of it is down.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from probes.types import Run

FIRST_MEMBERS = 3
"""So many checks of each lane are served before the others of any lane."""


@dataclass(slots=True)
class _Lane:
    members: set[int] = field(default_factory=set)
    first: deque[Run] = field(default_factory=deque)
    others: deque[Run] = field(default_factory=deque)


class Lanes:
    """The waiting single runs of one agenda."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._turns: deque[str] = deque()
        self._count = 0

    def __len__(self) -> int:
        """Count the runs that wait."""
        return self._count

    def add(self, run: Run) -> None:
        """Let a run wait in its lane."""
        name = run.order.lane
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane()
            self._turns.append(name)
        if len(lane.members) < FIRST_MEMBERS:
            lane.members.add(run.order.check_id)
        (lane.first if run.order.check_id in lane.members else lane.others).append(run)
        self._count += 1

    def deal(self, room: int, now: float) -> list[Run]:
        """Take out at most `room` runs, one of each lane in turn; drop those that are no longer worth anything."""
        dealt: list[Run] = []
        for first in (True, False):
            empty = 0
            while self._count and len(dealt) < room and empty < len(self._turns):
                name = self._turns[0]
                self._turns.rotate(-1)
                run = self._next(self._lanes[name], now, first=first)
                empty = 0 if run is not None else empty + 1
                if run is not None:
                    dealt.append(run)
        self._close_empty()
        return dealt

    def _next(self, lane: _Lane, now: float, *, first: bool) -> Run | None:
        queue = lane.first if first else lane.others
        while queue:
            run = queue.popleft()
            self._count -= 1
            if now <= run.order.valid_until:
                return run
        return None

    def _close_empty(self) -> None:
        for name in [name for name, lane in self._lanes.items() if not lane.first and not lane.others]:
            del self._lanes[name]
            self._turns.remove(name)
