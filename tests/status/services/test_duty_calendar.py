"""Duties out of iCalendar files: whose, from when, over clock changes, and what is no such file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from status.domain.permissions import Role
from status.domain.refused import Refused
from status.models import Account
from status.services.duty_calendar import read_calendar

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def account(name: str, display_name: str) -> Account:
    return Account(
        uid=f"uid-{name}", name=name, display_name=display_name, email=f"{name}@example.net", language="fr",
        role=Role.RESPONDER, areas=[],
    )  # fmt: skip


PEOPLE = [account("anne", "Anne Dubois"), account("bruno", "Bruno Petit")]


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*events: str):
    return [
        (span.account_uid, span.from_at.strftime("%d %H:%M"), span.until_at.strftime("%d %H:%M"))
        for span in read_calendar(calendar(*events), PEOPLE, "Europe/Paris", NOW)
    ]


DAY = "UID:1\nDTSTART:20260321T080000Z\nDTEND:20260321T200000Z\n"
WEEKLY = (
    "UID:2\nDTSTART;TZID=Europe/Paris:20260302T090000\nDTEND;TZID=Europe/Paris:20260309T090000\n"
    "RRULE:FREQ=WEEKLY;COUNT=5\nSUMMARY:bruno"
)


@pytest.mark.parametrize(
    "who", ["SUMMARY:anne", "SUMMARY:Anne  DUBOIS", "SUMMARY:anne@example.net",
            "SUMMARY:Astreinte\nATTENDEE;CN=x:MAILTO:Anne@example.net"],
)  # fmt: skip
def test_a_person_is_known_by_account_name_or_mail_address(who):
    assert read(DAY + who) == [("uid-anne", "21 08:00", "21 20:00")]


def test_a_week_that_comes_again_changes_at_its_local_hour_over_the_clock_change():
    assert read(WEEKLY) == [
        ("uid-bruno", "16 08:00", "23 08:00"),
        ("uid-bruno", "23 08:00", "30 07:00"),
        ("uid-bruno", "30 07:00", "06 07:00"),
    ]


def test_exceptions_and_moved_ones_of_a_series_are_followed():
    skipped = WEEKLY + "\nEXDATE;TZID=Europe/Paris:20260316T090000"
    moved = (
        "UID:2\nRECURRENCE-ID;TZID=Europe/Paris:20260323T090000\nDTSTART:20260325T080000Z\nDTEND:20260326T080000Z\n"
        "SUMMARY:anne"
    )
    assert read(skipped, moved) == [("uid-bruno", "30 07:00", "06 07:00"), ("uid-anne", "25 08:00", "26 08:00")]


ADDED = "UID:4\nDTSTART;TZID=Europe/Paris:20260327T220000\nDTEND;TZID=Europe/Paris:20260328T060000\nSUMMARY:anne\n"
FIRST = ("uid-anne", "27 21:00", "28 05:00")


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("RDATE;TZID=Europe/Paris:20260328T220000,20260402T220000",
         [("28 21:00", "29 04:00"), ("02 20:00", "03 04:00")]),
        ("RDATE;VALUE=DATE:20260403", [("02 22:00", "03 06:00")]),
        ("RDATE;VALUE=PERIOD:20260402T080000Z/PT2H,20260403T080000Z/20260403T090000Z",
         [("02 08:00", "02 10:00"), ("03 08:00", "03 09:00")]),
        ("RDATE:20260402T080000Z,20260403T080000Z\nEXDATE:20260402T080000Z", [("03 08:00", "03 16:00")]),
        ("RRULE:FREQ=WEEKLY;COUNT=1\nRDATE;TZID=Europe/Paris:20260327T220000\nRDATE:20260403T080000Z",
         [("03 08:00", "03 16:00")]),
    ],
)  # fmt: skip
def test_times_that_are_added_one_by_one_are_duties_too(added, expected):
    assert read(ADDED + added) == [FIRST, *(("uid-anne", *each) for each in expected)]


def test_whole_days_are_of_the_rota_s_zone():
    assert read("UID:3\nDTSTART;VALUE=DATE:20260329\nSUMMARY:anne") == [("uid-anne", "28 23:00", "29 22:00")]


def test_what_is_over_or_cancelled_is_left_out():
    assert read(DAY.replace("0321", "0319") + "SUMMARY:nobody", DAY + "SUMMARY:anne\nSTATUS:CANCELLED") == []


def test_what_was_over_long_ago_is_not_even_read():
    spoilt = 'UID:5\nDTSTART:20190101T080000Z\nDTEND;X="a:\n b":201901\n 01T080000Z\nRSVP\nSUMMARY:nobody'
    assert read(spoilt, DAY + "SUMMARY:anne") == [("uid-anne", "21 08:00", "21 20:00")]


def test_one_of_a_series_that_was_moved_to_long_ago_is_read():
    moved = (
        "UID:2\nRECURRENCE-ID;TZID=Europe/Paris:20260323T090000\nDTSTART:20260303T080000Z\nDTEND:20260304T080000Z\n"
        "SUMMARY:anne"
    )
    assert read(WEEKLY, moved) == [("uid-bruno", "16 08:00", "23 08:00"), ("uid-bruno", "30 07:00", "06 07:00")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (calendar(DAY + "SUMMARY:Chloé"), "people"),
        (b"\xff\xfe\x00", "calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "calendar"),
        (calendar("UID:1\nSUMMARY:anne"), "calendar"),
        (calendar("UID:1\nSUMMARY:anne\nDTSTART:20260321T080000Z\nDTEND:20260321T080000Z"), "calendar"),
        (calendar(DAY + "SUMMARY:anne\nRRULE:FREQ=SECONDLY"), None),
        (b"x" * 5_000_001, "calendar"),
    ],
)
def test_what_is_no_calendar_of_our_people_is_refused_whole(text, reason):
    with pytest.raises(Refused) as refused:
        read_calendar(text, PEOPLE, "Europe/Paris", NOW)
    assert reason in (refused.value.reason, None)
