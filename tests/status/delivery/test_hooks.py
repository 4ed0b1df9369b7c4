"""Web-hooks and rooms from the post to the answer: signed, logged, tried, asked first, given up when they are gone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.domain.subscriptions import MessageState, SubscriptionState
from status.models import Message, Subscription
from status.models.engine import writing
from status.notifiers.registry import channels
from status.queries.own_messages import last_messages
from status.services import hooking, subscribing
from status.services.sealing import KEY_FILE, opened, seal
from tests.servers import http
from tests.servers.loopback import TCPServer, hang
from tests.status.delivery.sink import until
from tests.status.delivery.test_telling import settled
from tests.status.notifiers import vendors
from tests.status.notifiers.vendors import Vendor

DOCUMENT = Path(__file__).parents[3] / "docs" / "subscriptions.md"
KINDS = {"webhook": ("/hook", vendors.anything), "slack": ("/services/x", vendors.slack), "ntfy": ("/t", vendors.ntfy),
         "teams": ("/workflows/x", vendors.teams)}  # fmt: skip


@pytest.fixture
def is_ours():
    """Give the very lines of the document that verify a signature."""
    [lines] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(lines.splitlines()) <= 10
    known: dict[str, object] = {}
    exec(compile(lines, str(DOCUMENT), "exec"), known)
    return known["is_ours"]


@pytest.fixture
def hook() -> Iterator[Vendor]:
    with Vendor(vendors.anything) as stub:
        yield stub


@pytest.fixture
def subscriber(provider, readers, hook):
    """Subscribe the web-hook; gives the uid and the secret of its signature."""
    data, secret = provider.runtime.places.data, subscribing.new_secret()
    return readers.add(f"{hook.url}/hook", channel="webhook", secret=seal(data, secret, provider.now)), secret


def row_of(session, uid: str) -> Subscription:
    return session.scalars(sa.select(Subscription).where(Subscription.uid == uid)).one()


def log(provider, uid: str):
    with provider.sessions() as session:
        return last_messages(session, row_of(session, uid).id, 30)


def headers_and_body(taken) -> tuple[dict[str, str], bytes]:
    _, headers, body = taken
    return {name.lower(): value for name, value in headers.items()}, body


def test_a_message_is_verified_by_the_lines_of_the_document(provider, delivering, hook, subscriber, is_ours):
    uid, secret = subscriber
    with delivering():
        provider.open(fr="Les messages arrivent en retard.")
        until(lambda: settled(provider))
    [(headers, body)] = map(headers_and_body, hook.taken)
    assert is_ours(secret, headers, body)
    assert not is_ours(secret, headers, body + b" ")
    assert not is_ours(subscribing.new_secret(), headers, body)
    assert not is_ours(secret, {**headers, "webhook-timestamp": str(int(time.time()) - 301)}, body)
    [sent] = log(provider, uid)
    assert (sent.state, sent.tries, sent.answered, sent.next_try_at) == (MessageState.SENT, 1, 200, None)
    assert sent.uid == headers["webhook-id"] == json.loads(body)["id"]


def test_a_secret_that_was_changed_signs_beside_the_new_one_for_a_day(provider, delivering, hook, subscriber, is_ours):
    uid, old = subscriber
    data = provider.runtime.places.data
    with writing(provider.sessions) as session:
        hooking.change_secret(session, row_of(session, uid), data, provider.now)
        new = opened(data, row_of(session, uid).secret)
    with delivering():
        event = provider.open(fr="Un.")
        until(lambda: settled(provider))
        provider.clock.pass_time(25 * 3_600)
        provider.write(event, fr="Deux.")
        until(lambda: settled(provider))
    first, second = map(headers_and_body, hook.taken)
    assert [is_ours(secret, *first) for secret in (old, new)] == [True, True]
    assert [is_ours(secret, *second) for secret in (old, new)] == [False, True]


def test_a_test_is_signed_shown_and_tried_once(provider, delivering, hook, subscriber, is_ours):
    uid, secret = subscriber
    send_test(provider, uid)
    hook.answer = (503, {}, b"")
    with delivering():
        until(lambda: settled(provider))
        hook.answer = (200, {}, b"")
        provider.open(fr="Un.")
        until(lambda: settled(provider))
    news, test = log(provider, uid)
    assert (test.state, test.tries, test.answered) == (MessageState.DEAD, 1, 503)
    assert (news.state, news.answered) == (MessageState.SENT, 200)
    headers, body = headers_and_body(hook.taken[0])
    assert json.loads(body)["kind"] == "test"
    assert is_ours(secret, headers, body)


def send_test(provider, uid: str, per_hour: int = 5) -> None:
    with writing(provider.sessions) as session:
        hooking.send_test(session, row_of(session, uid), "Exemple", per_hour, provider.now)


def test_a_try_that_failed_is_logged_with_its_answer_and_when_the_next_one_is(provider, delivering, hook, subscriber):
    uid, _ = subscriber
    hook.answer = (500, {"Retry-After": "600"}, b"")
    with delivering():
        provider.open(fr="Un.")
        until(lambda: log(provider, uid) and log(provider, uid)[0].tries)
    [sent] = log(provider, uid)
    assert (sent.state, sent.tries, sent.answered) == (MessageState.WAITING, 1, 500)
    assert 590 < (sent.next_try_at - provider.now).total_seconds() <= 600


@pytest.mark.parametrize("head", [
    b"HTTP/1.1 99999999999999999999 No\r\n\r\n", b"HTTP/1.1 500 No\r\nHTTP/1.1 99999999999999999999 x: y\r\n\r\n",
])  # fmt: skip
def test_a_web_hook_that_answers_a_number_of_twenty_digits_keeps_nobody_from_being_told(
    head, provider, readers, delivering, sink
):
    with TCPServer(http.reply(head)) as server:
        ask(provider, readers, "webhook", f"http://127.0.0.1:{server.port}/hook")
        with delivering():
            until(lambda: message(provider).attempts)
            readers.add("anne@example.org")
            provider.open(fr="Un.")
            until(lambda: sink.mails)


def test_a_slow_host_keeps_no_other_waiting(provider, readers, delivering, hook):
    secret = seal(provider.runtime.places.data, subscribing.new_secret(), provider.now)
    with delivering(), TCPServer(hang, "127.0.0.2") as slow:
        for n in range(20):
            readers.add(f"http://127.0.0.2:{slow.port}/{n}", channel="webhook", secret=secret)
        readers.add(f"{hook.url}/hook", channel="webhook", secret=secret)
        provider.open(fr="Un.")
        until(lambda: hook.taken, 8)


@pytest.mark.parametrize("name", KINDS)
def test_each_is_asked_first_and_told_nothing_else_before_its_yes(name, provider, readers, delivering):
    path, check = KINDS[name]
    with Vendor(check) as stub:
        uid = ask(provider, readers, name, stub.url + path)
        with delivering():
            provider.open(fr="Un.")
            until(lambda: settled(provider))
        assert (len(stub.taken), stub.refused) == (1, [])
        assert f"/s/{readers.token(uid)}/confirm" in repr(stub.taken)


def ask(provider, readers, name: str, url: str) -> str:
    text, domain = channels()[name].canonical(url, provider.runtime.settings)
    data = provider.runtime.places.data
    secret = seal(data, subscribing.new_secret(), provider.now) if channels()[name].has_secret else ""
    with writing(provider.sessions) as session:
        address = subscribing.Address(name, text, domain)
        row = subscribing.subscribe(
            session, readers.key, address, subscribing.Wish(), "fr", provider.now, secret=secret
        )  # fmt: skip
        subscribing.ask(session, row, "Exemple", provider.now)
        return row.uid


def test_a_program_that_does_not_answer_the_asking_is_given_up_after_an_hour(provider, readers, delivering, hook):
    hook.answer = (503, {}, b"")
    ask(provider, readers, "webhook", f"{hook.url}/hook")
    with delivering():
        until(lambda: message(provider).attempts)
        provider.clock.pass_time(3_601)
        until(lambda: settled(provider))
    assert message(provider).state is MessageState.DEAD


def message(provider) -> Message:
    with provider.sessions() as session:
        return session.scalars(sa.select(Message)).one()


def test_a_room_that_is_gone_three_times_is_paused(provider, readers, delivering):
    with Vendor(vendors.slack) as stub:
        stub.answer = (410, {}, b"channel_is_archived")
        uid = readers.add(f"{stub.url}/services/x", channel="slack")
        with delivering():
            for n in range(4):
                provider.open(title=f"Panne {n}", fr=f"{n}.")
                until(lambda: settled(provider))
        assert len(stub.taken) == 3
    with provider.sessions() as session:
        assert row_of(session, uid).state is SubscriptionState.PAUSED


def test_nothing_is_sent_unsigned_when_a_secret_can_t_be_read_and_the_rest_goes_on(  # noqa: PLR0917
    provider, readers, delivering, hook, subscriber, sink
):
    readers.add("anne@example.org")
    (provider.runtime.places.data / KEY_FILE).unlink()
    with delivering():
        provider.open(fr="Un.")
        until(lambda: sink.mails and log(provider, subscriber[0])[0].tries)
    assert (len(sink.mails), hook.taken) == (1, [])


def test_tests_are_limited_and_none_waits_behind_another(provider, subscriber):
    uid, _ = subscriber
    send_test(provider, uid)
    with pytest.raises(subscribing.Refused, match="tests"):
        send_test(provider, uid)
    with writing(provider.sessions) as session:
        session.execute(sa.update(Message).values(state=MessageState.SENT))
    with pytest.raises(subscribing.Refused, match="tests"):
        send_test(provider, uid, per_hour=1)
    provider.clock.pass_time(3_601)
    send_test(provider, uid, per_hour=1)
