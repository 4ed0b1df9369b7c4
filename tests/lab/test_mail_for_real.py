"""Subscribing by mail through a real Postfix and Dovecot: asked, said yes, told, stopped; and mails that come back."""

from __future__ import annotations

import email
import imaplib
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage

import pytest
import requests
import sqlalchemy as sa
from werkzeug.serving import make_server

from probes.types import Secret
from status.app import create_app
from status.config.model import Mail, MailIn, Relay, Site
from status.delivery import process
from status.domain.subscriptions import SubscriptionState
from status.models import Message, Notice, Subscription
from status.publication.mailbox import Mailbox
from tests.lab.runner import free_port
from tests.lab.servers import IMAP_PASSWORD
from tests.status.delivery.conftest import FlowingClock, Readers
from tests.status.delivery.sink import until
from tests.status.publication.provider import Provider, make_provider

pytestmark = pytest.mark.lab

ANNE, GONE = "anne@lab.test", "gone@lab.test"
FORM = {
    "address": ANNE, "channel": "email", "what": "all", "type": ["incident", "maintenance", "upgrade"], "impact": "0",
    "pace": "at-once", "digest_at": "08:00", "weekday": "0",
}  # fmt: skip

NOT_FANNED_OUT = sa.select(sa.func.count()).select_from(Notice).where(Notice.fanned_out_at.is_(None))
NOT_SETTLED = sa.select(sa.func.count()).select_from(Message).where(Message.settled_at.is_(None))


@pytest.fixture
def provider(  # noqa: PLR0917 - fixtures
    sessions, engine, tmp_path, delivering_postfix, dovecot, authority
) -> Provider:
    """A provider whose mails go by Postfix, and whose mailbox is Dovecot's."""
    (tmp_path / "password").write_text(IMAP_PASSWORD)
    made = make_provider(
        sessions, engine, tmp_path,
        site=Site(name="Exemple Télécom", public_url=f"http://127.0.0.1:{free_port('127.0.0.1')}"),
        mail=Mail(address="travaux@lab.test", bounces="travaux+bounces@lab.test"),
        relay=(Relay(name="lab", host="localhost", port=delivering_postfix.ports["smtp"], ca_file=str(authority.pem)),),
        mail_in=MailIn(
            address="travaux@lab.test", imap_host="localhost", imap_port=dovecot.ports["imaps"],
            imap_ca_file=str(authority.pem), imap_user="travaux@lab.test", imap_done="Done",
            imap_password=Secret(f"file:{tmp_path}/password"),
        ),
    )  # fmt: skip
    made.clock = FlowingClock()
    made.runtime = replace(made.runtime, clock=made.clock)
    return made


@pytest.fixture
def inbox(dovecot, authority) -> Iterator[imaplib.IMAP4]:
    """Anne's mailbox, empty."""
    context = ssl.create_default_context(cafile=str(authority.pem))
    with imaplib.IMAP4_SSL("localhost", dovecot.ports["imaps"], ssl_context=context, timeout=10) as server:
        server.login(ANNE, IMAP_PASSWORD)
        server.select()
        server.store("1:*", "+FLAGS", r"(\Deleted)") if mails(server) else None
        server.expunge()
        yield server


@pytest.fixture
def web(provider) -> Iterator[str]:
    """The pages, served; give their address."""
    url = provider.runtime.settings.site.public_url
    server = make_server("127.0.0.1", int(url.rpartition(":")[2]), create_app(provider.runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join(10)


@pytest.fixture
def delivering(provider) -> Iterator[None]:
    """Let the delivery run."""
    stop = threading.Event()
    thread = threading.Thread(target=process.run, args=(provider.runtime, stop))
    thread.start()
    yield
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def mails(inbox: imaplib.IMAP4) -> list[EmailMessage]:
    inbox.noop()
    numbers = inbox.search(None, "ALL")[1][0].split()
    fetched = [inbox.fetch(number.decode(), "(RFC822)")[1][0][1] for number in numbers]
    return [email.message_from_bytes(raw, policy=policy.default) for raw in fetched]


def plain(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def subscription(provider) -> Subscription:
    with provider.sessions() as session:
        return session.scalars(sa.select(Subscription)).one()


def settled(provider) -> bool:
    with provider.sessions() as session:
        return not (session.scalar(NOT_FANNED_OUT) or session.scalar(NOT_SETTLED))


@pytest.mark.usefixtures("delivering")
def test_from_the_form_to_the_mailbox_and_out_again(provider, inbox, web):
    assert requests.post(f"{web}/fr/subscribe", data=FORM, timeout=10).status_code == 200
    until(lambda: len(mails(inbox)) == 1)
    [confirm] = re.findall(r"http://\S+/confirm", plain(mails(inbox)[0]))
    assert "Oui, m’envoyer ces informations" in requests.get(confirm, timeout=10).text
    assert subscription(provider).state is SubscriptionState.UNCONFIRMED
    requests.post(confirm, timeout=10)
    uid = provider.open(fr="Les messages arrivent en retard.")
    until(lambda: len(mails(inbox)) == 2)
    told = mails(inbox)[1]
    assert "Les messages arrivent en retard." in plain(told)
    stop = told["List-Unsubscribe"].strip().strip("<>")
    one_click = dict([told["List-Unsubscribe-Post"].split("=")])
    assert requests.post(stop, data=one_click, timeout=10, allow_redirects=False).status_code == 200
    provider.close(uid, fr="C’est réparé.")
    until(lambda: settled(provider))
    assert (len(mails(inbox)), subscription(provider).address) == (2, "")


def test_what_postfix_received_is_what_was_meant(provider, inbox, delivering_postfix, delivering):
    Readers(provider).add(ANNE)
    provider.open(fr="Une phrase assez longue pour être pliée. " * 30 + "\n.\nFrom ici.")
    until(lambda: len(mails(inbox)) == 1)
    [mail] = mails(inbox)
    assert (mail["Return-Path"], mail["Auto-Submitted"]) == ("<travaux+bounces@lab.test>", "auto-generated")
    assert "From ici." in plain(mail)
    assert mail.defects == []


@pytest.mark.usefixtures("delivering")
def test_the_third_mail_in_a_row_that_postfix_returns_pauses_the_address(provider):
    Readers(provider).add(GONE)
    returned = Mailbox(provider.runtime)
    for count in (1, 2, 3):
        provider.open(title=f"Panne {count}", fr="Panne.")
        until(lambda: settled(provider))
        until(lambda count=count: returned.look() and subscription(provider).hard_bounces == count, 30)
    assert subscription(provider).state is SubscriptionState.PAUSED
    provider.open(title="Panne 4", fr="Panne.")
    until(lambda: settled(provider))
    with provider.sessions() as session:
        assert session.scalars(sa.select(Message.error)).all() == ["came back: 5.1.1"] * 3
