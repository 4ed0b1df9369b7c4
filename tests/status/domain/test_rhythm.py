"""When gathered news and news after quiet hours go, also in the nights that have 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from status.domain.subscriptions import Pace, Rhythm

PARIS = ZoneInfo("Europe/Paris")
SPRING, AUTUMN = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
MINUTES = [timedelta(minutes=7 * n) for n in range(230)]


def rhythm(pace: Pace, at: int = 8 * 60, quiet: tuple[int, int] | None = None) -> Rhythm:
    return Rhythm(pace, at, 0, quiet, PARIS)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("minute", [0, 90, 2 * 60 + 30, 3 * 60, 8 * 60])
def test_gathered_news_go_once_a_day_through_both_clock_changes(day, minute):
    due = {rhythm(Pace.DAILY, minute).due(day + after) for after in MINUTES}
    assert len(due) == len({at.astimezone(PARIS).date() for at in due}) in {2, 3}
    assert all(rhythm(Pace.DAILY, minute).due(day + after) > day + after for after in MINUTES)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("quiet", [(22 * 60, 2 * 60 + 30), (60, 2 * 60 + 15), (2 * 60 + 30, 3 * 60), (22 * 60, 7 * 60)])
def test_nothing_goes_in_quiet_hours_nor_later_than_an_hour_after_them(day, quiet):
    for after in MINUTES:
        due = rhythm(Pace.AT_ONCE, quiet=quiet).due(day + after)
        local = due.astimezone(PARIS)
        minute = local.hour * 60 + local.minute
        assert (minute - quiet[0]) % 1440 >= (quiet[1] - quiet[0]) % 1440
        assert due == day + after or minute - quiet[1] <= 60


def test_a_week_s_news_go_on_their_day():
    weekly = Rhythm(Pace.WEEKLY, 8 * 60, 4, None, PARIS)
    assert weekly.due(AUTUMN).astimezone(PARIS).isoformat() == "2026-10-30T08:00:00+01:00"
