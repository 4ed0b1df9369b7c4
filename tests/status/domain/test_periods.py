from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from status.domain.periods import Length, Period, parse_period, period_of

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "length", "first", "last"),
    [
        ("2026", Length.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        ("2024-02", Length.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", Length.MONTH, date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-11-22", Length.DAY, date(2026, 11, 22), date(2026, 11, 22)),
    ],
)
def test_a_period_is_read_as_it_is_written(text, length, first, last):
    found = parse_period(text)
    assert found == Period(length, first)
    assert (found.last, found.word) == (last, text)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-02-30", "26", "2026-1", "1969", "9999", "0000", "2026-11-22T", "٢٠٢٦", "\0", " 2026"]
)
def test_what_is_none_is_none(text):
    assert parse_period(text) is None


@pytest.mark.parametrize(("text", "before"), [("2026-01", "2025-12"), ("2026", "2025"), ("2024-03-01", "2024-02-29")])
def test_periods_follow_one_another(text, before):
    found = parse_period(text)
    assert found.before.word == before
    assert found.before.after == found


def test_a_day_of_the_clock_s_change_has_its_own_length():
    autumn = parse_period("2026-10-25")
    assert autumn.begins(PARIS) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert (autumn.ends(PARIS) - autumn.begins(PARIS)).total_seconds() == 25 * 3_600


def test_a_year_has_months_a_month_days_and_a_day_nothing():
    assert [part.word for part in parse_period("2026").parts()][::11] == ["2026-01", "2026-12"]
    assert len(list(parse_period("2026-02").parts())) == 28
    assert list(parse_period("2026-02-01").parts()) == []


def test_a_day_lies_in_its_month_and_year():
    on = date(2026, 11, 22)
    assert [period_of(length, on).word for length in Length] == ["2026-11-22", "2026-11", "2026"]
