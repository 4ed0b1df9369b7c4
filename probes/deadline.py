"""What is left of a check's time. One deadline spans every phase of a run; nothing inside may outlive it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from probes.types import ProbeFailure


@dataclass(frozen=True, slots=True)
class Deadline:
    """An end on the steady clock (`time.monotonic` seconds)."""

    at: float
    limit_s: float
    steady: Callable[[], float] = field(default=time.monotonic, repr=False)

    @classmethod
    def after(cls, limit_s: float, steady: Callable[[], float] = time.monotonic) -> Self:
        """Give the deadline `limit_s` seconds from now."""
        return cls(steady() + limit_s, limit_s, steady)

    def left_s(self) -> float:
        """Give the seconds left, never below 0."""
        return max(0.0, self.at - self.steady())

    def require(self, phase: str) -> float:
        """Give the seconds left; raise ProbeFailure('timeout') naming `phase` when there are none."""
        left = self.left_s()
        if left <= 0:
            raise self.failure(phase)
        return left

    def failure(self, phase: str) -> ProbeFailure:
        """Make the failure for a deadline that passed during `phase`."""
        return ProbeFailure("timeout", f"no end after {self.limit_s:g} s (during {phase})", {"phase": phase})

    def stalled(self, phase: str) -> ProbeFailure:
        """Make the failure for one that passed during `phase`, on a connection that the target had accepted."""
        return ProbeFailure("stalled", f"connected, no end after {self.limit_s:g} s (during {phase})", {"phase": phase})
