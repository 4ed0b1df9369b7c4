"""The form's channels, and the page of a program's own: log, test, secret; with a hostile eye."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

from probes.types import Secret
from status.app import create_app
from status.config.model import SMS, Mail, Relay
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import TOKEN_CHANNELS, MessageState, SubscriptionState
from status.models import Component, Follow, Message, Subscription, SubscriptionAsk
from status.notifiers.email import mailbox_of
from status.notifiers.registry import channels
from status.services import subscribing
from status.services.sealing import KEY_FILE, opened
from status.web.subscriptions.asking import client_of
from status.web.subscriptions.offered import ORDER, _words
from tests.status.web.days import one_incident

HOOK = "https://example.org/hook"
GATEWAY = SMS(
    url="https://sms.example.net/", fields={"to": "{to}", "text": "{text}"}, prefixes=("+33",), asks_per_hour=2,
    password=Secret("env:X"),
)  # fmt: skip


@pytest.fixture
def runtime(runtime):
    update = {
        "mail": Mail(address="status@example.net"),
        "relay": (Relay(name="sink", host="127.0.0.1"),),
        "sms": GATEWAY,
    }
    return replace(runtime, settings=runtime.settings.model_copy(update=update))


@pytest.fixture
def client(runtime, fill) -> Client:
    fill(one_incident)
    return Client(create_app(runtime))


@pytest.fixture
def count(sessions):
    def read(table, *where) -> int:
        with sessions() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where))

    return read


@pytest.fixture
def own(client, runtime, sessions):
    """Subscribe a program, say yes, and give the address of its page."""

    def subscribe(channel: str = "webhook", address: str = HOOK, **more) -> str:
        assert client.post("/en/subscribe", data=wish(channel=channel, address=address, **more)).status_code == 200
        with sessions() as session:
            uid = session.scalars(sa.select(Subscription.uid).order_by(Subscription.id.desc())).first()
        page = f"/s/{make_token(subscribing.key_of(runtime.places.data), uid)}"
        with sessions.begin() as session:
            session.execute(sa.update(Message).values(state=MessageState.SENT, answered=200))
        return client.post(f"{page}/confirm").headers["Location"]

    return subscribe


def wish(**more) -> dict[str, object]:
    return {
        "address": "anne@example.org", "channel": "email", "what": "all", "type": ["incident", "maintenance"],
        "impact": "0", "pace": "at-once", "digest_at": "08:00", "weekday": "0", **more,
    }  # fmt: skip


def offered(page: str) -> list[str]:
    return re.findall(r'name="channel" value="(\w+)"', page)


def test_every_public_channel_has_its_words_and_its_place(runtime):
    public = {name for name, channel in channels().items() if channel.is_public}
    with create_app(runtime).test_request_context("/fr/subscribe"):
        assert public == set(ORDER) == set(_words(runtime.settings))
    assert set(channels()) >= TOKEN_CHANNELS


def test_where_mail_may_be_what_is_down_another_way_is_offered_first(client):
    about_mail = client.get("/en/subscribe?component=webmail").text
    assert offered(about_mail) == ["sms", "ntfy", "slack", "teams", "webhook", "email"]
    assert "when it is down, a mail about it may not reach you" in about_mail
    assert offered(client.get("/fr/subscribe").text)[-1] == "email"
    about_telephony = client.get("/en/subscribe?component=sip").text
    assert (offered(about_telephony)[0], "may not reach you" in about_telephony) == ("email", False)


def test_only_what_works_here_is_offered(runtime, client):
    bare = runtime.settings.model_copy(update={"mail": Mail(), "sms": SMS()})
    other = Client(create_app(replace(runtime, settings=bare)))
    assert offered(other.get("/en/subscribe").text) == ["ntfy", "slack", "teams", "webhook"]
    assert "may not reach you" not in other.get("/en/subscribe?component=webmail").text
    for name in ("email", "sms", "apprise", "registry", "types", ""):
        assert other.post("/en/subscribe", data=wish(channel=name)).status_code == 422


@pytest.mark.parametrize(("channel", "address", "kept"), [
    ("sms", "06 12 34 56 78", None), ("sms", "+33 6 12 34 56 78", "+33612345678"),
    ("slack", "https://hooks.slack.com/services/T/B/x", "https://hooks.slack.com/services/T/B/x"),
    ("teams", "https://x.logic.azure.com:443/workflows/1?sig=a", "https://x.logic.azure.com/workflows/1?sig=a"),
    ("ntfy", "https://ntfy.sh/my-topic", "https://ntfy.sh/my-topic"), ("webhook", "https://10.0.0.1/", None),
    ("webhook", "http://example.org/", "http://example.org/"), ("webhook", "https://example.org:25/", None),
])  # fmt: skip
def test_an_address_is_kept_or_refused_by_its_channel(client, sessions, channel, address, kept):
    answer = client.post("/en/subscribe", data=wish(channel=channel, address=address))
    with sessions() as session:
        assert session.scalar(sa.select(Subscription.address)) == kept
    assert answer.status_code == (422 if kept is None else 200)
    assert (f'value="{address}"' in answer.text) is (kept is None)


def test_the_newest_token_of_a_topic_is_the_one_that_holds(client, own, runtime, sessions):
    first = own("ntfy", "https://ntfy.sh/t", token="tk_old")
    assert own("ntfy", "https://ntfy.sh/t", token="tk_new") == first
    with sessions() as session:
        kept = sa.select(Subscription.secret).where(Subscription.state == SubscriptionState.ACTIVE)
        assert opened(runtime.places.data, session.scalars(kept).one()) == "tk_new"
    assert "tk_new" not in client.get(first).text
    refused = client.post("/en/subscribe", data=wish(channel="ntfy", address="https://ntfy.sh/t", token="a\r\nX: y"))
    assert (refused.status_code, "no token" in refused.text) == (422, True)


def test_the_page_of_a_web_hook_shows_its_messages_and_sends_a_test(client, own, count, sessions):
    page = own()
    assert "answer 200" in client.get(page).text
    answer = client.post(f"{page}/test")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?done=test#log")
    shown = client.get(page).text
    assert "Exemple Télécom: a test" in shown
    assert "on its way" in shown
    assert client.post(f"{page}/test").status_code == 429
    assert count(Message) == 2


def test_tests_are_limited_by_the_hour(client, own, sessions):
    page, said = own(), []
    for _ in range(6):
        said.append(client.post(f"{page}/test").status_code)
        with sessions.begin() as session:
            session.execute(sa.update(Message).values(state=MessageState.SENT))
    assert said == [303] * 5 + [429]


def test_a_new_secret_is_shown_and_the_one_before_still_signs(client, own, runtime, sessions):
    page = own()
    old = secret_in(client.get(page).text)
    assert client.post(f"{page}/secret").status_code == 303
    assert secret_in(client.get(page).text) != old
    with sessions() as session:
        assert opened(runtime.places.data, session.scalar(sa.select(Subscription.former_secret))) == old


def test_a_secret_changed_twice_in_a_row_keeps_the_one_the_program_knows(client, own, runtime, sessions):
    page = own()
    old = secret_in(client.get(page).text)
    assert [client.post(f"{page}/secret").status_code for _ in range(2)] == [303, 303]
    with sessions() as session:
        assert opened(runtime.places.data, session.scalar(sa.select(Subscription.former_secret))) == old


def secret_in(page: str) -> str:
    return re.findall(r"<code>(whsec_[A-Za-z0-9+/]{43}=)</code>", page)[0]


def test_a_secret_that_can_t_be_read_is_said_and_can_be_replaced(client, own, runtime):
    page = own()
    token = page.rpartition("/")[2]
    key = subscribing.key_of(runtime.places.data)
    (runtime.places.data / KEY_FILE).unlink()
    subscribing.key_of(runtime.places.data)
    assert client.get(page).status_code == 404, "links of another key lead nowhere"
    assert token != make_token(key, "018f0000-0000-7000-8000-000000000001")


@pytest.mark.parametrize("end", ["test", "secret"])
def test_nobody_sends_a_test_or_changes_a_secret_without_the_link(client, own, count, end):
    page = own()
    messages = count(Message)
    assert client.post(f"/s/{'A' * 38}/{end}").status_code == 404
    assert client.get(f"{page}/{end}").status_code == 405
    client.post(f"{page}/stop")
    assert client.post(f"{page}/{end}").status_code == 409
    assert count(Message) == messages


def test_a_mail_address_has_neither_log_nor_test_nor_secret(client, own):
    page = own("email", "anne@example.org")
    assert "Send a test" not in client.get(page).text
    assert [client.post(f"{page}/{end}").status_code for end in ("test", "secret")] == [404, 404]
    assert client.post(f"{own('slack')}/secret").status_code == 404


def test_addresses_of_one_mailbox_are_asked_together_three_times_a_day(client, count):
    for address in (
        "anne@example.org",
        "a.n.ne@example.org",
        "anne+1@example.org",
        "ANNE@example.org",
        "Anne+x@EXAMPLE.org",
    ):
        assert client.post("/fr/subscribe", data=wish(address=address)).status_code == 200
    assert (count(SubscriptionAsk), count(Message)) == (3, 3)
    assert mailbox_of("A.b+c@example.org") == "ab@example.org"


def test_numbers_are_asked_no_more_than_is_paid_for(client, count):
    for n in range(5):
        client.post("/fr/subscribe", data=wish(channel="sms", address=f"+3361234567{n}"))
    assert count(Message, Message.channel == "sms") == 2


@pytest.mark.parametrize(("remote", "counted"), [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", ""),
])  # fmt: skip
def test_a_client_is_counted_by_its_address(remote, counted):
    assert client_of(remote) == counted


@pytest.fixture
def asked(client, statements):
    """Ask, and give the answer with how many statements it took."""

    def ask(address: str) -> tuple[int, bytes, int]:
        statements.clear()
        answer = client.post("/en/subscribe", data=wish(address=address))
        work = [each for each in statements if each.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}]
        return answer.status_code, answer.data.replace(address.encode(), b"-"), len(work)

    return ask


def test_who_is_known_is_answered_after_the_same_work_as_who_is_not(asked, own):
    own("email", "anne@example.org")
    assert asked("anne@example.org") == asked("nobody@example.org")


def test_past_a_limit_the_same_is_said_after_the_same_work(asked, count):
    seen = [asked("anne@example.org") for _ in range(5)]
    assert count(SubscriptionAsk) == 3
    assert {(status, page) for status, page, _ in seen} == {seen[0][:2]}
    assert abs(seen[2][2] - seen[3][2]) <= 1, "one row more of those that count"


HOSTILE = ['"><script>alert(1)</script>', "{{7*7}}%(x)s", "\u202ea\x00b", "'; DROP TABLE subscription; --", "é" * 3_000,
           "\r\nSet-Cookie: a=b"]  # fmt: skip
FIELDS = ["address", "channel", "token", "what", "component", "departments", "exchanges", "resources", "event", "type",
          "impact", "pace", "digest_at", "weekday", "quiet_from", "quiet_to", "per_hour"]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_stands_in_a_field_breaks_nothing_and_comes_back_as_text(client, field):
    usual = {"what": "some", "component": ["sip"], "quiet_to": "07:00"}
    answers = [client.post("/en/subscribe", data=wish(**{**usual, field: text})) for text in HOSTILE]
    assert {answer.status_code for answer in answers} <= {200, 422}
    assert not any("<script>alert" in answer.text or "Set-Cookie" in answer.headers for answer in answers)


def test_the_name_of_a_component_is_text_on_the_form(client, sessions):
    with sessions.begin() as session:
        session.execute(sa.update(Component).values(name={"en": "<b onload=x>&\"'", "fr": "x"}))
    page = client.get("/en/subscribe").text
    assert "<b onload" not in page
    assert "&lt;b onload=x&gt;&amp;" in page


def test_only_events_the_public_knows_are_followed(client, count):
    for unknown in ("x" * 500, "018f0000-0000-7000-8000-00000000dead", "é", "\x00", "99"):
        asked_for = wish(what="some", component=["sip"], event=[unknown])
        assert client.post("/en/subscribe", data=asked_for).status_code == 422
    assert count(Follow) == 0
    assert client.post("/en/subscribe", data=wish(what="some", event=[f"{n}" for n in range(900)])).status_code == 422


def test_a_local_part_that_no_server_takes_is_refused(client, count):
    for address in (
        "é@example.org",
        "a\u200bb@example.org",
        "anne@xn--.org",
        "anne@-x.org",
        '"a b"@example.org',
        "a@b",
        ".@.",
    ):
        client.post("/en/subscribe", data=wish(address=address))
    assert count(Subscription, Subscription.state == SubscriptionState.UNCONFIRMED) == 0
