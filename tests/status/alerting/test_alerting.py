"""From the verdict to somebody's telephone: whom, how soon, who comes next, and what a killed process leaves."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from status.alerting import calendars as calendars_module
from status.alerting.calendars import Calendars, Read, bring_in
from status.config.model import AlertRule, Relay, RotaEntry
from status.delivery.journal import Journal
from status.domain.alerting import AlertOf, TryState
from status.domain.decisions import Action
from status.domain.permissions import Role
from status.domain.states import EventType, Impact, Visibility
from status.models import Alert, AlertTry, AuditEntry, Component, Duty, Event
from status.models.engine import writing
from status.services import acknowledging, works
from status.services.actors import cli_user
from status.services.changing import line_up
from status.services.duty_calendar import Span
from tests.status.alerting.conftest import UID
from tests.status.delivery.sink import until
from tests.status.delivery.test_faults import Flaky

TWO = ("webhook", "email")


def rows(provider, model):
    with provider.sessions() as session:
        return session.scalars(sa.select(model).order_by(model.id)).all()


def on_duty(provider) -> tuple[str, str]:
    """Give who is on duty now, and the other one."""
    from status.queries.on_call import rosters

    with provider.sessions() as session:
        [roster] = rosters(session, provider.runtime.settings, provider.now)
        first, second = roster.in_order(provider.now)
        return first, second


@pytest.fixture
def two(desk, provider) -> tuple[str, str]:
    desk.add("anne")
    desk.add("bruno")
    return on_duty(provider)


def test_who_is_on_duty_is_alerted_within_five_seconds_of_the_verdict(desk, hooks, alerting, two, provider):
    with alerting():
        until(lambda: rows(provider, Alert) == [])
        began = time.monotonic()
        desk.robot(Action.OPEN)
        until(lambda: hooks.to(two[0]), 5)
    [taken] = hooks.taken
    print(f"alerted after {taken.at - began:.2f} s")
    assert taken.at - began < 5
    [event] = taken.body["events"]
    assert (event["impact"], event["severity"], event["areas"]) == ("full", 4, ["telephony"])
    assert event["url"] == "https://status.example.net/desk/events/1234"


def test_an_alert_carries_the_persons_own_link_to_acknowledge(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: settled(provider, 1))
    token = hooks.taken[0].body["acknowledge_url"].removeprefix("https://status.example.net/a/")
    with writing(provider.sessions) as session:
        assert acknowledging.press(session, token, provider.now).account.name == two[0]
    assert [row.sealed for row in rows(provider, AlertTry)] == [""]


def test_a_failed_verdict_whose_incident_is_still_a_draft_alerts_too(desk, hooks, alerting, two):
    with alerting():
        desk.robot(Action.OPEN, Impact.DEGRADED, public=False)
        until(lambda: hooks.to(two[0]))
    assert hooks.taken[0].body["events"][0]["publication"] == "draft"


@pytest.fixture
def only_the_worst(settings) -> None:
    settings["alert"] = (AlertRule(name="night", rota="night", least_impact="full"),)


@pytest.mark.usefixtures("only_the_worst")
def test_a_hidden_component_alerts_by_its_own_impact(desk, hooks, alerting, two):
    with writing(desk.provider.sessions) as session:
        session.get_one(Component, desk.provider.ids["secret-core"]).visibility = Visibility.INTERNAL
    desk.robot(Action.OPEN, Impact.DEGRADED)
    with alerting():
        desk.robot(Action.JOIN, slug="secret-core")
        until(lambda: hooks.to(two[0]))
    assert hooks.taken[0].body["events"][0]["impact"] == "full"


def test_what_only_one_location_sees_wakes_nobody_unless_asked_for(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN, Impact.DEGRADED, public=False, internal=True)
        desk.robot(Action.OPEN, slug="smtp", uid=UID.replace("a1e7", "a1e8"))
        until(lambda: hooks.to(two[0]))
    assert [alert.event_uid for alert in rows(provider, Alert)] == [UID.replace("a1e7", "a1e8")]


def test_without_an_answer_the_second_person_is_alerted_and_an_answer_ends_it(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: settled(provider, 1))
        provider.clock.pass_time(299)
        assert hooks.to(two[1]) == []
        provider.clock.pass_time(2)
        until(lambda: settled(provider, 2))
        desk.acknowledge(two[1])
        until(lambda: rows(provider, Alert)[0].answered_at)
        provider.clock.pass_time(7_200)
        until(lambda: looked(provider))
    assert [len(hooks.to(name)) for name in two] == [1, 1]


def settled(provider, count: int) -> bool:
    return [row.state for row in rows(provider, AlertTry)] == [TryState.ACCEPTED] * count


def looked(provider) -> bool:
    """Whether the process has looked again since the clock was set forward: its life sign is of then."""
    from status.services.life_signs import read_life_signs

    with provider.sessions() as session:
        return any(provider.now - sign.at < timedelta(minutes=1) for sign in read_life_signs(session))


@pytest.fixture
def impatient(settings) -> None:
    settings["alert"] = (AlertRule(name="night", rota="night", accept_s=0.5),)


@pytest.fixture
def by_mail_first(impatient, desk) -> None:
    for name in ("anne", "bruno"):
        desk.add(name, Role.RESPONDER, "email", "webhook")


@pytest.mark.usefixtures("by_mail_first")
def test_a_frozen_mail_server_keeps_nobody_from_the_next_channel(desk, hooks, alerting, provider):
    first, _ = on_duty(provider)
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: hooks.to(first), 10)
    mail, hook = rows(provider, AlertTry)[:2]
    assert (mail.channel, hook.channel) == ("email", "webhook")
    assert hook.at - mail.at < timedelta(seconds=2)


def test_a_frozen_mail_server_delays_no_web_hook_of_others(desk, hooks, alerting, provider, settings):
    for name in ("anne", "bruno"):
        desk.add(name, Role.RESPONDER, "email")
    for number in range(20):
        desk.add(f"lead{number}", Role.LEAD, *(("webhook",) if number % 2 else ("email",)))
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: rows(provider, AlertTry))
        provider.clock.pass_time(61)
        until(lambda: rows(provider, AlertTry)[-1].group == 1)
        provider.clock.pass_time(61)
        began = time.monotonic()
        until(lambda: all(hooks.to(f"lead{n}") for n in range(1, 20, 2)), 10)
    assert time.monotonic() - began < 5


@pytest.fixture
def _well(settings, sink) -> None:
    settings["relay"] = (Relay(name="sink", host="127.0.0.1", port=sink.port, tls="none"),)


@pytest.mark.usefixtures("_well")
def test_a_mail_says_what_is_broken_with_the_link_and_is_no_mailing(desk, alerting, provider, sink):
    for name in ("anne", "bruno"):
        desk.add(name, Role.RESPONDER, "email", language="fr")
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: sink.mails)
    [mail] = sink.mails
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"].startswith("ALERTE\u00a0: FS#1234 ")
    assert (mail["Importance"], mail["List-Unsubscribe"]) == ("high", None)
    assert "Indisponibilité totale, gravité haute" in text
    assert "sans connexion)\u00a0:\r\nhttps://status.example.net/a/" in text
    assert mail.get_body(("html",)).get_content().count('<a class="act" href="https://status.example.net/a/') == 1
    assert mail["Message-ID"] == f"<{rows(provider, AlertTry)[0].uid}@example.net>"


def test_nobody_on_duty_alerts_all_leads_at_once(desk, hooks, alerting, provider, settings):
    for name, role in (("lea", Role.LEAD), ("luc", Role.ADMIN), ("rosa", Role.RESPONDER)):
        desk.add(name, role)
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: settled(provider, 2))
    assert sorted(each.path for each in hooks.taken) == ["/lea", "/luc"]


def test_the_end_is_told_once_and_quietly_to_who_was_alerted_alone(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: settled(provider, 1))
        desk.robot(Action.RETURN, Impact.NONE)
        desk.robot(Action.CLOSE, Impact.NONE)
        until(lambda: settled(provider, 2))
    [over] = hooks.to(two[0], "recovery")
    assert over.body["events"][0]["state"] == "resolved"
    assert "acknowledge_url" not in over.body
    assert len(hooks.taken) == 2
    assert rows(provider, Alert)[0].ended_at is not None


def test_what_ended_before_anybody_was_alerted_is_told_to_nobody(desk, hooks, alerting, provider):
    desk.add("anne", Role.RESPONDER, "email")
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: rows(provider, AlertTry))
        desk.robot(Action.RETURN, Impact.NONE)
        desk.robot(Action.CLOSE, Impact.NONE)
        until(lambda: rows(provider, Alert)[0].ended_at)
    assert [row.state for row in rows(provider, AlertTry)] == [TryState.DROPPED]
    assert hooks.taken == []


@pytest.mark.usefixtures("_well", "_two_leads")
def test_an_alert_in_line_behind_a_slow_relay_is_not_sent_once_it_is_over(desk, alerting, provider, sink, slowly):
    with alerting():
        desk.robot(Action.OPEN)
        slowly.reached.wait(20)
        desk.robot(Action.RETURN, Impact.NONE)
        desk.robot(Action.CLOSE, Impact.NONE)
        slowly.go_on.set()
        until(lambda: rows(provider, Alert)[0].ended_at)
    assert len(alarms(sink)) == 1
    assert [row.state for row in rows(provider, AlertTry)[:2]] == [TryState.ACCEPTED, TryState.DROPPED]


@pytest.mark.usefixtures("_well", "_two_leads")
def test_an_alert_in_line_behind_a_slow_relay_waits_while_the_incident_is_watched(
    desk, alerting, provider, sink, slowly
):
    with alerting():
        desk.robot(Action.OPEN)
        slowly.reached.wait(20)
        desk.robot(Action.RETURN, Impact.NONE)
        slowly.go_on.set()
        until(lambda: rows(provider, AlertTry)[0].state is TryState.ACCEPTED)
        provider.clock.pass_time(120)
        until(lambda: looked(provider))
        assert len(alarms(sink)) == 1
        desk.robot(Action.WORSE)
        until(lambda: len(alarms(sink)) == 2)


def alarms(sink) -> list:
    return [mail for mail in sink.mails if mail["Importance"] == "high"]


class Slowly:
    """Holds the first answer to a recipient until it may go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def answer(self, _address: str) -> str:
        self.reached.set()
        self.go_on.wait(20)
        return "250 ok"


@pytest.fixture
def slowly(sink) -> Slowly:
    slowly = Slowly()
    sink.answer = slowly.answer
    return slowly


@pytest.fixture
def _two_leads(desk) -> None:
    """Nobody is on duty: both are alerted at once, by mail, through one connection."""
    for name in ("lea", "luc"):
        desk.add(name, Role.LEAD, "email")


@pytest.mark.usefixtures("_once")
def test_what_was_given_up_calls_anew_when_it_fails_again_after_it_was_watched(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN)
        for count in (1, 2):
            until(lambda n=count: settled(provider, n))
            provider.clock.pass_time(301)
        until(lambda: rows(provider, Alert)[0].given_up_at)
        desk.robot(Action.RETURN, Impact.NONE)
        provider.clock.pass_time(120)
        until(lambda: looked(provider))
        desk.robot(Action.WORSE)
        until(lambda: settled(provider, 3), 5)
    assert [each.path for each in hooks.taken] == [f"/{two[0]}", f"/{two[1]}", f"/{two[0]}"]


@pytest.fixture
def _once(settings) -> None:
    settings["alert"] = (AlertRule(name="night", rota="night", repeat_most=1),)


def test_what_begins_anew_after_its_end_alerts_anew_whoever_was_on_it(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: settled(provider, 1))
        desk.acknowledge(two[0])
        desk.robot(Action.RETURN, Impact.NONE)
        desk.robot(Action.CLOSE, Impact.NONE)
        until(lambda: settled(provider, 2))
        desk.robot(Action.REOPEN)
        until(lambda: settled(provider, 3))
    assert len(hooks.to(two[0])) == 2


def test_an_incident_a_person_opened_wakes_nobody(hooks, alerting, two, provider):
    with alerting():
        provider.open("sip")
        until(lambda: looked(provider))
    assert rows(provider, Alert) == []


def plan(provider) -> str:
    """Plan a work in half an hour."""
    with writing(provider.sessions) as session:
        start = provider.now + timedelta(minutes=30)
        what = works.Plan(
            EventType.MAINTENANCE, {provider.ids["sip"]: Impact.FULL}, {"en": "Upgrade"}, start,
            start + timedelta(hours=1),
        )  # fmt: skip
        return works.plan(session, what, cli_user(session, "anne"), provider.now).uid


def test_a_work_that_nobody_confirmed_alerts_at_its_hour(hooks, alerting, two, provider):
    plan(provider)
    with alerting():
        until(lambda: looked(provider))
        assert hooks.taken == []
        provider.clock.pass_time(1_801)
        until(lambda: hooks.taken)
    assert hooks.taken[0].body["events"][0]["type"] == "maintenance"


def test_a_work_that_nobody_confirmed_for_a_day_is_not_told_over(hooks, alerting, two, provider):
    plan(provider)
    provider.clock.pass_time(1_801)
    with alerting():
        until(lambda: settled(provider, 1))
        provider.clock.pass_time(86_401)
        until(lambda: rows(provider, Alert)[0].ended_at)
    assert [each.body["kind"] for each in hooks.taken] == ["alert"]


def test_a_work_that_is_cancelled_in_the_end_is_told_to_who_was_alerted(hooks, alerting, two, provider):
    uid = plan(provider)
    provider.clock.pass_time(1_801)
    with alerting():
        until(lambda: settled(provider, 1))
        with writing(provider.sessions) as session:
            works.cancel(session, session.get_one(Event, uid), {}, cli_user(session, "anne"), provider.now)
        until(lambda: rows(provider, Alert)[0].ended_at)
        until(lambda: settled(provider, 2))
    assert [each.body["kind"] for each in hooks.taken] == ["alert", "recovery"]


def test_a_try_is_made_again_with_its_key_until_it_is_accepted(desk, hooks, alerting, two, provider):
    hooks.answer = 503
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: rows(provider, AlertTry) and rows(provider, AlertTry)[0].attempts)
        hooks.answer = 204
        provider.clock.pass_time(6)
        until(lambda: settled(provider, 1) or rows(provider, AlertTry)[0].state is TryState.ACCEPTED)
    assert len({each.key for each in hooks.to(two[0])}) == 1


def test_what_was_accepted_by_a_killed_process_is_not_sent_again(desk, hooks, alerting, two, provider):
    hooks.answer = 503
    with alerting():
        desk.robot(Action.OPEN)
        until(lambda: hooks.taken)
    hooks.answer = 204
    journal = Journal(provider.runtime.places.data / "alerting" / "journal")
    journal.note(hooks.taken[0].key)
    journal.close()
    with alerting():
        until(lambda: rows(provider, AlertTry)[0].state is TryState.ACCEPTED)
    assert len(hooks.to(two[0])) == 1


@pytest.mark.usefixtures("_of_imap")
def test_a_rule_for_a_component_takes_what_is_below_it_and_no_other(desk, hooks, alerting, two, provider):
    with alerting():
        desk.robot(Action.OPEN, slug="imap-1")
        until(lambda: settled(provider, 1))
        desk.robot(Action.OPEN, slug="sip", uid=UID.replace("a1e7", "a1e8"))
        desk.robot(Action.OPEN, slug="imap", uid=UID.replace("a1e7", "a1e9"), impact=Impact.DEGRADED)
        until(lambda: looked(provider))
    assert [alert.event_uid for alert in rows(provider, Alert)] == [UID]


@pytest.fixture
def _of_imap(settings) -> None:
    rule = AlertRule(name="night", rota="night", components=("imap",), least_severity=3, of=(AlertOf.INCIDENTS,))
    settings["alert"] = (rule,)


@pytest.mark.usefixtures("_calendar")
def test_a_calendar_of_duties_is_taken_in(desk, alerting, provider):
    desk.add("chloe")
    with alerting():
        until(lambda: rows(provider, Duty))
    [duty] = rows(provider, Duty)
    assert duty.account_uid == desk.uid("chloe")


@pytest.mark.usefixtures("_calendar")
def test_a_calendar_that_was_refused_is_taken_in_once_its_people_have_accounts(desk, provider, caplog):
    calendars = Calendars(provider.runtime)
    for _ in range(3):
        calendars.look()
        provider.clock.pass_time(601)
    assert caplog.messages.count("rota_not_imported") == 1
    desk.add("chloe")
    calendars.look()
    calendars.take_in()
    assert len(rows(provider, Duty)) == 1


@pytest.mark.usefixtures("_calendar")
def test_a_calendar_met_by_a_locked_database_is_taken_in_at_the_next_look(desk, provider):
    desk.add("chloe")
    flaky = Flaky(provider.sessions)
    flaky.away = 1
    calendars = Calendars(replace(provider.runtime, sessions=flaky))
    calendars.look()
    provider.clock.pass_time(61)
    calendars.look()
    flaky.away = 1
    with pytest.raises(OperationalError):
        calendars.take_in()
    calendars.take_in()
    assert len(rows(provider, Duty)) == 1


@pytest.mark.usefixtures("_calendar")
def test_a_calendar_is_read_while_somebody_writes(desk, provider):
    desk.add("chloe")
    calendars = Calendars(provider.runtime)
    with writing(provider.sessions) as session:
        line_up(session)
        calendars.look()
    calendars.take_in()
    assert len(rows(provider, Duty)) == 1


def test_the_duties_of_a_calendar_are_written_in_slices(desk, provider, monkeypatch):
    monkeypatch.setattr(calendars_module, "SLICE", 2)
    desk.add("chloe")
    days = [provider.now + timedelta(days=n) for n in range(6)]
    spans = [Span(desk.uid("chloe"), at, until_at) for at, until_at in pairwise(days)]
    assert bring_in(provider.runtime, Read("night", spans, "duties.ics")) == (0, 5)
    assert bring_in(provider.runtime, Read("night", spans[1:], "duties.ics")) == (1, 0)
    with provider.sessions() as session:
        told = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "duty.imported").order_by(AuditEntry.n))
        assert [(row.after["new"], row.after["gone"]) for row in told] == [(2, 0), (2, 0), (1, 0), (0, 1)]


@pytest.mark.usefixtures("_calendar")
def test_a_calendar_that_takes_long_to_read_delays_no_alert(desk, hooks, alerting, tmp_path):
    desk.add("lea", Role.LEAD)
    (tmp_path / "duties.ics").unlink()
    os.mkfifo(tmp_path / "duties.ics")
    with alerting(), (tmp_path / "duties.ics").open("wb"):  # it is open there too, and waits for what comes
        desk.robot(Action.OPEN)
        until(lambda: hooks.taken, 5)


@pytest.fixture
def _calendar(settings, tmp_path) -> None:
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Chloe\r\n"
        "DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20990101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (tmp_path / "duties.ics").write_text(text)
    settings["rota"] = (RotaEntry(name="night", ical=str(tmp_path / "duties.ics")),)
