"""When news may go: at once, gathered by day and week, quiet hours, both changes of the clock; pauses between tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from status.domain.states import EventType
from status.domain.subscriptions import Pace, Rhythm, bits_of, retry_after, types_of, written_minute

PARIS = ZoneInfo("Europe/Paris")
NIGHT = (22 * 60, 7 * 60)
HALF_PAST_TWO = 2 * 60 + 30


def at(text: str) -> datetime:
    """Give a local time of Paris; one that comes twice is the first of the two unless it ends with `*`."""
    return datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=PARIS, fold=int(text.endswith("*"))).astimezone(UTC)


def rhythm(pace: Pace = Pace.AT_ONCE, minute: int = 8 * 60, weekday: int = 0, quiet: tuple[int, int] | None = None):
    return Rhythm(pace, minute, weekday, quiet, PARIS)


def test_at_once_is_now():
    assert rhythm().due(at("2026-11-22 14:07")) == at("2026-11-22 14:07")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-22 07:59", "2026-11-22 08:00"),
        ("2026-11-22 08:00", "2026-11-23 08:00"),
        ("2026-11-22 23:59", "2026-11-23 08:00"),
        ("2026-12-31 12:00", "2027-01-01 08:00"),
        ("2026-03-28 12:00", "2026-03-29 08:00"),  # the night the clock goes forward
        ("2026-10-24 12:00", "2026-10-25 08:00"),  # the night it goes back
    ],
)
def test_the_daily_news_come_at_the_same_local_time_every_day(now, due):
    assert rhythm(Pace.DAILY).due(at(now)) == at(due)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-22 14:00", "2026-11-27 08:00"),  # Sunday to Friday
        ("2026-11-27 07:59", "2026-11-27 08:00"),
        ("2026-11-27 08:00", "2026-12-04 08:00"),
        ("2026-03-27 09:00", "2026-04-03 08:00"),  # over the change to summer time
        ("2026-10-23 09:00", "2026-10-30 08:00"),  # and back
    ],
)
def test_the_weekly_news_come_on_their_day(now, due):
    assert rhythm(Pace.WEEKLY, weekday=4).due(at(now)) == at(due)


def test_a_time_that_a_day_lacks_comes_after_the_gap():
    due = rhythm(Pace.DAILY, HALF_PAST_TWO).due(at("2026-03-28 12:00"))
    assert due.astimezone(PARIS).isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_time_that_a_day_has_twice_comes_once():
    daily = rhythm(Pace.DAILY, HALF_PAST_TWO)
    first = daily.due(at("2026-10-24 12:00"))
    assert first.astimezone(PARIS).isoformat() == "2026-10-25T02:30:00+02:00"
    assert daily.due(first) == at("2026-10-26 02:30")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-22 21:59", "2026-11-22 21:59"),
        ("2026-11-22 22:00", "2026-11-23 07:00"),
        ("2026-11-23 06:59", "2026-11-23 07:00"),
        ("2026-11-23 07:00", "2026-11-23 07:00"),
        ("2026-03-28 23:00", "2026-03-29 07:00"),
        ("2026-10-25 02:30*", "2026-10-25 07:00"),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(now, due):
    assert rhythm(quiet=NIGHT).due(at(now)) == at(due)


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-11-22 12:30", "2026-11-22 14:00"), ("2026-11-22 11:59", "2026-11-22 11:59"),
     ("2026-11-22 14:00", "2026-11-22 14:00")],
)  # fmt: skip
def test_quiet_hours_by_day_end_the_same_day(now, due):
    assert rhythm(quiet=(12 * 60, 14 * 60)).due(at(now)) == at(due)


def test_gathered_news_that_fall_into_quiet_hours_come_at_their_end():
    assert rhythm(Pace.DAILY, 6 * 60, quiet=NIGHT).due(at("2026-11-22 12:00")) == at("2026-11-23 07:00")


def test_quiet_from_and_to_the_same_time_is_never():
    assert rhythm(quiet=(480, 480)).due(at("2026-11-22 08:00")) == at("2026-11-22 08:00")


@pytest.mark.parametrize("quiet", [None, NIGHT, (0, 1439), (HALF_PAST_TWO, 180), (1, 0)])
@pytest.mark.parametrize("pace", list(Pace))
def test_news_never_come_before_now_nor_later_than_eight_days(pace, quiet):
    begin = at("2026-03-27 00:00")
    for quarter in range(0, 96 * 4, 7):
        now = begin + timedelta(minutes=15 * quarter)
        due = rhythm(pace, HALF_PAST_TWO, 6, quiet).due(now)
        assert now <= due <= now + timedelta(days=8, hours=2)


@pytest.mark.parametrize(
    ("attempts", "jitter", "pause_s"),
    [(1, 0.5, 5), (2, 0.5, 10), (11, 0.5, 3_600), (500, 0.5, 3_600), (1, 0.0, 3.75), (1, 1.0, 6.25)],
)
def test_pauses_between_tries_double_up_to_an_hour(attempts, jitter, pause_s):
    assert retry_after(attempts, 5.0, 3_600.0, jitter) == pause_s


def test_types_are_a_sum_of_bits_forth_and_back():
    for kinds in ((), (EventType.UPGRADE,), tuple(EventType)):
        assert types_of(bits_of(kinds)) == kinds


def test_a_minute_is_written_as_a_time():
    assert [written_minute(minute) for minute in (0, 481, 1439)] == ["00:00", "08:01", "23:59"]
