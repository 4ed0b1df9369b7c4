"""The spans and bounds the supervisor goes by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """All in seconds. Defaults are those of the product; tests shorten them.

    `life_s`: a life file untouched for so long means hung. `silence_s`: the web may be silent for so long once it
    answered, and `boot_s` before; one answer may take `answer_s`. `stopped_s`: a process of the web stopped so long
    counts as silent. `stop_s`: between SIGTERM and SIGKILL. `settled_s`: a child that lived so long begins anew with
    `backoff_s`, which is doubled up to `backoff_most_s` after `forgiven` early ends. `head_start_s`: what the web gets
    before the other children compete with it for the processor. `prepare_again_s`: between tries to prepare the
    database.
    """

    tick_s: float = 0.5
    life_s: float = 60.0
    silence_s: float = 3.0
    boot_s: float = 30.0
    answer_s: float = 10.0
    stopped_s: float = 2.0
    stop_s: float = 5.0
    settled_s: float = 60.0
    backoff_s: float = 1.0
    backoff_most_s: float = 30.0
    forgiven: int = 5
    head_start_s: float = 1.5
    prepare_again_s: float = 5.0


@dataclass(slots=True)
class Backoff:
    """How long to wait before a child is started again."""

    limits: Limits
    early_ends: int = 0

    def after(self, lived_s: float) -> float:
        """Give the wait in seconds after a life of `lived_s`."""
        self.early_ends = 0 if lived_s >= self.limits.settled_s else self.early_ends + 1
        doublings = min(max(0, self.early_ends - self.limits.forgiven), 16)
        return min(self.limits.backoff_s * 2.0**doublings, self.limits.backoff_most_s)
