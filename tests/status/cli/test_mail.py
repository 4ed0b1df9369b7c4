"""`travaux mail` and `travaux incident alert-link`, as a mail server and an engineer call them."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime

import pytest

from status.domain.permissions import Role
from status.models import Account, Note
from status.models.engine import make_engine, make_sessions, reading, writing

MAIL = "From: bob@example.net\nTo: {to}\nSubject: Re\nMessage-ID: <1@x>\n\nCâble changé.\n"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sessions(config):
    return make_sessions(make_engine(f"sqlite:///{config.parent}/var/travaux.db"))


@pytest.fixture
def address(travaux, config, sessions) -> str:
    """Bob's address about FS#42."""
    config.write_text(config.read_text() + '[mail_in]\naddress = "travaux@example.net"\n')
    bob = Account(
        uid="01a2035d-f920-72ae-8e62-9bd876d3489d", name="bob", display_name="Bob", email="bob@example.net",
        language="fr", role=Role.RESPONDER, areas=[], created_at=CREATED, password_set_at=None,
        totp_confirmed_at=None, signed_in_at=None, disabled_at=None,
    )  # fmt: skip
    with writing(sessions) as session:
        session.add(bob)
    assert travaux("incident", "open", "-c", "sip").exit_code == 0
    return travaux("mail", "address", "42", "--account", "bob").stdout.strip()


def notes(sessions) -> list[str]:
    with reading(sessions) as session:
        return [note.text for note in session.query(Note)]


def test_a_mail_on_standard_input_becomes_a_note(travaux, address, sessions):
    assert travaux("mail", "receive", stdin=MAIL.format(to=address)).exit_code == 0
    assert notes(sessions) == ["Câble changé."]


def test_the_envelopes_recipient_is_taken_for_the_address(travaux, address, sessions):
    done = travaux("mail", "receive", "--recipient", address, stdin=MAIL.format(to="travaux@example.net"))
    assert (done.exit_code, notes(sessions)) == (0, ["Câble changé."])


def test_a_mail_dropped_on_purpose_is_no_error_to_the_mail_server(travaux, address, sessions):
    assert travaux("mail", "receive", stdin=MAIL.format(to="travaux@example.net")).exit_code == 0
    assert notes(sessions) == []


def test_without_a_database_the_mail_server_tries_again(travaux, address, config):
    (config.parent / "var/travaux.db").rename(config.parent / "var/away.db")
    assert travaux("mail", "receive", stdin=MAIL.format(to=address)).exit_code == os.EX_TEMPFAIL


def test_with_a_faulty_configuration_the_mail_server_tries_again(travaux, address, config):
    config.write_text("nonsense")
    assert travaux("mail", "receive", stdin=MAIL.format(to=address)).exit_code == os.EX_TEMPFAIL


def test_where_no_mail_is_taken_in_the_mail_server_tries_again_and_is_told_what_to_set(travaux):
    done = travaux("mail", "receive", stdin="x")
    assert (done.exit_code, done.stderr) == (os.EX_TEMPFAIL, "no mail is taken in here: set [mail_in] address\n")


def test_what_is_no_mail_is_bad_data(travaux, address):
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1_000))
    assert travaux("mail", "receive", stdin=nested).exit_code == os.EX_DATAERR


def test_an_address_for_nobody_is_refused(travaux, address):
    assert travaux("mail", "address", "42", "--account", "mallory").exit_code == 1


def test_the_key_of_addresses_is_the_owners_alone(address, config):
    assert stat.S_IMODE((config.parent / "var/secret.key").stat().st_mode) == 0o600


def test_an_alert_link_is_printed(travaux, address):
    done = travaux("incident", "alert-link", "42", "--account", "bob")
    assert (done.exit_code, done.stdout[:25]) == (0, "https://status.example/a/")
