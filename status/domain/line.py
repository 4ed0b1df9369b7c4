"""One location as detection sees it: its line's health, and the failures that wait for a self-test (point 8). Sans-IO.

A failure is counted only once a self-test that began after it has shown the line well; it is void when not.
"""

from __future__ import annotations

from probes.types import Observation
from status.domain.rule import SelfTestRule
from status.domain.self_test import LocationHealth, SelfTestRound

SELF_TEST_WAIT_S = 12.0
"""A failure waits no longer than this for its self-test; without one it is void, never counted blindly."""

ASIDE_PACE_S = 5.0
"""A location that is set aside is tested this often, so that 30 s of being well are seen as soon as they are over."""

SAME_S = 0.001


class Line:
    """A location. `tested`: it has references; without any its failures count at once."""

    __slots__ = ("_asked", "_failures", "_heard", "_silent", "health", "tested")

    def __init__(self, rule: SelfTestRule, *, tested: bool, now: float) -> None:
        self.health = LocationHealth(rule)
        self.tested = tested
        self._asked = 0.0
        self._failures: list[Observation] = []
        self._heard = now
        self._silent = False

    @property
    def counts(self) -> bool:
        """Whether what this location sees counts: well, and not silent."""
        return self.health.healthy and not self._silent

    @property
    def silent(self) -> bool:
        """Whether nothing was heard of it for too long: it is left out, not counted as down."""
        return self._silent

    def hear(self, now: float) -> None:
        """Note that something came from it."""
        self._heard, self._silent = now, False

    def tick(self, now: float) -> None:
        """Let time pass: silence, and the recovery of a location without references."""
        if now - self._heard >= self.health.rule.silent_after_s:
            self._silent = True
        self.health.tick(now)

    def ask(self, began: float) -> None:
        """Ask for a self-test that begins at or after `began`."""
        if self.tested:
            self._asked = max(self._asked, began)

    def hold(self, failure: Observation) -> None:
        """Keep a failure until its self-test is in."""
        self._failures.append(failure)

    def take(self, round_: SelfTestRound) -> bool:
        """Take in a round; give whether it set the location aside: its failures of late are void then."""
        was = self.health.healthy
        self.health.take(round_)
        aside = was and not self.health.healthy
        if aside:
            self._failures.clear()
        return aside

    def trouble(self, now: float, reason: str) -> None:
        """Set the location aside for a fault of its prober: what it failed to see of late is void."""
        self.health.trouble(now, reason)
        self._failures.clear()

    def proven(self, now: float) -> list[Observation]:
        """Take out the failures that may be counted now."""
        if not self._failures:
            return []
        if not self.health.healthy:
            self._failures.clear()
            return []
        tested, proven, waiting = self.health.last_began, [], []
        for seen in self._failures:
            end = seen.began.steady + seen.duration_s
            if tested is not None and tested >= end - SAME_S:
                proven.append(seen)
            elif now - end < SELF_TEST_WAIT_S:
                waiting.append(seen)
        self._failures = waiting
        return proven

    def wakes_at(self) -> float | None:
        """Give when the line must be asked about again by itself (steady seconds); None: when something comes."""
        if self.tested and not self.health.healthy and self.health.last_ended is not None:
            return self.health.last_ended + ASIDE_PACE_S
        return None if self._silent else self._heard + self.health.rule.silent_after_s

    def wants_test(self, now: float) -> bool:
        """Whether a round should begin at once."""
        if not self.tested:
            return False
        health = self.health
        if not health.healthy:
            return health.last_ended is None or now - health.last_ended >= ASIDE_PACE_S
        return bool(self._failures) or (health.last_began or 0.0) < self._asked
