from __future__ import annotations

import random
import string
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from status.domain.mail_address import make_address, read_address, start_of, written_start

KEY = b"k" * 32
MAILBOX = "travaux@example.net"
BOB, EVENT = "01a2035d-f920-72ae-8e62-9bd876d3489d", "01a2035d-f920-7e96-a65e-f479b45f2bfb"
UNTIL = datetime(2026, 11, 23, 13, 7, tzinfo=UTC)


@pytest.fixture
def address() -> str:
    return make_address(MAILBOX, KEY, BOB, EVENT, UNTIL)


def test_an_address_says_whom_what_and_until_when(address):
    claim = read_address(MAILBOX, address)
    assert claim.is_signed(KEY, BOB, EVENT)
    assert (claim.account_start, claim.event_start, claim.until) == (start_of(BOB), start_of(EVENT), UNTIL)


def test_the_longest_mailbox_leaves_64_characters_before_the_at():
    local, _, _ = make_address(f"{'a' * 15}@example.net", KEY, BOB, EVENT, UNTIL).partition("@")
    assert len(local) == 64


def test_a_mail_server_may_change_the_case(address):
    assert read_address("Travaux@Example.net", address.upper()).is_signed(KEY, BOB, EVENT)


def test_a_start_finds_its_uid():
    assert BOB.startswith(written_start(start_of(BOB)))


@pytest.mark.parametrize("who", [(EVENT, BOB), (BOB, BOB), (BOB[:-1] + "e", EVENT)])
def test_an_address_is_nobody_elses_and_of_no_other_event(address, who):
    assert not read_address(MAILBOX, address).is_signed(KEY, *who)


def test_another_installations_key_signs_nothing_of_ours(address):
    assert not read_address(MAILBOX, address).is_signed(b"x" * 32, BOB, EVENT)


def test_no_letter_can_be_changed(address):
    local, _, domain = address.partition("@")
    for place in range(len("travaux+"), len(local)):
        letter = "b" if local[place] == "a" else "a"
        claim = read_address(MAILBOX, f"{local[:place]}{letter}{local[place + 1 :]}@{domain}")
        starts = claim and (claim.account_start, claim.event_start) == (start_of(BOB), start_of(EVENT))
        assert not (starts and claim.is_signed(KEY, BOB, EVENT)), place


def test_a_later_end_is_another_signature(address):
    later = make_address(MAILBOX, b"x" * 32, BOB, EVENT, UNTIL + timedelta(days=1))
    forged = later.partition("@")[0][:-16] + address.partition("@")[0][-16:]
    assert not read_address(MAILBOX, f"{forged}@example.net").is_signed(KEY, BOB, EVENT)


@pytest.mark.parametrize(
    "text",
    ["", "@", "travaux@example.net", "travaux+@example.net", "travaux+abc@example.net", "travaux+" + "1" * 48 +
     "@example.net", "travaux+" + "é" * 48 + "@example.net", "other+" + "a" * 48 + "@example.net",
     "travaux+" + "a" * 48 + "@example.org", "travaux+" + "a" * 49 + "@example.net"],
)  # fmt: skip
def test_what_is_no_signed_address_says_nothing(text):
    assert read_address(MAILBOX, text) is None


def test_random_text_is_never_believed():
    chance = random.Random(4)
    for _ in range(500):
        token = "".join(chance.choices(string.ascii_lowercase + "234567=+ @", k=48))
        claim = read_address(MAILBOX, f"travaux+{token}@example.net")
        assert claim is None or not claim.is_signed(KEY, BOB, str(uuid.UUID(int=chance.getrandbits(128))))
