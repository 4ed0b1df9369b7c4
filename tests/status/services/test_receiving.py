"""Stored mails of real programs, and what becomes of each: mails/*.eml, ADDRESS stands for Bob's own signed address."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.domain.permissions import Role
from status.models import Account, AuditEntry, EventUpdate, Note, ReceivedMail, UpdateDraft
from status.services import incidents
from status.services.identifiers import new_uid
from status.services.receiving import Door, Outcome, Received, look_at, receive
from status.services.reply_addresses import Mailbox, address_for
from tests.status.services.conftest import NOW

MAILS = Path(__file__).parent / "mails"
DOOR = Door(Mailbox("travaux@example.net", b"k" * 32), 1_000_000, ("fr", "en"))
BACK = "La réception reprend."

NOTES = {
    "gmail_fr": "Le filer-12 redémarre, retour vers 03:40.",
    "gmail_en": "Filer-12 is rebooting, back around 03:40.",
    "gmail_html": "Le filer-12 redémarre.",
    "outlook_fr": "On relance le frontal.\n\nBob Durand\nIngénieur d'astreinte",
    "outlook_en": "Front-end restarted.",
    "outlook_html_only": "On relance le frontal & on surveille.",
    "outlook_fr_original_message": "Alimentation B coupée, on bascule.",
    "apple_mail": "Redémarrage en cours.",
    "apple_mail_en": "Reboot under way.",
    "thunderbird_bottom": "La file d'attente se vide, 12 000 messages encore.",
    "thunderbird_flowed": (
        "La file d'attente se vide, il reste douze mille messages et le débit est celui d'une journée ordinaire."
    ),
    "k9": "Je regarde.\n\nAm I needed on site?",
    "interleaved": "Oui, filer-12.\nPlutôt 02:58.",
    "html_only": "File vidée :\n- mx1\n- mx2",
    "long_signature": "Câble changé.",
    "closing": "Câble changé.",
    "list_of_servers": "Merci,\n- mx1 relancé\n- mx2 en cours",
    "public_later": "La réception reprend.\npublic: ceci reste interne.",
    "attachments": "Photo de la baie.\n\n(2 attachments were left out)",
    "signed_pgp": "Câble changé.",
    "latin1": "Câble changé à 03:30, débit rétabli.",
    "quoted_printable": (
        "Câble changé à 03:30, débit rétabli sur les deux liens de la baie, on surveille encore une demi-heure."
    ),
    "base64": "Câble changé à 03:30.",
    "broken_charset": "Câble changé.",
    "wrong_charset": "Câble changé.",
    "human_auto_submitted_no": "Câble changé.",
    "from_in_capitals": "Câble changé.",
    "delivered_to": "Câble changé.",
    "subject_injection": "Câble changé.",
    "script_in_words": "<script>alert(1)</script> & envers",
    "no_message_id": "Câble changé.",
}
DRAFTS = {
    "public_lower": "La réception reprend, les messages en attente arrivent.",
    "public_upper": BACK,
    "public_narrow_space": BACK,
    "public_html": BACK,
}
DROPPED = {
    "public_nothing": Outcome.EMPTY,
    "empty": Outcome.EMPTY,
    "empty_outlook": Outcome.EMPTY,
    "autoreply_submitted": Outcome.AUTOMATIC,
    "autoreply_precedence": Outcome.AUTOMATIC,
    "autoreply_bulk": Outcome.AUTOMATIC,
    "bounce_report": Outcome.BOUNCE,
    "bounce_return_path": Outcome.BOUNCE,
    "list": Outcome.LIST,
    "forged_from": Outcome.NOT_SENDER,
    "forged_display_name": Outcome.NOT_SENDER,
    "other_person": Outcome.NOT_SENDER,
    "two_froms": Outcome.NOT_SENDER,
    "two_addresses_in_from": Outcome.NOT_SENDER,
    "no_from": Outcome.NOT_SENDER,
    "expired": Outcome.EXPIRED,
    "tampered": Outcome.BAD_ADDRESS,
    "plain_address": Outcome.BAD_ADDRESS,
    "two_tokens": Outcome.BAD_ADDRESS,
    "garbage": Outcome.BAD_ADDRESS,
}


@pytest.fixture
def bob(session) -> Account:
    account = Account(
        uid=new_uid(NOW), name="bob", display_name="Bob", email="bob@example.net", language="fr", role=Role.RESPONDER,
        areas=[], created_at=NOW, password_set_at=None, totp_confirmed_at=None, signed_in_at=None, disabled_at=None,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account


@pytest.fixture
def event(session):
    from status.domain.states import Impact
    from status.services import actors

    opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": "Messagerie"})
    return incidents.open_incident(session, opening, actors.cli_user(session, "anne"), NOW)


@pytest.fixture
def stored(bob, event):
    """Give a stored mail with its addresses filled in."""
    good = address_for(DOOR.mailbox, bob, event, NOW)
    old = address_for(DOOR.mailbox, bob, event, NOW - timedelta(hours=24))
    bad = good.replace("travaux+", "travaux+")[:-13] + ("a" if good[-13] != "a" else "b") + good[-12:]
    filled = {"ADDRESS": good, "EXPIRED": old, "TAMPERED": bad}

    def fill(name: str) -> bytes:
        raw = (MAILS / f"{name}.eml").read_bytes()
        for word, address in filled.items():
            raw = raw.replace(f"travaux+{word}@example.net".encode(), address.encode())
        return raw

    return fill


def take(session, raw: bytes, now=NOW, door: Door = DOOR, recipient: str = "") -> Received:
    reply = look_at(raw, door, recipient)
    return reply if isinstance(reply, Received) else receive(session, reply, now, door)


def notes(session) -> list[str]:
    return list(session.scalars(sa.select(Note.text).order_by(Note.id)))


def drafts(session) -> list[UpdateDraft]:
    return list(session.scalars(sa.select(UpdateDraft)))


def test_every_stored_mail_has_its_expected_outcome():
    assert {path.stem for path in MAILS.glob("*.eml")} == NOTES.keys() | DRAFTS.keys() | DROPPED.keys()


@pytest.mark.parametrize("name", NOTES)
def test_a_reply_becomes_a_note(session, stored, event, name):
    assert take(session, stored(name)).outcome is Outcome.NOTE
    assert notes(session) == [NOTES[name]]
    assert session.scalars(sa.select(Note)).one().event_uid == event.uid
    assert drafts(session) == []


@pytest.mark.parametrize("name", DRAFTS)
def test_a_reply_that_begins_with_public_becomes_a_draft_and_nothing_is_published(session, stored, name):
    before = session.scalar(sa.select(sa.func.count(EventUpdate.id)))
    assert take(session, stored(name)).outcome is Outcome.DRAFT
    assert [(draft.data["texts"], draft.origin) for draft in drafts(session)] == [({"fr": DRAFTS[name]}, "mail")]
    assert (notes(session), session.scalar(sa.select(sa.func.count(EventUpdate.id)))) == ([], before)


@pytest.mark.parametrize("name", DROPPED)
def test_a_mail_that_is_not_a_reply_of_its_person_leaves_nothing(session, stored, name):
    assert take(session, stored(name)).outcome is DROPPED[name]
    assert (notes(session), drafts(session), list(session.scalars(sa.select(ReceivedMail)))) == ([], [], [])


def test_the_same_mail_is_taken_once(session, stored):
    outcomes = [take(session, stored("gmail_fr")).outcome for _ in range(2)]
    assert outcomes == [Outcome.NOTE, Outcome.DUPLICATE]
    assert len(notes(session)) == 1


def test_of_a_mail_only_a_hash_is_kept_to_know_it_again(session, stored):
    take(session, stored("gmail_fr"))
    row = session.scalars(sa.select(ReceivedMail)).one()
    assert (len(row.message_hash), row.outcome) == (64, "note")


def test_an_address_lasts_a_day(session, stored):
    raw = stored("gmail_fr")
    assert take(session, raw, NOW + timedelta(hours=24)).outcome is Outcome.EXPIRED
    assert take(session, raw, NOW + timedelta(hours=23, minutes=59)).outcome is Outcome.NOTE


def test_a_reader_leaves_no_note_by_mail(session, stored, bob):
    bob.role = Role.READER
    assert take(session, stored("gmail_fr")).outcome is Outcome.FORBIDDEN
    assert notes(session) == []


def test_a_person_of_another_area_leaves_no_note_by_mail(session, stored, bob):
    bob.areas = ["email"]
    assert take(session, stored("gmail_fr")).outcome is Outcome.FORBIDDEN


def test_a_disabled_account_leaves_no_note_by_mail(session, stored, bob):
    bob.disabled_at = NOW
    assert take(session, stored("gmail_fr")).outcome is Outcome.FORBIDDEN


def test_an_account_without_address_takes_no_mail_without_from(session, stored, bob):
    bob.email = ""
    assert take(session, stored("no_from")).outcome is Outcome.NOT_SENDER


def test_a_mail_beyond_the_limit_is_dropped(session, stored):
    raw = stored("gmail_fr") + b"x" * DOOR.limit_bytes
    assert take(session, raw).outcome is Outcome.TOO_LARGE


def test_words_beyond_what_a_note_holds_are_shortened(session, stored):
    raw = stored("latin1") + b"mot " * 5_000
    assert take(session, raw).outcome is Outcome.NOTE
    assert notes(session)[0].endswith("[…]")
    assert len(notes(session)[0]) <= 10_000


def test_the_envelopes_recipient_counts_more_than_the_headers(session, stored, bob, event):
    address = address_for(DOOR.mailbox, bob, event, NOW)
    assert take(session, stored("two_tokens"), recipient=address.upper()).outcome is Outcome.NOTE


def test_an_address_of_another_installation_is_not_believed(session, stored):
    door = Door(Mailbox("travaux@example.net", b"x" * 32), 1_000_000, ("fr", "en"))
    assert take(session, stored("gmail_fr"), door=door).outcome is Outcome.BAD_ADDRESS


def test_a_note_by_mail_is_in_the_audit(session, stored, bob, event):
    take(session, stored("gmail_fr"))
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1)).one()
    assert (entry.action, entry.actor, entry.subject) == ("event.note", "account:bob", f"event:{event.uid}")


def test_the_log_of_a_dropped_mail_names_nobody(session, stored, caplog):
    take(session, stored("forged_from"))
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert "mail_dropped" in said
    assert all(word not in said for word in ("mallory", "bob@", "tout est faux", "travaux+"))
