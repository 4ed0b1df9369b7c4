"""Days and figures out of spans."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from status.domain.availability import Span, availability, combine, complete, overlay, window_start
from status.domain.states import PublicState

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
DOWN, OPERATIONAL = PublicState.DOWN, PublicState.OPERATIONAL


def spans(*troubles: Span, since: datetime = NOW - timedelta(days=200)) -> tuple[Span, ...]:
    return complete(troubles, since, NOW)


def test_an_outage_over_midnight_is_shared_between_two_days_in_the_sites_zone():
    outage = Span(DOWN, datetime(2026, 11, 19, 22, 0, tzinfo=UTC), datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
    days = {day.on.day: day for day in availability(spans(outage), NOW, PARIS).days[-4:]}
    assert (days[19].seconds_of(DOWN), days[20].seconds_of(DOWN)) == (3600, 7200)
    assert (days[19].outages, days[20].outages) == (1, 0)


def test_days_before_it_was_watched_have_no_data():
    found = availability(spans(since=NOW - timedelta(days=2)), NOW, PARIS)
    assert [day.worst for day in found.days] == [None] * 87 + [OPERATIONAL] * 3


def test_the_ratio_leaves_works_and_unknown_time_out():
    half = timedelta(hours=12)
    troubles = [
        Span(DOWN, NOW - half, NOW),
        Span(PublicState.UNKNOWN, NOW - 2 * half, NOW - half),
        Span(PublicState.MAINTENANCE, NOW - 3 * half, NOW - 2 * half),
    ]
    found = availability(spans(*troubles, since=NOW - 4 * half), NOW, PARIS)
    assert found.ratio == pytest.approx(0.5)


def test_nothing_known_has_no_ratio():
    assert availability((), NOW, PARIS).ratio is None


def test_the_day_of_the_change_of_hour_has_twenty_five_hours():
    day = availability(spans(), NOW, PARIS).days[-29]
    assert (day.on.isoformat(), day.seconds_of(OPERATIONAL)) == ("2026-10-25", 25 * 3600)


def test_a_short_unknown_does_not_colour_its_day():
    blink = Span(PublicState.UNKNOWN, NOW - timedelta(days=1), NOW - timedelta(days=1) + timedelta(seconds=60))
    day = availability(spans(blink), NOW, PARIS).days[-2]
    assert (day.worst, day.seconds_of(PublicState.UNKNOWN)) == (OPERATIONAL, 60)


def test_the_window_begins_at_a_midnight_of_the_zone():
    assert window_start(NOW, PARIS, 1) == datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


def test_overlapping_troubles_are_laid_one_after_the_other():
    first, second = NOW - timedelta(hours=3), NOW - timedelta(hours=2)
    line = spans(Span(DOWN, first, NOW), Span(PublicState.DEGRADED, second, NOW))
    assert [span.state for span in line] == [OPERATIONAL, DOWN]


def test_lines_are_combined_by_the_rule_given():
    def rule(counts: Counter[PublicState]) -> PublicState:
        return DOWN if counts[DOWN] else OPERATIONAL

    well, bad = spans(), spans(Span(DOWN, NOW - timedelta(hours=3), NOW - timedelta(hours=2)))
    assert [span.state for span in combine([well, bad], rule)] == [OPERATIONAL, DOWN, OPERATIONAL]


def test_what_is_put_over_a_line_holds_where_it_is_and_nothing_beyond_the_line():
    hour = timedelta(hours=1)
    line = spans(Span(DOWN, NOW - 4 * hour, NOW - 2 * hour), since=NOW - 6 * hour)
    degraded = PublicState.DEGRADED
    over = (Span(degraded, NOW - 9 * hour, NOW - 5 * hour), Span(OPERATIONAL, NOW - 3 * hour, NOW + hour))
    told = [(span.state, (NOW - span.began) / hour, (NOW - span.ended) / hour) for span in overlay(line, over)]
    assert told == [(degraded, 6, 5), (OPERATIONAL, 5, 4), (DOWN, 4, 3), (OPERATIONAL, 3, 0)]
