"""Orders made from what the decider wants: standing ones for the whole catalogue, single ones for confirmations."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from probes.dispatch import Dispatch
from probes.self_test import SelfTest
from probes.types import Check, Instant, Order, OrderType
from status.monitor.decider import Turned

STANDING_FOR_S = 3_600.0
RENEW_AFTER_S = 1_800.0
SINGLE_FOR_S = 30.0
"""A confirmation nobody could run within this time is worth nothing any more."""


class Orders:
    """The decider's side of the dispatch of one location."""

    def __init__(self, location: str, dispatch: Dispatch, self_test: SelfTest, now: Callable[[], Instant]) -> None:
        self._location = location
        self._dispatch = dispatch
        self._self_test = self_test
        self._now = now
        self._count = itertools.count(1)
        self._checks: tuple[tuple[Check, float], ...] = ()
        self._stood = 0.0

    def stand(self, checks: Iterable[tuple[Check, float]]) -> None:
        """Send standing orders for these checks (each with its phase, a share of its interval), and for no other."""
        self._checks = tuple(checks)
        self._stood = self._now().steady
        self._dispatch.know(check for check, _ in self._checks)
        self._dispatch.send(self._standing(check, phase) for check, phase in self._checks)

    def carry_out(self, turned: Turned) -> None:
        """Send what a turn asked for, and renew the standing orders in good time."""
        now = self._now()
        asks = [ask for ask in turned.asks if ask.location == self._location]
        if asks:
            self._dispatch.send(
                Order(
                    uid=f"{ask.uid}/{next(self._count)}",
                    check_id=ask.check_id,
                    location=ask.location,
                    type=OrderType.SINGLE,
                    valid_until=max(ask.not_before, now.steady) + SINGLE_FOR_S,
                    not_before=ask.not_before,
                    timeout_s=ask.timeout_s,
                    lane=ask.lane,
                )
                for ask in asks
            )
        if self._location in turned.self_tests:
            self._self_test.ask()
        if now.steady - self._stood > RENEW_AFTER_S:
            self.stand(self._checks)

    def _standing(self, check: Check, phase: float) -> Order:
        return Order(
            uid=f"standing/{check.id}/{next(self._count)}",
            check_id=check.id,
            location=self._location,
            type=OrderType.STANDING,
            valid_until=self._stood + STANDING_FOR_S,
            phase_s=phase * check.interval_s,
            interval_s=check.interval_s,
        )
