"""A mail as it leaves: whom it may be addressed to, its headers, its two parts, nothing a header can be made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from status.config.model import Mail, Settings, Site
from status.domain.refused import Refused
from status.domain.subscriptions import CONFIRM
from status.notifiers.email import canonical, compose
from status.notifiers.types import Links, Outgoing, Words

SETTINGS = Settings(
    site=Site(name="Exemple Télécom", public_url="https://status.example.net"), mail=Mail(address="status@example.net")
)
OWN = "https://status.example.net/s/" + "x" * 38
UID = "018f0000-0000-7000-8000-000000000001"
HOSTILE = [
    "anne@example.org\r\nBcc: all@example.org", "anne@example.org\nBcc: all@example.org", "anne\r@example.org",
    "anne@example.org\u2028Bcc: x@y.org", "an\u2029ne@example.org", "an\x85ne@example.org", "an\x0bne@example.org",
    "an\x1cne@example.org", "anne@exam\u2028ple.org", "anne@example.org, ben@example.org", "anne@example.org;ben@x.org",
    "anne@example.org ben@example.org", "Anne <anne@example.org>", "<anne@example.org>", "anne@example.org>",
    '"anne ben"@example.org', '"anne\\"@example.org', "anne(comment)@example.org", "all:anne@example.org;",
    "anne@[127.0.0.1]", "anne@localhost", "@example.org", "anne@", "a..b@example.org", ".anne@example.org",
    "anne.@example.org", "anne@@example.org", "anne@x@example.org", "anne@-", "an\u202ene@example.org",
    "a" * 65 + "@example.org", "anne@" + "x" * 250 + ".org", "", " ", "anne", "anne\0@example.org", "anne@exa mple.org",
    "élise@example.org",
]  # fmt: skip
GOOD = {
    "anne@example.org": "anne@example.org", " Anne.B+tag@Example.ORG ": "Anne.B+tag@example.org",
    "anne@exämple.org": "anne@xn--exmple-cua.org", "anne@straße.example": "anne@xn--strae-oqa.example",
    "o'neil_{x}@sub.example.co": "o'neil_{x}@sub.example.co",
    "a!b%c@example.org": "a!b%c@example.org",
}  # fmt: skip


def outgoing(address: str = "anne@example.org", subject: str = "[Résolu] FS#1 E-mail – Réception", **words) -> Outgoing:
    said = {
        "language": "fr", "text": "Une phrase assez longue. " * 80, "html": "<p>Une phrase.</p>" * 200, "short": "x",
        "link": "", "payload": {}, "thread": UID, **words,
    }  # fmt: skip
    links = Links(f"{OWN}/confirm", OWN, f"{OWN}/stop")
    return Outgoing(UID, address, Words(subject=subject, **said), links, datetime(2026, 11, 22, tzinfo=UTC), 1)


def sent(one: Outgoing, settings: Settings = SETTINGS) -> bytes:
    """Give a mail's bytes as they go to the relay."""
    return compose(one, settings).as_bytes(policy=policy.SMTP)


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_is_more_than_one_or_a_header_is_refused(address):
    with pytest.raises(Refused):
        canonical(address, SETTINGS)


@pytest.mark.parametrize(("given", "kept"), GOOD.items())
def test_what_is_taken_for_an_address_can_be_written_to(given, kept):
    assert canonical(given, SETTINGS)[0] == kept
    mail = message_from_bytes(sent(outgoing(kept)), policy=policy.default)
    assert [address.addr_spec for address in mail["To"].addresses] == [kept]


def test_the_headers_that_programs_look_for():
    mail = message_from_bytes(sent(outgoing()), policy=policy.default)
    assert mail["Message-ID"] == f"<{UID}@example.net>"
    assert (mail["X-Event-Id"], mail["Auto-Submitted"]) == (UID, "auto-generated")
    assert mail["List-Unsubscribe"].strip() == f"<{OWN}/stop>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["List-Id"], mail["Content-Language"]) == ("<travaux.example.net>", "fr")
    assert mail["From"].addresses[0].display_name == "Exemple Télécom"


def test_both_parts_are_there_the_plain_one_first():
    mail = message_from_bytes(sent(outgoing()), policy=policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_plain_part_reads_well_at_72_columns_but_for_addresses():
    lines = message_from_bytes(sent(outgoing()), policy=policy.default).get_body(("plain",)).get_content().splitlines()
    assert [line for line in lines if len(line) > 72 and not line.startswith("https://")] == []
    assert f"{OWN}/stop" in lines


@pytest.mark.parametrize("kind", [None, CONFIRM])
def test_nothing_is_loaded_from_anywhere(kind):
    payload = {"kind": kind} if kind else {}
    html = message_from_bytes(sent(outgoing(payload=payload)), policy=policy.default).get_body(("html",)).get_content()
    assert re.findall(r"<(?:img|link|script|iframe|object)|url\(|\bsrc=|@import", html) == []
    assert "prefers-color-scheme:dark" in html


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e"])
def test_no_line_end_in_a_title_or_a_name_makes_a_header(end):
    name = SETTINGS.mail.model_copy(update={"name": f"Exemple{end}Bcc: all@example.org"})
    raw = sent(outgoing(subject=f"Panne{end}Bcc: all@example.org"), SETTINGS.model_copy(update={"mail": name}))
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["Bcc"], mail["Subject"]) == (None, "Panne Bcc: all@example.org")


def test_it_can_be_signed_no_bare_line_end_and_no_line_of_998_characters():
    raw = sent(outgoing(text="x" * 5_000 + "\r\ny\rz\n.\n", subject="é" * 300))
    assert re.findall(rb"(?<!\r)\n|\r(?!\n)", raw) == []
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()


def test_the_mail_that_asks_says_what_it_is_about_and_has_one_button():
    html = part(outgoing(subject="Exemple : voulez-vous ces informations ?", payload={"kind": CONFIRM}), "html")
    assert "<h1>Exemple : voulez-vous ces informations ?</h1>" in html
    assert re.findall(r"<a ([^>]*)>", html) == [f'class="act" href="{OWN}/confirm"']


def part(one: Outgoing, kind: str) -> str:
    return message_from_bytes(sent(one), policy=policy.default).get_body((kind,)).get_content()
