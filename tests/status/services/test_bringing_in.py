"""Subscribers from a file, on both engines: added whole, known ones left alone, ended ones left out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.domain.subscriptions import FollowKind, MessageState, Pace, SubscriptionState
from status.models import Customer, Message, Subscription
from status.queries.subscribers import Sought, all_subscribers
from status.services import bringing_in, subscribing
from status.services.bringing_in import ASKED, SAID_YES, BroughtIn, Consent
from status.services.subscriber_file import Wanted, known_here, read_subscribers, write_csv
from status.services.subscribing import Address, Wish
from tests.status.services.conftest import NOW
from tests.status.services.subscribers import ANNE, KEY, subscriber

CONSENT = Consent("form of 2024", NOW)
CHANNELS = {"email": lambda text: (text, text.rpartition("@")[2])}


def wanted(text: str, **more) -> Wanted:
    values = {
        "place": "line 2", "language": "fr", "wish": Wish(), "state": SubscriptionState.ACTIVE, "customer_uid": None,
        "confirmed_at": None, "consent": "", "secret": "", **more,
    }  # fmt: skip
    return Wanted(address=Address("email", text, text.rpartition("@")[2]), **values)


def no_secret(_one: Wanted) -> str:
    return ""


def test_a_slice_is_added_with_what_each_wished_and_how_he_said_yes(session):
    wish = Wish(frozenset({(FollowKind.COMPONENT, "2"), (FollowKind.DEPARTMENT, "59")}), pace=Pace.WEEKLY)
    said_at = NOW - timedelta(days=400)
    bringing_in.bring_in(
        session, KEY, [wanted(ANNE, wish=wish), wanted("ben@example.org", confirmed_at=said_at, consent="letter")],
        CONSENT, no_secret,
    )  # fmt: skip
    anne, ben = session.scalars(sa.select(Subscription).order_by(Subscription.id))
    assert (subscribing.follows_of(session, anne), anne.pace) == (wish.follows, Pace.WEEKLY)
    assert [(row.confirmed_at, row.consent) for row in (anne, ben)] == [(NOW, "form of 2024"), (said_at, "letter")]
    assert subscribing.follows_of(session, ben) == frozenset()


def test_known_ones_are_left_alone_and_ended_ones_left_out(session):
    subscriber(session, ANNE)
    subscribing.stop(session, subscriber(session, "ben@example.org"), NOW)
    new, count = bringing_in.sort_out(
        session, KEY, [wanted(ANNE.upper()), wanted("ben@example.org"), wanted("cleo@example.org")], SAID_YES
    )
    assert [one.address.text for one in new] == ["cleo@example.org"]
    assert count == BroughtIn(added=1, known=1, ended=1)


def test_who_is_asked_waits_for_his_yes_and_is_asked_once(session):
    bringing_in.ask_all(session, KEY, [wanted(ANNE)], "Exemple", NOW, no_secret)
    assert bringing_in.sort_out(session, KEY, [wanted(ANNE)], ASKED)[1] == BroughtIn(known=1)
    assert bringing_in.sort_out(session, KEY, [wanted(ANNE)], SAID_YES)[1] == BroughtIn(added=1)
    assert [row.state for row in session.scalars(sa.select(Message))] == [MessageState.WAITING]


@pytest.mark.parametrize("columns", [("channel", "address", "components", "departments", "pace", "consent")])
def test_what_is_written_is_read_again(session, columns):
    wish = Wish(frozenset({(FollowKind.COMPONENT, "2"), (FollowKind.DEPARTMENT, "59")}), pace=Pace.DAILY)
    subscriber(session, wish=wish, consent='said "yes", at length')
    text = "".join(write_csv((each.cells() for each in all_subscribers(session, Sought())), columns))
    read = read_subscribers(text.encode(), known_here(session, CHANNELS, ("fr", "en")))
    assert read.faults == ()
    [one] = read.wanted
    assert (one.address.text, one.wish, one.consent) == (ANNE, wish, 'said "yes", at length')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("channel,address\nemail,anne@b.example\nemail,Anne@B.example\n", "this address stands at line 2 already"),
        ("[" * 100_000, "it can't be read as JSON"),
        (json.dumps([{"channel": "email", "address": ANNE, "options": "[" * 100_000}]), "expected a JSON object"),
    ],
)
def test_what_can_t_be_taken_in_is_said(session, text, message):
    found = read_subscribers(text.encode(), known_here(session, CHANNELS, ("fr", "en")))
    assert [message in fault.message for fault in found.faults] == [True]


def test_nobody_is_brought_in_for_a_customer_who_was_retired(session):
    for ref, retired_at in (("C1", None), ("C2", NOW)):
        session.add(Customer(uid=ref, external_ref=ref, name=ref, language="fr", retired_at=retired_at))
    session.flush()
    text = "channel,address,customer\nemail,anne@b.example,C1\nemail,ben@b.example,C2\n"
    found = read_subscribers(text.encode(), known_here(session, CHANNELS, ("fr", "en")))
    assert [fault.message for fault in found.faults] == ["customer: 'C2' is not known here, or retired"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (r'{"a": "\ud800"}', "halves of characters"), (r'{"\ud800": 1}', "halves of characters"),
        ('{"a": NaN}', "NaN"), ('{"a": [-Infinity]}', "NaN"), ('{"a": 1e999}', "NaN"), (r'{"a": "\u0000"}', "NUL"),
        ('{"into": "018f0000-0000-7000-8000-000000000001"}', "is a word of ours"),
    ],
)  # fmt: skip
def test_settings_that_no_answer_could_hold_are_refused(session, options, message):
    text = json.dumps([{"channel": "email", "address": ANNE, "options": options}])
    found = read_subscribers(text.encode(), known_here(session, CHANNELS, ("fr", "en")))
    assert [message in fault.message for fault in found.faults] == [True]


@pytest.mark.parametrize(
    ("secret", "is_taken"),
    [
        ("", True), ("whsec_" + "QUJD" * 11, True), ("whsec_", False), ("whsec_YQ==", False), ("secret", False),
        (f"whsec_{'A' * 21}", False), (f"whsec_{'A' * 22}==", True), (f"whsec_{'A' * 20} AA==", False),
        (f"{'A' * 22}==", False),
    ],
)  # fmt: skip
def test_a_secret_that_could_not_sign_is_refused(session, secret, is_taken):
    text = json.dumps([{"channel": "email", "address": ANNE, "secret": secret}])
    found = read_subscribers(text.encode(), known_here(session, CHANNELS, ("fr", "en"), signing=("email",)))
    assert ["base64 of 16 bytes" in fault.message for fault in found.faults] == ([] if is_taken else [True])
