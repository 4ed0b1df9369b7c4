"""Works as a calendar: read back by a parser, the same work for ever, its hours right over both clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from status.models import Component, Event
from status.models.engine import writing
from status.services import works
from status.services.actors import cli_user
from tests.status.feeds.test_feeds import fetch
from tests.status.publication.provider import Provider

__all__ = ["fetch"]

SPRING = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
"""03:00 in Paris: the hour before does not exist."""
AUTUMN_TWICE = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
"""The second 02:30 of that night in Paris."""


def works_in(text: bytes) -> list:
    return Calendar.from_ical(text).walk("VEVENT")


def move(provider: Provider, uid: str, start: datetime) -> None:
    with writing(provider.sessions) as session:
        event = session.get_one(Event, uid)
        event.planned_start_at, event.planned_end_at = start, start + timedelta(hours=1)


def step(provider: Provider, uid: str, take) -> None:
    with writing(provider.sessions) as session:
        provider.clock.pass_time(60)
        take(session, session.get_one(Event, uid), {}, cli_user(session, "anne"), provider.now)


def test_a_calendar_without_works_is_valid(provider, fetch):
    provider.open()
    calendar = Calendar.from_ical(fetch("/fr/calendar.ics"))
    assert (calendar["version"], calendar["method"], calendar.walk("VEVENT")) == ("2.0", "PUBLISH", [])


def test_a_name_with_commas_is_one_name(provider, fetch):
    with writing(provider.sessions) as session:
        session.get_one(Component, provider.ids["sip"]).name = {"fr": "Voix ; fax, trunks"}
    said = fetch("/fr/components/sip/calendar.ics")
    assert b"NAME:Voix \\; fax\\, trunks" in said


def test_a_planned_work_is_tentative_with_its_hours_and_an_alarm(provider, fetch):
    uid = provider.plan()
    (work,) = works_in(fetch("/fr/calendar.ics"))
    assert (str(work["uid"]), str(work["status"]), work["sequence"]) == (uid, "TENTATIVE", 1)
    assert work["dtstart"].dt == provider.now + timedelta(days=2)
    assert work["dtend"].dt - work["dtstart"].dt == timedelta(hours=1)
    assert work["dtstart"].params["TZID"] == "Europe/Paris"
    assert str(work["url"]) == "http://127.0.0.1:8080/fr/travaux/1234"
    assert len(work.walk("VALARM")) == 1


def test_each_step_raises_the_sequence_and_keeps_the_uid(provider, fetch):
    uid = provider.plan()
    step(provider, uid, works.confirm)
    (confirmed,) = works_in(fetch("/fr/calendar.ics"))
    step(provider, uid, works.cancel)
    (cancelled,) = works_in(fetch("/fr/calendar.ics"))
    assert str(confirmed["uid"]) == str(cancelled["uid"]) == uid
    assert (confirmed["sequence"], cancelled["sequence"]) == (2, 3)
    assert (str(confirmed["status"]), str(cancelled["status"])) == ("CONFIRMED", "CANCELLED")
    assert cancelled.walk("VALARM") == []
    assert (cancelled["dtstart"].dt, cancelled["dtend"].dt) == (confirmed["dtstart"].dt, confirmed["dtend"].dt)


@pytest.mark.parametrize("start", [SPRING, AUTUMN_TWICE, AUTUMN_TWICE - timedelta(hours=1)])
def test_an_hour_of_a_clock_change_is_read_back_as_it_is(provider, fetch, start):
    move(provider, provider.plan(), start)
    (work,) = works_in(fetch("/fr/calendar.ics"))
    assert (work["dtstart"].dt.astimezone(UTC), work["dtend"].dt.astimezone(UTC)) == (start, start + timedelta(hours=1))


def test_the_bytes_change_only_when_a_work_does(provider, fetch):
    uid = provider.plan()
    before = fetch("/fr/components/sip/calendar.ics")
    provider.clock.pass_time(3_600)
    assert fetch("/fr/components/sip/calendar.ics") == before
    step(provider, uid, works.confirm)
    assert fetch("/fr/components/sip/calendar.ics") != before


def test_no_line_is_over_75_octets_and_none_ends_without_crlf(provider, fetch):
    provider.plan(title="é" * 150)
    text = fetch("/fr/calendar.ics")
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert b"\n" not in text.replace(b"\r\n", b"")
