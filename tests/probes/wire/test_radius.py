"""RADIUS packets: the vectors of RFC 2865 §7.1 and RFC 5997-style signatures, forged answers, random bytes."""

from __future__ import annotations

import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import AuthPacket

from probes.wire.radius import AccessRequest, MalformedPacket, Verdict, WrongAuthenticator

SECRET = b"xyzzy5461"  # RFC 2865 §7.1: user nemo, password arctangent
NEMO_AUTHENTICATOR = bytes.fromhex("0f403f9473978057bd83d5cb98f4227a")
NEMO_PASSWORD = bytes.fromhex("0dbe708d93d413ce3196e43f782a0aee")
NEMO_ACCEPT = bytes.fromhex("0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103")


def request(password: str = "arctangent") -> AccessRequest:
    return AccessRequest(7, SECRET, "nemo", password, "probe")


def nemo() -> AccessRequest:
    """The request of the RFC: identifier 0 and its authenticator."""
    made = AccessRequest(0, SECRET, "nemo", "arctangent", "probe")
    made._packet.authenticator = NEMO_AUTHENTICATOR
    return made


def signed(code: int, attributes: bytes, asked: AccessRequest, secret: bytes = SECRET, identifier: int = 7) -> bytes:
    """An answer with a right Response Authenticator (RFC 2865 §3), independent of pyrad."""
    head = struct.pack("!BBH", code, identifier, 20 + len(attributes))
    digest = hashlib.md5(head + asked.data[4:20] + attributes + secret).digest()
    return head + digest + attributes


def with_message_authenticator(code: int, rest: bytes, asked: AccessRequest, secret: bytes = SECRET) -> bytes:
    empty = b"\x50\x12" + bytes(16) + rest
    head = struct.pack("!BBH", code, 7, 20 + len(empty))
    digest = hmac.digest(secret, head + asked.data[4:20] + empty, "md5")
    return signed(code, b"\x50\x12" + digest + rest, asked, secret)


def test_the_password_is_hidden_as_in_the_rfc():
    packet = AuthPacket(secret=SECRET, authenticator=NEMO_AUTHENTICATOR)
    assert packet.PwCrypt("arctangent") == NEMO_PASSWORD


def test_the_accept_of_the_rfc_is_verified():
    answer = nemo().read(NEMO_ACCEPT)
    assert (answer.verdict, answer.signed) == (Verdict.ACCEPT, False)
    assert answer.attributes["Service-Type"] == "1"


def test_a_request_carries_its_signature_first():
    data = request().data
    assert data[20:22] == b"\x50\x12"
    blank = data[:22] + bytes(16) + data[38:]
    assert data[22:38] == hmac.digest(SECRET, blank, "md5")


def test_two_requests_never_share_an_authenticator():
    assert request().data[4:20] != request().data[4:20]


def test_an_answer_tells_its_verdict_and_attributes():
    asked = request()
    answer = asked.read(with_message_authenticator(3, b"\x12\x04no\x08\x06\xc0\x00\x02\x01", asked))
    assert (answer.verdict, answer.signed) == (Verdict.REJECT, True)
    assert answer.attributes == {"Reply-Message": "no", "Framed-IP-Address": "192.0.2.1"}


def test_an_undecodable_attribute_is_shown_in_hexadecimal():
    asked = request()
    answer = asked.read(signed(2, b"\x08\x04\x01\x02", asked))
    assert answer.attributes["Framed-IP-Address"] == "0102"


def test_an_answer_signed_with_another_secret_is_refused():
    asked = request()
    with pytest.raises(WrongAuthenticator, match="accept whose authenticator"):
        asked.read(signed(2, b"", asked, secret=b"other"))


def test_a_wrong_message_authenticator_is_refused():
    asked = request()
    with pytest.raises(WrongAuthenticator):
        asked.read(signed(2, b"\x50\x12" + bytes(16), asked))


def test_a_proxy_state_we_never_sent_is_refused():
    asked = request()  # the trace of CVE-2024-3596
    with pytest.raises(WrongAuthenticator):
        asked.read(signed(2, b"\x21\x04ab", asked))


def test_an_unsigned_answer_is_refused_only_when_a_signature_is_required():
    asked = request()
    assert asked.read(signed(2, b"", asked)).verdict is Verdict.ACCEPT
    with pytest.raises(WrongAuthenticator, match="without Message-Authenticator"):
        asked.read(signed(2, b"", asked), require_signature=True)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "header"),
        (b"\x02\x07\x00\x14", "header"),
        (b"\x02\x07\xff\xff" + bytes(16), "length"),
        (b"\x05\x07\x00\x14" + bytes(16), "code 5"),
        (b"\x02\x08\x00\x14" + bytes(16), "identifier 8"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_was_found(data, found):
    with pytest.raises(MalformedPacket, match=found):
        request().read(data)


def test_a_password_over_128_bytes_is_refused():
    with pytest.raises(ValueError, match="128"):
        request("x" * 129)


@given(st.binary(max_size=300))
def test_random_bytes_are_never_an_answer(data):
    with pytest.raises((MalformedPacket, WrongAuthenticator)):
        request().read(data)


@given(st.binary(max_size=120))
def test_random_attributes_under_a_right_authenticator_are_read_or_refused(attributes):
    asked = request()
    try:
        answer = asked.read(signed(2, attributes, asked))
    except (MalformedPacket, WrongAuthenticator):
        return
    assert all(isinstance(value, str) for value in answer.attributes.values())
