"""How slow a packet series is: its median round trip, however long the series takes (point 6)."""

from __future__ import annotations

import pytest

from probes.types import ROUND_TRIP, Instant, Observation, Outcome
from status.domain.rule import Rule
from status.domain.trends import Trends


def series(at: float, round_trip_s: float) -> Observation:
    began = Instant(at, 1_700_000_000 + at)
    phases_s = {ROUND_TRIP: round_trip_s}
    return Observation(1, "here", int(at), "s", True, began, began, 0.85, Outcome.OK, phases_s=phases_s, loss=0.0)


@pytest.mark.parametrize(("round_trip_s", "reason"), [(0.02, None), (0.2, "slow")])
def test_the_round_trip_decides_and_not_the_length_of_the_series(round_trip_s: float, reason: str | None) -> None:
    trends, rule = Trends(), Rule()
    for at in range(0, 600, 10):
        trends.take_good(series(at, round_trip_s), rule, 0.1)
    found = trends.weigh(600.0, rule, 0.1, 1, "")
    assert (found[0] if found else None) == reason
