"""Asking to be told, saying yes, changing and stopping, in the browser."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

from status.app import create_app
from status.clock import utc
from status.config.model import Mail, Relay
from status.domain.states import PlaceKind
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import FollowKind, Pace, SubscriptionState
from status.models import Component, EndedAddress, Event, Message, Subscription
from status.models.engine import writing
from status.services import subscribing
from status.services.changing import line_up
from status.services.places import know
from tests.status.web.days import one_incident

ADDRESS = "anne@example.org"


@pytest.fixture
def runtime(runtime):
    settings = runtime.settings.model_copy(
        update={"mail": Mail(address="status@example.net"), "relay": (Relay(name="sink", host="127.0.0.1"),)}
    )
    return replace(runtime, settings=settings)


@pytest.fixture
def client(runtime, fill) -> Client:
    fill(one_incident)
    return Client(create_app(runtime))


@pytest.fixture
def all_rows(sessions):
    def read() -> list[Subscription]:
        with sessions() as session:
            return list(session.scalars(sa.select(Subscription).order_by(Subscription.id)))

    return read


def wish(**more) -> dict[str, object]:
    return {
        "address": ADDRESS, "channel": "email", "what": "all", "type": ["incident", "maintenance"], "impact": "0",
        "pace": "at-once", "digest_at": "08:00", "weekday": "0", **more,
    }  # fmt: skip


def link(runtime, row: Subscription) -> str:
    return f"/s/{make_token(subscribing.key_of(runtime.places.data), row.uid)}"


def test_the_form_says_everything_in_both_languages(client):
    assert "Être informé" in client.get("/fr/subscribe").text
    assert "Be told" in client.get("/en/subscribe").text
    assert 'value="sip" checked' in client.get("/fr/subscribe?component=sip").text


def test_the_way_from_asking_to_stopping(client, runtime, all_rows, sessions):
    answer = client.post("/en/subscribe", data=wish(what="some", component=["sip"], departments="59, 2A"))
    assert (answer.status_code, ADDRESS in answer.text) == (200, True)
    [row] = all_rows()
    assert row.state is SubscriptionState.UNCONFIRMED
    own = link(runtime, row)
    assert client.get(f"{own}/confirm").status_code == 200
    assert all_rows()[0].state is SubscriptionState.UNCONFIRMED
    assert client.post(f"{own}/confirm").headers["Location"] == own
    page = client.get(own)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert 'value="2A, 59"' in page.text
    saved = client.post(own, data=wish(what="all", pace="weekly", weekday="4", quiet_from="22:00", quiet_to="07:00"))
    assert saved.status_code == 303
    with sessions() as session:
        [row] = session.scalars(sa.select(Subscription))
        assert subscribing.follows_of(session, row) == frozenset()
        assert (row.pace, row.digest_weekday, row.quiet_from, row.quiet_to) == (Pace.WEEKLY, 4, 1320, 420)
    stopped = client.post(f"{own}/stop", data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    [row] = all_rows()
    assert (row.state, row.address) == (SubscriptionState.STOPPED, "")
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EndedAddress)) == 1
    assert "any more" in client.get(own).text


def test_the_answer_is_the_same_for_an_address_that_is_known(client, runtime, all_rows):
    first = client.post("/en/subscribe", data=wish())
    client.post(f"{link(runtime, all_rows()[0])}/confirm")
    second = client.post("/en/subscribe", data=wish())
    assert (second.status_code, second.data) == (first.status_code, first.data)


def test_a_strangers_asking_changes_no_link_that_was_sent(client, runtime, all_rows):
    client.post("/en/subscribe", data=wish(what="some", component=["sip"], departments="59"))
    client.post("/en/subscribe", data=wish(pace="weekly", type=["upgrade"]))
    first, second = (client.get(f"{link(runtime, row)}/confirm").text for row in all_rows())
    assert ["<li>SIP calls" in first, "<li>Departments: 59" in first] == [True, True]
    assert ["<li>Everything" in second, "Only: Upgrades" in second, "every week" in second] == [True, True, True]
    client.post(f"{link(runtime, all_rows()[0])}/confirm")
    assert [row.pace for row in all_rows()] == [Pace.AT_ONCE, Pace.WEEKLY]


def test_an_address_has_one_subscription_and_its_old_link_stays_good(client, runtime, all_rows, sessions):
    client.post("/en/subscribe", data=wish())
    first = link(runtime, all_rows()[0])
    client.post(f"{first}/confirm")
    client.post("/en/subscribe", data=wish(pace="daily", what="some", component=["sip"]))
    second = link(runtime, all_rows()[1])
    assert client.post(f"{second}/confirm").headers["Location"] == first
    [row] = [each for each in all_rows() if each.state is not SubscriptionState.STOPPED]
    assert (row.state, row.pace) == (SubscriptionState.ACTIVE, Pace.DAILY)
    with sessions() as session:
        assert [kind for kind, _ in subscribing.follows_of(session, row)] == [FollowKind.COMPONENT]
    assert client.get(first).status_code == 200


def test_the_links_of_a_second_asking_stay_good(client, runtime, all_rows):
    client.post("/en/subscribe", data=wish())
    first = link(runtime, all_rows()[0])
    client.post(f"{first}/confirm")
    client.post("/en/subscribe", data=wish(pace="daily"))
    second = link(runtime, all_rows()[1])
    for _ in range(2):  # twice, as whoever presses the button twice does
        assert client.post(f"{second}/confirm").headers["Location"] == first
    assert "every day" in client.get(second).text
    assert [row.address for row in all_rows()] == [ADDRESS, ""]
    assert client.post(f"{second}/stop", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert {row.state for row in all_rows()} == {SubscriptionState.STOPPED}


def test_a_web_hook_is_given_a_secret_to_check_signatures_by(client, runtime, all_rows):
    client.post("/en/subscribe", data=wish(channel="webhook", address="https://example.org/hook"))
    own = link(runtime, all_rows()[0])
    client.post(f"{own}/confirm")
    [secret] = re.findall(r"<code>(whsec_[A-Za-z0-9+/]{43}=)</code>", client.get(own).text)
    assert secret not in all_rows()[0].secret


def test_an_address_is_asked_three_times_a_day_and_a_client_ten_an_hour(client, sessions):
    for _ in range(5):
        assert client.post("/fr/subscribe", data=wish()).status_code == 200
    with sessions() as session:
        asked = session.scalar(sa.select(sa.func.count()).select_from(subscribing.SubscriptionAsk))
    assert asked == 3
    for n in range(12):
        assert client.post("/fr/subscribe", data=wish(address=f"x{n}@example.org")).status_code == 200
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1 + 7


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"address": "anne"}, "no address"),
        ({"address": "anne@example.org\r\nBcc: all@example.org"}, "no address"),
        ({"channel": "pigeon"}, "not offered"),
        ({"what": "some"}, "at least one thing"),
        ({"type": []}, "at least one of"),
        ({"what": "some", "component": ["nowhere"]}, "not there any more"),
        ({"what": "some", "departments": "0x"}, "Write their numbers"),
        ({"quiet_from": "25:00", "quiet_to": "07:00"}, "not as expected"),
        ({"quiet_from": "25:00"}, "give both, or neither"),
        ({"impact": "0" * 6 + "9999999"}, "not as expected"),
        ({"impact": "0" * 5_000}, "not as expected"),
        ({"weekday": "0" * 5_000}, "not as expected"),
        ({"per_hour": "0" * 5_000 + "1"}, "not as expected"),
        ({"what": "some", "departments": " ".join(map(str, range(501)))}, "at most 500"),
        ({"channel": "webhook", "address": "ftp://example.org/x"}, "no address"),
        ({"channel": "webhook", "address": "https://anne:secret@example.org/x"}, "no address"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(client, all_rows, values, words):
    answer = client.post("/en/subscribe", data=wish(**values))
    assert (answer.status_code, words in answer.text) == (422, True)
    assert all_rows() == []
    if "quiet_from" in values:
        assert 'value="25:00"' in answer.text


def test_an_internal_component_can_be_followed_by_nobody(client, sessions, all_rows):
    with sessions() as session:
        hidden = session.scalars(sa.select(Component.slug).where(Component.visibility != "public")).all()
    for slug in hidden:
        assert slug not in client.get("/fr/subscribe").text
        assert client.post("/fr/subscribe", data=wish(what="some", component=[slug])).status_code == 422
    assert all_rows() == []


@pytest.mark.parametrize("token", ["x", "A" * 38, "../etc", "é" * 38])
def test_a_token_that_is_not_ours_leads_nowhere(client, token):
    for end in ("", "/confirm", "/stop"):
        assert client.get(f"/s/{token}{end}").status_code == 404
        assert client.post(f"/s/{token}{end}").status_code == 404


def test_a_long_form_is_refused(client):
    answer = client.post("/fr/subscribe", data=wish(exchanges="x" * 200_000))
    assert (answer.status_code, "Rien n’a été modifié" in answer.text) == (413, True)


def test_a_method_a_page_does_not_know_is_answered_in_its_words(client):
    answer = client.put("/en/subscribe")
    assert (answer.status_code, "Nothing was changed" in answer.text) == (405, True)
    assert "POST" in answer.headers["Allow"]


def test_a_link_runs_out_after_48_hours(client, runtime, all_rows, sessions):
    client.post("/en/subscribe", data=wish())
    with sessions() as session:
        row = session.scalars(sa.select(Subscription)).one()
        row.created_at = row.created_at.replace(year=row.created_at.year - 1)
        session.commit()
    answer = client.post(f"{link(runtime, all_rows()[0])}/confirm")
    assert (answer.status_code, "48 hours" in answer.text) == (410, True)


def test_the_token_of_one_opens_no_other(runtime):
    key = subscribing.key_of(runtime.places.data)
    one, other = "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"
    assert len({make_token(key, uid) for uid in (one, other)}) == 2
    assert re.fullmatch(r"[A-Za-z0-9_-]{38}", make_token(key, one))


def test_one_event_is_followed_from_its_page_until_it_is_over(client, all_rows, sessions, runtime):
    page = client.get("/fr/travaux/1203").text
    assert 'href="/fr/subscribe?event=1203">Suivre cet événement</a>' in page
    assert "subscribe?event" not in client.get("/fr/travaux/1201").text
    assert 'name="event" value="1203" checked> FS#1203' in client.get("/fr/subscribe?event=1203").text
    assert client.post("/fr/subscribe", data=wish(what="some", event=["1203"])).status_code == 200
    with sessions() as session:
        [(kind, uid)] = subscribing.follows_of(session, all_rows()[0])
        assert (kind, uid) == (FollowKind.EVENT, session.scalar(sa.select(Event.uid).where(Event.n == 1203)))
    own = link(runtime, all_rows()[0])
    client.post(f"{own}/confirm")
    assert 'value="1203" checked' in client.get(own).text


@pytest.mark.parametrize("event", ["9999", "x", "018f0000-0000-7000-8000-000000000001", "9" * 500, "\u0663", ""])
def test_an_event_that_is_not_public_is_followed_by_nobody(client, all_rows, event):
    assert client.get("/fr/subscribe", query_string={"event": event}).status_code == 200
    assert client.post("/fr/subscribe", data=wish(what="some", event=[event])).status_code == 422
    assert all_rows() == []


@pytest.mark.parametrize(("query", "shown"), [("exchange=LIL59", "LIL59"), ("resource=rack-9", "rack-9")])
def test_a_place_stands_in_the_form_already(client, query, shown):
    assert f'value="{shown}"' in client.get(f"/fr/subscribe?{query}").text


def test_a_page_of_ones_own_is_no_entry_of_the_menu_and_has_no_other_language(client, runtime, all_rows):
    client.post("/en/subscribe", data=wish())
    own = link(runtime, all_rows()[0])
    pages = [client.get(f"{own}/confirm").text, client.post(f"{own}/confirm", follow_redirects=True).text]
    pages += [client.get(f"{own}/stop").text, client.post(f"{own}/stop").text]
    assert [("aria-current" in page, 'class="langs"' in page) for page in pages] == [(False, False)] * 4
    form = client.get("/en/subscribe").text
    assert form.count("aria-current") == 2


@pytest.mark.parametrize(("asked", "kept"), [("fr", "fr"), ("en", "en"), ("xx", "en"), ("", "en")])
def test_the_language_of_messages_is_changed_on_the_page_of_ones_own(client, runtime, all_rows, asked, kept):
    client.post("/en/subscribe", data=wish())
    own = link(runtime, all_rows()[0])
    client.post(f"{own}/confirm")
    assert client.post(own, data=wish(language=asked)).status_code == 303
    assert all_rows()[0].language == kept
    assert {"fr": "Ce dont vous êtes informé", "en": "What you are told"}[kept] in client.get(own).text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"address": "anne"}, "address"), ({"what": "some", "departments": "0x"}, "departments"),
        ({"what": "some", "exchanges": "nowhere"}, "exchanges"), ({"per_hour": "0"}, "per_hour"),
        ({"quiet_from": "25:00", "quiet_to": "07:00"}, "quiet_from"), ({"type": []}, None),
    ],
)  # fmt: skip
def test_the_field_that_is_wrong_is_marked_and_leads_to_the_reason(client, values, field):
    page = client.post("/en/subscribe", data=wish(**values)).text
    marked = re.findall(r'name="(\w+)" aria-invalid="true" aria-describedby="refused"', page)
    assert (marked, page.count('id="refused"')) == ([field] if field else [], 1)


def test_an_exchange_is_written_as_people_write_it(client, runtime, all_rows, sessions):
    with sessions.begin() as session:
        know(session, PlaceKind.EXCHANGE, ["LIL59"])
    asked = wish(what="some", exchanges="lil59")
    assert client.post("/en/subscribe", data=asked).status_code == 200
    own = link(runtime, all_rows()[0])
    client.post(f"{own}/confirm")
    assert 'name="exchanges" maxlength="2000" value="LIL59"' in client.get(own).text
    assert client.post(own, data=wish(what="some", exchanges="LIL59")).status_code == 303


def test_who_asks_twice_at_once_has_asked_once(client, runtime, sessions, all_rows):
    key, address = subscribing.key_of(runtime.places.data), subscribing.Address("email", ADDRESS, "example.org")
    with writing(sessions) as session:
        line_up(session)
        subscribing.subscribe(session, key, address, subscribing.Wish(), "fr", utc(runtime.clock().wall))
        same = wish(type=["incident", "maintenance", "upgrade"])
        other = threading.Thread(target=client.post, args=("/fr/subscribe",), kwargs={"data": same})
        other.start()
        other.join(0.5)
    other.join(20)
    assert [row.address for row in all_rows()] == [ADDRESS]
