"""How many polls a worker holds at once: each keeps a thread, and pages need threads too."""

from __future__ import annotations

import threading


class Polls:
    """Counts the polls held. A new poll of a location ends its earlier one: that agent has given it up."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._lock = threading.Lock()
        self._held = 0
        self._turns: dict[int, int] = {}

    def enter(self, location_id: int) -> int | None:
        """Give the turn of a poll that may be held; None when it must be answered at once."""
        with self._lock:
            turn = self._turns[location_id] = self._turns.get(location_id, 0) + 1
            if self._held >= self._at_most:
                return None
            self._held += 1
            return turn

    def leave(self) -> None:
        """Say that a poll which was held is answered."""
        with self._lock:
            self._held -= 1

    def is_latest(self, location_id: int, turn: int) -> bool:
        """Whether this poll is still the last one of its location."""
        return self._turns[location_id] == turn
