"""Turns at a local hour over both clock changes, what people took over, and who comes next."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from status.domain.rota import NOBODY, Duty, DutyOrigin, Rota, in_order, on_duty, shifts

PARIS = Rota("night", ("anne", "bruno", "chloe"), "Europe/Paris", date(2026, 1, 5), time(9), 7)
DAILY = replace(PARIS, people=("anne", "bruno"), turn_days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def duty(person: str, begins: str, ends: str, number=1, origin=DutyOrigin.PERSON) -> Duty:
    return Duty(number, person, at(begins), at(ends), origin)


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        ("2026-01-05T08:59:59+01:00", NOBODY),
        ("2026-01-05T09:00:00+01:00", "anne"),
        ("2026-01-12T08:59:59+01:00", "anne"),
        ("2026-01-12T09:00:00+01:00", "bruno"),
        ("2026-01-26T09:00:00+01:00", "anne"),
    ],
)
def test_each_has_his_week_from_the_local_hour(moment, person):
    assert on_duty(PARIS, (), at(moment)) == person


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-03-30T08:59:59+02:00", "2026-03-30T09:00:00+02:00"),  # the clock went forward the day before
        ("2026-10-26T08:59:59+01:00", "2026-10-26T09:00:00+01:00"),  # and back
    ],
)
def test_turns_change_at_the_same_local_hour_over_both_clock_changes(before, after):
    first, second = on_duty(PARIS, (), at(before)), on_duty(PARIS, (), at(after))
    assert PARIS.people.index(second) == (PARIS.people.index(first) + 1) % 3


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)])
def test_the_day_of_a_clock_change_is_as_long_as_it_is(day, hours):
    begins = at(f"{day}T12:00:00+02:00" if day > "2026-03-29" else f"{day}T12:00:00+01:00")
    whole = list(shifts(DAILY, (), begins - timedelta(days=1), begins + timedelta(days=2)))[1]
    assert whole.until_at - whole.from_at == timedelta(hours=hours)


def test_an_hour_the_clock_skips_is_later_and_one_that_comes_twice_its_first_pass():
    rota = replace(DAILY, handover=time(2, 30))
    in_march = [each.from_at for each in shifts(rota, (), at("2026-03-28T12:00+01:00"), at("2026-03-30T12:00+02:00"))]
    in_october = [each.from_at for each in shifts(rota, (), at("2026-10-24T12:00+02:00"), at("2026-10-26T12:00+01:00"))]
    assert in_march[1] == at("2026-03-29T03:30+02:00")
    assert in_october[1] == at("2026-10-25T02:30+02:00")


def test_a_year_of_turns_has_no_gap_and_keeps_its_order():
    found = shifts(DAILY, (), at("2026-01-10T00:00+01:00"), at("2027-01-10T00:00+01:00"))
    assert [one.until_at for one in found[:-1]] == [two.from_at for two in found[1:]]
    assert {(one.person, two.person) for one, two in itertools.pairwise(found)} == {
        ("anne", "bruno"), ("bruno", "anne"),
    }  # fmt: skip
    assert {one.from_at.astimezone(at("2026-01-01T00:00+01:00").tzinfo).minute for one in found} == {0}


def test_who_took_over_goes_before_the_calendar_and_the_calendar_before_the_turns():
    day = ("2026-01-06T00:00+01:00", "2026-01-07T00:00+01:00")
    imported = duty("bruno", *day, number=5, origin=DutyOrigin.IMPORT)
    taken, later = duty("chloe", *day, number=2), duty("anne", *day, number=3)
    noon = at("2026-01-06T12:00+01:00")
    assert on_duty(PARIS, (imported,), noon) == "bruno"
    assert on_duty(PARIS, (imported, taken), noon) == "chloe"
    assert on_duty(PARIS, (later, imported, taken), noon) == "anne"


def test_after_who_is_on_duty_come_the_next_ones_and_whose_turn_was_taken_over_last():
    saturday = at("2026-01-10T12:00+01:00")
    taken = duty("chloe", "2026-01-10T00:00+01:00", "2026-01-11T00:00+01:00")
    assert in_order(PARIS, (), saturday) == ("anne", "bruno", "chloe")
    assert in_order(PARIS, (taken,), saturday) == ("chloe", "bruno", "anne")
    assert in_order(PARIS, (), saturday + timedelta(days=7)) == ("bruno", "chloe", "anne")


def test_outside_of_imported_duties_nobody_is_on_duty_without_turns():
    rota = replace(PARIS, people=(), starts_on=None)
    imported = duty("anne", "2026-01-06T00:00+01:00", "2026-01-07T00:00+01:00", origin=DutyOrigin.IMPORT)
    assert in_order(rota, (imported,), at("2026-01-06T12:00+01:00")) == ("anne",)
    assert in_order(rota, (imported,), at("2026-01-07T12:00+01:00")) == ()
