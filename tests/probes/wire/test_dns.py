"""DNS messages: vectors of RFC 1035, and whatever bytes may come."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wire import dns

QUESTION = b"\x01F\x03ISI\x04ARPA\x00\x00\x01\x00\x01"
"""F.ISI.ARPA, the name of RFC 1035 §4.1.4."""
ANSWER = b"\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + QUESTION
RECORD = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x34"


def test_a_question_is_packed_as_the_rfc_has_it() -> None:
    assert dns.pack_question("F.ISI.ARPA", dns.A) == QUESTION


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["abcdefg"] * 32), "é.test"])
def test_a_name_no_question_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message differs
        dns.pack_question(name, dns.A)


def test_a_plain_answer_gives_its_addresses() -> None:
    assert dns.read_answer(ANSWER + RECORD, 0x1234, QUESTION) == dns.Answer(0, ("10.0.0.52",))


def test_the_case_of_the_question_does_not_matter() -> None:
    assert dns.read_answer(ANSWER + RECORD, 0x1234, QUESTION.lower()) is not None


@pytest.mark.parametrize("other", [b"\x01G\x03ISI\x04ARPA\x00\x00\x01\x00\x01", QUESTION[:-4] + b"\x00\x1c\x00\x01"])
def test_an_answer_to_another_question_is_none(other: bytes) -> None:
    assert dns.read_answer(ANSWER + RECORD, 0x1234, other) is None
    assert dns.read_answer(ANSWER + RECORD, 0x4321, QUESTION) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_an_answer_or_a_value_error(data: bytes) -> None:
    for packet in (data, ANSWER + data, ANSWER + b"\xc0\x0c" + data):
        with suppress(ValueError):
            dns.read_answer(packet, 0x1234, QUESTION)
