"""SIP messages: vectors of RFC 3261 and RFC 4475, framing, and random bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wire.sip import (
    MalformedMessage,
    MessageTooLarge,
    OptionsRequest,
    Stream,
    parse_datagram,
    uri_host,
)

REQUEST = OptionsRequest(
    uri="sip:carol@chicago.com",
    sender="sip:alice@atlanta.com",
    transport="udp",
    local="192.0.2.1:5060",
    branch="z9hG4bKhjhs8ass877",
    call_id="a84b4c76e66710",
    tag="1928301774",
    number=63104,
)

RFC3261_ANSWER = (  # RFC 3261 §11.2
    b"SIP/2.0 200 OK\r\n"
    b"Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKhjhs8ass877\r\n ;received=192.0.2.4\r\n"
    b"To: <sip:carol@chicago.com>;tag=93810874\r\n"
    b"From: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n"
    b"Call-ID: a84b4c76e66710\r\n"
    b"CSeq: 63104 OPTIONS\r\n"
    b"Contact: <sip:carol@chicago.com>\r\n"
    b"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
    b"Content-Length: 4\r\n\r\nv=0\n"
)

# RFC 4475 §3.1.1.1, its head; `Via  : SIP  /   2.0` and folded CSeq included.
TORTUOUS_INVITE = (
    b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
    b"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
    b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
    b"MaX-fOrWaRdS: 0068\r\n"
    b"Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
    b"Content-Length   : 0\r\n"
    b"cseq: 0009\r\n  INVITE\r\n"
    b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
    b"s :\r\n"
    b"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
    b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
    b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
    b'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n'
    b"  secondparam ; q = 0.33\r\n"
    b"\r\n"
)

# RFC 4475 §3.1.1.13: an empty reason phrase, and §3.1.1.12: one in UTF-8.
NO_REASON = (
    b"SIP/2.0 100 \r\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\r\nCSeq: 35 INVITE\r\n"
    b"Content-Length: 0\r\n\r\n"
)
UNICODE_REASON = (
    "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое\r\n"
    "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\nCSeq: 35 INVITE\r\nContent-Length: 0\r\n\r\n"
).encode()


def test_an_options_request_reads_back_as_it_was_built():
    message = parse_datagram(REQUEST.encode())
    assert message is not None
    assert (message.method, message.uri, message.code) == ("OPTIONS", "sip:carol@chicago.com", None)
    assert message.branch == REQUEST.branch
    assert message.sequence == (63104, "OPTIONS")
    assert message.first("from") == "<sip:alice@atlanta.com>;tag=1928301774"


def test_the_answer_of_rfc_3261_belongs_to_its_request():
    message = parse_datagram(RFC3261_ANSWER)
    assert message is not None
    assert (message.code, message.phrase, message.body) == (200, "OK", b"v=0\n")
    assert message.answers(REQUEST.branch, REQUEST.sequence)


@pytest.mark.parametrize("wrong", [("z9hG4bKother", (63104, "OPTIONS")), (REQUEST.branch, (63104, "REGISTER"))])
def test_another_branch_or_method_is_another_transactions_answer(wrong):
    message = parse_datagram(RFC3261_ANSWER)
    assert message is not None
    assert not message.answers(*wrong)


def test_a_request_is_never_an_answer():
    message = parse_datagram(REQUEST.encode())
    assert message is not None
    assert not message.answers(REQUEST.branch, REQUEST.sequence)


def test_the_tortuous_invite_is_read():
    message = parse_datagram(TORTUOUS_INVITE)
    assert message is not None
    assert message.branch == "390skdjuw"
    assert message.sequence == (9, "INVITE")
    assert message.first("newfangledheader") == "newfangled value continued newfangled value"
    assert message.first("contact").startswith('"Quoted string')


def test_the_first_of_several_vias_in_one_header_counts():
    message = parse_datagram(b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a ;branch = one , SIP/2.0/UDP b;branch=two\r\n\r\n")
    assert message is not None
    assert message.branch == "one"


def test_a_quoted_branch_is_no_branch():
    message = parse_datagram(b'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;x="y, ;branch=no\\"";branch=yes\r\n\r\n')
    assert message is not None
    assert message.branch == "yes"


@pytest.mark.parametrize(
    ("data", "phrase"),
    [(NO_REASON, ""), (UNICODE_REASON, "= 2**3 * 5**2 но сто девяносто девять - простое")],
)
def test_unusual_reason_phrases_are_kept(data, phrase):
    message = parse_datagram(data)
    assert message is not None
    assert message.phrase == phrase


def test_a_datagram_of_line_breaks_is_a_keep_alive():
    assert parse_datagram(b"\r\n\r\n") is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SIP/2.0 42 Too Short\r\n\r\n",
        b"SIP/7.0 200 OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nno colon here\r\n\r\n",
        b"SIP/2.0 200 OK\r\nContent-Length: -999\r\n\r\n",  # RFC 4475 §3.1.2.3
        b"SIP/2.0 200 OK\r\nContent-Length: 9999\r\n\r\nshort",  # RFC 4475 §3.1.2.2
        b"SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n",
    ],
)
def test_a_malformed_datagram_is_refused_with_what_was_found(data):
    with pytest.raises(MalformedMessage, match=r"expected|found|holds|begins"):
        parse_datagram(data)


def test_bytes_after_content_length_are_dropped_in_a_datagram():
    message = parse_datagram(b"SIP/2.0 200 OK\r\nl: 2\r\n\r\nabcd")
    assert message is not None
    assert message.body == b"ab"


def test_a_stream_gives_each_message_once_however_it_is_cut():
    stream = Stream()
    seen = []
    for byte in b"\r\n\r\n" + RFC3261_ANSWER + b"\r\n" + NO_REASON:
        stream.feed(bytes([byte]))
        message = stream.next()
        seen += [message.code] if message else []
    assert seen == [200, 100]


def test_a_stream_without_content_length_has_no_body():
    stream = Stream()
    stream.feed(b"SIP/2.0 404 Not Found\r\n\r\n" + NO_REASON)
    codes = [message.code for message in (stream.next(), stream.next()) if message]
    assert codes == [404, 100]


def test_a_stream_that_is_not_sip_is_refused_at_its_first_line():
    stream = Stream()
    stream.feed(b"220 mail.example ESMTP\r\n")
    with pytest.raises(MalformedMessage, match="220 mail"):
        stream.next()


@pytest.mark.parametrize("data", [b"SIP/2.0 200 OK\r\nX: " + b"a" * 20_000, b"SIP/2.0 200 OK\r\nl: 70000\r\n\r\n"])
def test_a_stream_without_end_is_refused(data):
    stream = Stream()
    stream.feed(data)
    with pytest.raises(MessageTooLarge):
        stream.next()


def test_a_line_break_cannot_be_smuggled_into_a_request():
    bad = OptionsRequest("sip:a\r\nX: y", "sip:b@c", "udp", "192.0.2.1:1", "z9hG4bK1", "c", "t")
    with pytest.raises(MalformedMessage, match="control character"):
        bad.encode()


def test_ipv6_hosts_stand_in_brackets():
    assert [uri_host(host) for host in ("2001:db8::1", "[::1]", "example.net")] == [
        "[2001:db8::1]",
        "[::1]",
        "example.net",
    ]


@given(st.binary(max_size=600))
def test_random_datagrams_are_read_or_refused(data):
    try:
        message = parse_datagram(data)
    except MalformedMessage:
        return
    assert message is None or message.branch is not None


@given(st.lists(st.binary(max_size=80), max_size=8), st.integers(0, len(RFC3261_ANSWER)))
def test_random_streams_are_read_or_refused(chunks, cut):
    stream = Stream()
    for chunk in [RFC3261_ANSWER[:cut], *chunks]:
        stream.feed(chunk)
        try:
            while stream.next():
                pass
        except MalformedMessage:
            return


@given(st.integers(0, len(TORTUOUS_INVITE) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused(at, value):
    data = TORTUOUS_INVITE[:at] + bytes([value]) + TORTUOUS_INVITE[at + 1 :]
    try:
        message = parse_datagram(data)
    except MalformedMessage:
        return
    assert message is None or message.sequence is None or message.sequence[0] >= 0
