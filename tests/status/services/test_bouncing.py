"""Mails that came back: believed when they name a message sent to that address, counted once, the third pauses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from status.domain.states import Impact
from status.domain.subscriptions import MessageState, SubscriptionState
from status.models import Delivery
from status.services import actors, bouncing, incidents, subscribing
from status.services.bouncing import Counted, Report
from status.services.receiving import Door, Outcome, Received, look_at, receive
from status.services.reply_addresses import Mailbox
from tests.status.services.conftest import NOW
from tests.status.services.subscribers import ANNE, message, subscriber

MAILS = Path(__file__).parent / "returned"
DOOR = Door(Mailbox("travaux@example.net", b"k" * 32), 1_000_000, ("fr", "en"))


def dsn(sent, name: str = "postfix", address: str = ANNE, code: str = "5.1.1", key: str | None = None) -> bytes:
    raw = (MAILS / f"{name}.eml").read_text()
    return raw.replace("ANNE", address).replace("CODE", code).replace("KEY", key or sent.uid).encode()


def take(session, raw: bytes) -> Received:
    found = look_at(raw, DOOR)
    return found if isinstance(found, Received) else receive(session, found, NOW, DOOR)


def report(sent, said: str = "5.1.1", address: str = ANNE) -> Report:
    return Report(f"<{sent.uid}@example.net>", address, said)


@pytest.mark.parametrize("name", ["postfix", "headers_only"])
def test_a_report_of_a_mail_server_counts(session, name):
    anne = subscriber(session)
    sent = message(session, anne)
    assert take(session, dsn(sent, name)).outcome is Outcome.COUNTED
    assert (anne.hard_bounces, sent.bounced_at, sent.error) == (1, NOW, "came back: 5.1.1")


def test_the_third_in_a_row_pauses_the_address_whatever_order_they_come_in(session):
    anne = subscriber(session)
    sent = [message(session, anne, n=n) for n in range(5)]
    for each in (sent[3], sent[1], sent[2]):
        assert anne.state is SubscriptionState.ACTIVE
        take(session, dsn(each))
    assert (anne.state, anne.ended_at, anne.hard_bounces) == (SubscriptionState.PAUSED, NOW, 3)


def test_a_mail_that_arrived_in_between_ends_the_row(session):
    anne = subscriber(session)
    sent = [message(session, anne, n=n) for n in range(5)]
    for each in (sent[0], sent[1], sent[3], sent[4]):
        take(session, dsn(each))
    assert (anne.state, anne.hard_bounces) == (SubscriptionState.ACTIVE, 2)


def test_one_message_counts_once(session):
    anne = subscriber(session)
    sent = message(session, anne)
    counted = [bouncing.count(session, report(sent), NOW).counted for _ in range(4)]
    assert counted == [Counted.HARD, *[Counted.KNOWN] * 3]
    assert anne.hard_bounces == 1


@pytest.mark.parametrize("code", ["4.2.2", "5.2.2", "5.7.1", "4.4.7"])
def test_a_full_mailbox_or_a_policy_pauses_nobody(session, code):
    anne = subscriber(session)
    for n in range(4):
        assert take(session, dsn(message(session, anne, n=n), code=code)).why == "soft"
    assert (anne.state, anne.hard_bounces) == (SubscriptionState.ACTIVE, 0)


def test_a_delay_is_no_bounce(session):
    sent = message(session, subscriber(session))
    raw = dsn(sent).replace(b"Action: failed", b"Action: delayed")
    assert take(session, raw).outcome is Outcome.BOUNCE
    assert sent.error == ""


@pytest.mark.parametrize(
    "forged",
    [{"address": "ben@example.org"}, {"key": "018f0000-0000-7000-8000-000000000001"}, {"key": "1"}, {"address": ""},
     {"key": "' OR 1=1 --"}, {"address": f"{ANNE}, ben@example.org"}],
)  # fmt: skip
def test_a_forged_report_is_left_alone_and_logged_once(session, caplog, forged):
    anne = subscriber(session)
    sent = message(session, anne)
    assert take(session, dsn(sent, **forged)).outcome is Outcome.BOUNCE
    assert (anne.hard_bounces, sent.bounced_at) == (0, None)
    assert [record.message for record in caplog.records] == ["mail_dropped"]


def test_letters_case_is_no_difference_and_the_address_as_we_wrote_it_comes_first(session):
    anne = subscriber(session)
    sent = message(session, anne)
    raw = dsn(sent, address="ANNE@EXAMPLE.ORG").replace(b"Final-Recipient: rfc822; ANNE@", b"Final-Recipient: x; x@")
    assert take(session, raw).outcome is Outcome.COUNTED


def test_an_address_that_is_told_again_begins_anew(session):
    anne = subscriber(session)
    for n in range(3):
        take(session, dsn(message(session, anne, n=n)))
    subscribing.resume(anne, NOW + timedelta(minutes=30))
    take(session, dsn(message(session, anne, n=60)))
    assert (anne.state, anne.hard_bounces) == (SubscriptionState.ACTIVE, 1)


def test_a_stopped_address_is_known_to_nobody(session):
    anne = subscriber(session)
    sent = message(session, anne)
    subscribing.stop(session, anne, NOW)
    assert bouncing.count(session, report(sent), NOW).counted is Counted.UNKNOWN


def test_messages_that_were_given_up_say_nothing_of_the_address(session):
    anne = subscriber(session)
    first, dead, last = (message(session, anne, n=n) for n in range(3))
    dead.state = MessageState.DEAD
    take(session, dsn(first))
    take(session, dsn(last))
    assert anne.hard_bounces == 2


def test_hostile_reports_never_raise(session):
    sent = message(session, subscriber(session))
    good = dsn(sent)
    for at in range(0, len(good), 37):
        look_at(good[:at] + b"\x00\xff--b1" + good[at + 20 :], DOOR)


def test_what_waited_for_an_address_goes_when_it_is_paused(session):
    anne = subscriber(session)
    opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": "Panne"})
    event = incidents.open_incident(session, opening, actors.cli_user(session, "bob"), NOW)
    values = {"channel": "email", "event_uid": event.uid, "upto_k": 1, "due_at": NOW, "created_at": NOW}
    session.add(Delivery(subscription_id=anne.id, message_id=None, **values))
    for n in range(3):
        assert session.query(Delivery).count() == 1
        take(session, dsn(message(session, anne, n=n)))
    assert session.query(Delivery).count() == 0
