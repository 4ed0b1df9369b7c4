"""Works that come again: every rule against dateutil's, every hour over both clock changes."""

# ruff: noqa: DTZ001 - the first start of a series is a local time without zone
from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from status.domain.recurrence import moment_of, occurrences
from status.domain.refused import Refused
from status.domain.rrule import DAYS, read_rule

PARIS = "Europe/Paris"
ZONES = (PARIS, "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "Asia/Kolkata", "UTC")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _dateutil_stops_in_2034() -> Iterator[None]:
    """It looks for a day of the rule until the calendar ends, which takes seconds where there is none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dt, "MAXYEAR", 2033)
        yield


def local(rule: str, starts: datetime, zone: str = PARIS, years: int = 1) -> list[str]:
    found = occurrences(read_rule(rule), starts, zone, BEGIN, BEGIN + timedelta(days=366 * years))
    return [at.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes") for at in found]


def numbers(least: int, most: int, size: int = 3) -> st.SearchStrategy[str]:
    each = st.integers(least, most).filter(bool).map(str)
    return st.lists(each, min_size=1, max_size=size, unique=True).map(",".join)


def weekdays(ordinals: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    each = st.tuples(ordinals, st.sampled_from(DAYS)).map("".join)
    return st.lists(each, min_size=1, max_size=3, unique=True).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    far = frequency in {"MONTHLY", "YEARLY"}
    may = {
        "INTERVAL": st.integers(1, 4).map(str),
        "COUNT": st.integers(1, 30).map(str),
        "BYDAY": st.one_of(weekdays(st.just("")), weekdays(st.sampled_from(["1", "2", "-1"])) if far else st.nothing()),
        "BYMONTH": numbers(1, 12),
        "WKST": st.sampled_from(DAYS),
        **({} if frequency == "WEEKLY" else {"BYMONTHDAY": numbers(-31, 31)}),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(may)), unique=True, max_size=4))
    parts = [f"FREQ={frequency}", *(f"{name}={draw(may[name])}" for name in chosen)]
    # dateutil counts the positions of a first week from its own first start, not from the week's beginning.
    counted = frequency != "WEEKLY" and {"BYDAY", "BYMONTH", "BYMONTHDAY"} & set(chosen)
    if counted and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(numbers(-3, 3, 2))}")
    return ";".join(parts)


@settings(max_examples=150, deadline=None)
@given(rules(), st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)), st.integers(0, 900))
def test_the_days_of_a_rule_are_those_of_dateutil(rule: str, starts: datetime, days: int) -> None:
    starts = starts.replace(second=0, microsecond=0)
    theirs = rrulestr(rule + ";UNTIL=20331231T000000" * ("COUNT" not in rule), dtstart=starts)
    after, until = BEGIN + timedelta(days=days), BEGIN + timedelta(days=days + 700)
    within = itertools.takewhile(lambda at: at.replace(tzinfo=UTC) <= until, theirs)
    expected = [at for at in within if at.replace(tzinfo=UTC) > after]
    ours = occurrences(read_rule(rule), starts, "UTC", after, until)
    assert [at.replace(tzinfo=None) for at in ours] == expected


def test_a_position_counts_in_the_whole_week_the_first_start_s_too():
    """RFC 5545 §3.3.10: BYSETPOS takes from the set of one interval; this one's Monday was before the first start."""
    rule, wednesday = read_rule("FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1"), datetime(2026, 4, 1, 9)
    found = occurrences(rule, wednesday, "UTC", BEGIN, datetime(2026, 4, 15, tzinfo=UTC))
    assert [(at.month, at.day) for at in found] == [(4, 6), (4, 13)]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)))
def test_each_day_has_one_occurrence_at_its_hour_or_right_after_the_gap(zone: str, hour: object) -> None:
    starts = datetime.combine(datetime(2026, 1, 1), hour)
    found = occurrences(read_rule("FREQ=DAILY"), starts, zone, BEGIN - timedelta(days=2), BEGIN + timedelta(days=370))
    assert all(before < after for before, after in itertools.pairwise(found))
    hours = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in found]
    assert len({at.date() for at in hours}) >= len(found) - 1  # one after midnight's gap falls on the same day still
    shifted = [at for at in hours if at.time() != hour]
    assert all(timedelta(0) < at - datetime.combine(at.date(), hour) <= timedelta(hours=1) for at in shifted)
    assert len(shifted) <= 2


@settings(max_examples=100, deadline=None)
@given(rules(), st.sampled_from(ZONES), st.integers(0, 1000))
def test_windows_that_follow_one_another_give_each_occurrence_once(rule: str, zone: str, days: int) -> None:
    starts, known, middle, end = (
        datetime(2026, 1, 6, 2, 30), read_rule(rule), BEGIN + timedelta(days=days), BEGIN + timedelta(days=1200),
    )  # fmt: skip
    halves = (*occurrences(known, starts, zone, BEGIN, middle), *occurrences(known, starts, zone, middle, end))
    assert halves == occurrences(known, starts, zone, BEGIN, end)


def test_a_weekly_night_keeps_its_hour_over_both_clock_changes() -> None:
    found = local("FREQ=WEEKLY;BYDAY=SU", datetime(2026, 3, 22, 2, 30))
    assert found[:3] == ["2026-03-22 02:30+01:00", "2026-03-29 03:30+02:00", "2026-04-05 02:30+02:00"]
    assert [at for at in found if "10-25" in at] == ["2026-10-25 02:30+02:00"]
    assert found[found.index("2026-10-25 02:30+02:00") + 1] == "2026-11-01 02:30+01:00"


def test_a_day_the_clock_skips_is_one_with_the_next() -> None:
    found = occurrences(
        read_rule("FREQ=DAILY"), datetime(2011, 12, 29, 2, 30), "Pacific/Apia",
        datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert [at.astimezone(ZoneInfo("Pacific/Apia")).day for at in found] == [29, 31, 1]


def test_until_may_be_a_day_a_local_time_or_utc() -> None:
    starts = datetime(2026, 6, 2, 2, 30)
    ends = ("20260616", "20260616T023000", "20260616T003000Z", "20260616T002959Z")
    assert [len(local(f"FREQ=WEEKLY;UNTIL={end}", starts)) for end in ends] == [3, 3, 3, 2]


def test_a_rule_without_any_day_ends_at_once() -> None:
    assert local("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", datetime(2026, 1, 1, 2, 30), years=100) == []


def test_a_rule_that_outlasts_the_calendar_ends_with_it() -> None:
    far = datetime(9999, 12, 20, tzinfo=UTC)
    found = occurrences(read_rule("FREQ=DAILY"), datetime(9999, 12, 1, 2, 30), "UTC", far, far + timedelta(days=9))
    assert len(found) == 9


def test_the_first_start_need_not_be_a_day_of_the_rule() -> None:
    assert local("FREQ=WEEKLY;BYDAY=TU;COUNT=2", datetime(2026, 11, 22, 2, 30)) == [
        "2026-11-24 02:30+01:00", "2026-12-01 02:30+01:00",
    ]  # fmt: skip


def test_a_moment_that_comes_twice_is_its_first_pass() -> None:
    assert moment_of(datetime(2026, 10, 25, 2, 30), PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "expected NAME=VALUE"),
        ("INTERVAL=2", "found no FREQ, expected one of DAILY"),
        ("FREQ=HOURLY", "found FREQ=HOURLY, expected one of DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=DAILY;BYHOUR=2", "found BYHOUR, expected one of FREQ"),
        ("FREQ=DAILY;FREQ=DAILY", "found FREQ twice"),
        ("FREQ=DAILY;INTERVAL=0", "found INTERVAL=0, expected 1 to 1000"),
        ("FREQ=DAILY;COUNT=1,2", "found COUNT=1,2, expected 1 to 1000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "found COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=20271301", "found UNTIL=20271301"),
        ("FREQ=WEEKLY;BYDAY=1MO", "found BYDAY=1MO with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "found BYDAY=0MO"),
        ("FREQ=WEEKLY;BYDAY=LU", "found BYDAY=LU"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "found BYMONTHDAY with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "-31 to -1 counted from the end"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "found BYMONTHDAY=0"),
        ("FREQ=YEARLY;BYMONTH=-1", "found BYMONTH=-1, expected 1 to 12"),
        ("FREQ=MONTHLY;BYSETPOS=1", "found BYSETPOS alone"),
        ("FREQ=WEEKLY;WKST=XX", "found WKST=XX"),
        ("FREQ=DAILY;INTERVAL=²", "found INTERVAL=²"),
        ("FREQ=DAILY;" + "X" * 600, "expected at most 500"),
    ],
)
def test_a_rule_that_cannot_be_used_says_what_was_found(rule: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        read_rule(rule)
    assert message in refused.value.message


def test_a_rule_is_kept_in_capitals_without_its_name() -> None:
    assert read_rule("rrule:freq=weekly;byday=tu").text == "FREQ=WEEKLY;BYDAY=TU"
