"""The mailbox of [mail_in] against a real Dovecot: taken once, marked or moved, refused, away, and back."""

from __future__ import annotations

import imaplib
import ssl
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from probes.types import Instant, Secret
from status.config.model import MailIn, Settings
from status.domain.permissions import Role
from status.domain.states import Impact
from status.models import Account, Note
from status.models.engine import make_engine, make_sessions, reading, writing
from status.places import Places
from status.publication import mailbox
from status.runtime import Runtime
from status.services import actors, incidents
from status.services.identifiers import new_uid
from status.services.receiving import door_of
from status.services.reply_addresses import address_for
from tests.lab.servers import IMAP_PASSWORD
from tests.status.services.conftest import NOW, component
from tests.status.web.builder import Story

pytestmark = pytest.mark.lab

MAIL = "From: bob@example.net\r\nTo: {to}\r\nSubject: Re\r\nMessage-ID: <{id}@x>\r\n\r\n{words}\r\n"


@pytest.fixture
def runtime(engine, tmp_path, dovecot, authority, request) -> Runtime:
    (tmp_path / "password").write_text(IMAP_PASSWORD)
    settings = MailIn(
        address="travaux@example.net", imap_host="localhost", imap_port=dovecot.ports["imaps"], imap_done="Done",
        imap_ca_file=str(authority.pem), imap_user=new_uid(NOW), imap_password=Secret(f"file:{tmp_path}/password"),
    )  # fmt: skip
    settings = settings.model_copy(update=getattr(request, "param", {}))
    places = Places(tmp_path / "config.toml", tmp_path, tmp_path, tmp_path / "published", tmp_path / "run")
    return Runtime(
        Settings(mail_in=settings), places, engine, make_sessions(engine), lambda: Instant(0.0, NOW.timestamp())
    )


@pytest.fixture
def address(runtime) -> str:
    """Bob's address about an incident."""
    with writing(runtime.sessions) as session:
        Story(session).begin()
        session.add(component(90, "mx"))
        bob = Account(
            uid=new_uid(NOW), name="bob", display_name="Bob", email="bob@example.net", language="fr",
            role=Role.RESPONDER, areas=[], created_at=NOW, password_set_at=None, totp_confirmed_at=None,
            signed_in_at=None, disabled_at=None,
        )  # fmt: skip
        session.add(bob)
        opening = incidents.Opening(impacts={90: Impact.PARTIAL}, title={"fr": "Messagerie"})
        event = incidents.open_incident(session, opening, actors.cli_user(session, "anne"), NOW)
        return address_for(door_of(runtime.settings, runtime.places.data).mailbox, bob, event, NOW)


@pytest.fixture
def inbox(runtime, dovecot, authority) -> Iterator[imaplib.IMAP4]:
    """The same mailbox, as another program sees it."""
    context = ssl.create_default_context(cafile=str(authority.pem))
    with imaplib.IMAP4_SSL("localhost", dovecot.ports["imaps"], ssl_context=context, timeout=10) as server:
        server.login(runtime.settings.mail_in.imap_user, IMAP_PASSWORD)
        server.select()
        yield server


def put(inbox: imaplib.IMAP4, to: str, words: str = "Câble changé.", identity: str = "1") -> None:
    raw = MAIL.format(to=to, id=identity, words=words).encode()
    assert inbox.append("INBOX", "", None, raw)[0] == "OK"


def found(inbox: imaplib.IMAP4, *wanted: str) -> int:
    inbox.noop()
    return len(inbox.uid("SEARCH", *wanted)[1][0].split())


def notes(runtime) -> list[str]:
    with reading(runtime.sessions) as session:
        return list(session.scalars(sa.select(Note.text).order_by(Note.id)))


def test_a_reply_becomes_a_note_and_is_moved(runtime, address, inbox):
    put(inbox, address)
    assert mailbox.Mailbox(runtime).look() == 1
    assert (notes(runtime), found(inbox, "ALL")) == (["Câble changé."], 0)
    inbox.select("Done")
    assert found(inbox, "SEEN") == 1


@pytest.mark.parametrize("runtime", [{"imap_done": ""}], indirect=True)
def test_without_a_folder_to_move_to_it_stays_as_read_and_is_not_taken_again(runtime, address, inbox):
    put(inbox, address)
    watched = mailbox.Mailbox(runtime)
    assert (watched.look(), watched.look()) == (1, 0)
    assert (len(notes(runtime)), found(inbox, "SEEN")) == (1, 1)


def test_the_same_mail_delivered_twice_is_one_note(runtime, address, inbox):
    put(inbox, address)
    put(inbox, address)
    assert mailbox.Mailbox(runtime).look() == 2
    assert len(notes(runtime)) == 1


@pytest.mark.parametrize("runtime", [{"limit_bytes": 10_000}], indirect=True)
def test_a_mail_that_is_too_long_is_put_away_and_the_next_one_taken(runtime, address, inbox):
    put(inbox, address, "x" * 50_000)
    put(inbox, address, identity="2")
    assert mailbox.Mailbox(runtime).look() == 2
    assert notes(runtime) == ["Câble changé."]


def test_starttls_is_spoken_where_configured(runtime, address, inbox, dovecot):
    mail_in = runtime.settings.mail_in.model_copy(
        update={"imap_tls": "starttls", "imap_port": dovecot.ports["imap"], "imap_host": "127.0.0.1"}
    )
    put(inbox, address)
    other = Runtime(Settings(mail_in=mail_in), runtime.places, runtime.engine, runtime.sessions, runtime.clock)
    assert mailbox.Mailbox(other).look() == 1


@pytest.mark.parametrize("runtime", [{"imap_ca_file": ""}], indirect=True)
def test_a_certificate_that_is_not_trusted_is_refused(runtime):
    with pytest.raises(ssl.SSLCertVerificationError):
        mailbox.Mailbox(runtime).look()


def test_a_wrong_password_is_told_without_it(runtime, tmp_path):
    (tmp_path / "password").write_text("canary-password")
    with pytest.raises(imaplib.IMAP4.error) as failed:
        mailbox.Mailbox(runtime).look()
    assert "canary" not in str(failed.value)


@pytest.mark.parametrize("runtime", [{"imap_done": "Nowhere"}], indirect=True)
def test_a_folder_that_is_not_there_is_named(runtime, address, inbox):
    put(inbox, address)
    with pytest.raises(imaplib.IMAP4.error, match="'Nowhere' takes no message"):
        mailbox.Mailbox(runtime).look()


def test_a_database_that_is_away_leaves_the_mail_unread(runtime, address, inbox, tmp_path):
    put(inbox, address)
    away = make_sessions(make_engine(f"sqlite:///{tmp_path}/nowhere/travaux.db"))
    watched = mailbox.Mailbox(Runtime(runtime.settings, runtime.places, runtime.engine, away, runtime.clock))
    for _ in range(4):
        with pytest.raises(sa.exc.OperationalError):
            watched.look()
    assert (found(inbox, "UNSEEN"), found(inbox, "FLAGGED")) == (1, 0)


def test_a_mail_that_fails_three_times_is_flagged_and_left_and_the_others_are_taken(runtime, address, inbox, caplog):
    """A site without languages, which no configuration has, stands for a bug of ours."""
    site = runtime.settings.site.model_copy(update={"languages": ()})
    broken = Settings(site=site, mail_in=runtime.settings.mail_in)
    put(inbox, address, "public: x")
    put(inbox, address, identity="2")
    watched = mailbox.Mailbox(Runtime(broken, runtime.places, runtime.engine, runtime.sessions, runtime.clock))
    assert [watched.look() for _ in range(4)] == [2, 1, 1, 0]
    assert (notes(runtime), found(inbox, "FLAGGED", "SEEN")) == (["Câble changé."], 1)
    assert [record.message for record in caplog.records].count("mail_not_taken") == 1


def test_the_thread_takes_a_mail_and_ends(runtime, address, inbox):
    put(inbox, address)
    stop, taken = threading.Event(), threading.Event()
    sa.event.listen(runtime.sessions, "after_commit", lambda _session: taken.set())
    thread = mailbox.start(runtime, stop)
    assert thread is not None
    assert taken.wait(20)
    stop.set()
    thread.join(20)
    assert (thread.is_alive(), len(notes(runtime))) == (False, 1)


def test_without_a_host_no_thread_is_started(runtime):
    settings = Settings(mail_in=MailIn(address="travaux@example.net"))
    other = Runtime(settings, runtime.places, runtime.engine, runtime.sessions, runtime.clock)
    assert mailbox.start(other, threading.Event()) is None
