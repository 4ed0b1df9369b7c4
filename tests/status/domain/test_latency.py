"""How long checks took, as steps of a graph."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from status.domain.latency import Period, by_day, by_hour, by_quarter, ceiling, window

AT = datetime(2026, 11, 22, 13, 32, 7, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("period", "began", "ended"),
    [
        (Period.DAY, datetime(2026, 11, 21, 13, 45, tzinfo=UTC), datetime(2026, 11, 22, 13, 45, tzinfo=UTC)),
        (Period.WEEK, datetime(2026, 11, 15, 14, 0, tzinfo=UTC), datetime(2026, 11, 22, 14, 0, tzinfo=UTC)),
        (Period.QUARTER, datetime(2026, 8, 24, 22, 0, tzinfo=UTC), datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_graph_shows_whole_steps_the_last_of_which_is_under_way(period, began, ended):
    shown = window(period, AT, PARIS)
    assert (shown.began, shown.ended) == (began, ended)


def test_a_quarter_gives_its_median_and_its_95th_percentile():
    first = AT.replace(minute=30, second=0).timestamp()
    (point,) = by_quarter((first + second, 0.001 * second) for second in range(1, 101))
    assert (point.usual_s, point.slow_s) == (pytest.approx(0.0505), 0.095)
    assert (point.began, point.ended) == (AT.replace(minute=30, second=0), AT.replace(minute=45, second=0))


def test_a_single_run_is_a_step_of_its_own():
    (point,) = by_quarter([(AT.timestamp(), 0.2)])
    assert (point.usual_s, point.slow_s) == (0.2, 0.2)


def test_hours_without_good_runs_leave_a_gap():
    hour = int(AT.timestamp() // 3600)
    first, last = by_hour({hour: 0.2, hour - 3: 0.1})
    assert last.began - first.ended == timedelta(hours=2)


def test_a_day_is_the_sites_and_knows_its_usual_and_its_worst_hour():
    midnight = int(datetime(2026, 11, 21, 23, tzinfo=UTC).timestamp() // 3600)
    before, day = by_day({midnight - 1: 9.0, midnight: 0.1, midnight + 1: 0.2, midnight + 2: 0.9}, PARIS)
    assert (day.usual_s, day.slow_s, before.slow_s) == (0.2, 0.9, 9.0)
    assert day.began == before.ended == datetime(2026, 11, 21, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("slow_s", "top_s"), [(0.0004, 0.001), (0.0011, 0.002), (0.023, 0.05), (0.2, 0.2), (7.1, 10.0)]
)
def test_a_scale_ends_at_a_round_figure(slow_s, top_s):
    assert ceiling(by_hour({1: slow_s})) == pytest.approx(top_s)
