"""DNS messages for address look-ups (RFC 1035 §4): a packed question, and the addresses of an answer.

Only what a stub asks of its resolver. The plain answer, addresses owned by the very name asked, is read here in
microseconds; any other (aliases, odd compression) goes through dnspython.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Final

A: Final = 1
AAAA: Final = 28
FAMILIES: Final = {A: (socket.AF_INET, 4), AAAA: (socket.AF_INET6, 16)}

NOERROR: Final = 0
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
REFUSED: Final = 5
RCODES: Final = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

IN: Final = 1
IS_ANSWER: Final = 0x8000
OPCODE: Final = 0x7800
TRUNCATED: Final = 0x0200
RECURSION_DESIRED: Final = 0x0100
AUTHENTIC_DATA: Final = 0x0020
HEADER: Final = struct.Struct(">HHHHHH")
RECORD: Final = struct.Struct(">HHIH")
ASKED_NAME: Final = b"\xc0\x0c"
"""A compression pointer to the question's name, which always stands right behind the 12 bytes of the header."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer to one question: its code, its addresses as text; `truncated` means: ask again over TCP."""

    rcode: int
    addresses: tuple[str, ...] = ()
    truncated: bool = False


def pack_question(name: str, rdtype: int) -> bytes:
    """Pack the question section for an ASCII `name`. Raise ValueError when a label or the name is too long or empty."""
    labels = name.encode("ascii").rstrip(b".").split(b".")
    packed = b"".join([len(label).to_bytes(1, "big") + label for label in labels if 0 < len(label) <= 63])  # noqa: PLR2004 - RFC 1035 §2.3.4
    if len(packed) != sum(map(len, labels)) + len(labels) or len(packed) > 254:  # noqa: PLR2004 - as above
        raise ValueError(f"{name!r} has an empty or too long part: labels have 1 to 63 characters, a name at most 253")
    return packed + b"\0" + rdtype.to_bytes(2, "big") + b"\0\x01"


def pack_query(query_id: int, question: bytes, flags: int = RECURSION_DESIRED) -> bytes:
    """Pack a whole query. No EDNS: 512 bytes hold 28 addresses, TCP the rest."""
    return HEADER.pack(query_id, flags, 1, 0, 0, 0) + question


def read_answer(packet: bytes, query_id: int, question: bytes) -> Answer | None:  # noqa: PLR0911 - one for each case
    """Read the answer to `question`; None when the packet does not answer it (another id, another question).

    Raise ValueError when it does and is malformed.
    """
    if len(packet) < HEADER.size:
        return None
    got_id, flags, questions, answers, _, _ = HEADER.unpack_from(packet)
    if got_id != query_id or not flags & IS_ANSWER or flags & OPCODE:
        return None
    rcode = flags & 0x0F
    if questions == 0 and rcode not in (NOERROR, NXDOMAIN):
        return Answer(rcode)  # a server that refuses may leave the question out
    end = HEADER.size + len(question)
    asked = packet[HEADER.size : end]
    if questions != 1 or (asked != question and asked.lower() != question.lower()):
        return None
    if flags & TRUNCATED:
        return Answer(rcode, truncated=True)
    if rcode != NOERROR or answers == 0:
        return Answer(rcode)
    addresses = _plain_addresses(packet, end, answers, int.from_bytes(question[-4:-2], "big"))
    return Answer(NOERROR, _any_addresses(packet) if addresses is None else addresses)


def _plain_addresses(packet: bytes, offset: int, answers: int, rdtype: int) -> tuple[str, ...] | None:
    """Give the addresses when every record is one of the name asked; None when any is something else."""
    family, size = FAMILIES[rdtype]
    found = []
    for _ in range(answers):
        at = offset + 12
        offset = at + size
        if offset > len(packet) or packet[at - 12 : at - 10] != ASKED_NAME:
            return None
        kind, rdclass, _, length = RECORD.unpack_from(packet, at - 10)
        if kind != rdtype or rdclass != IN or length != size:
            return None
        found.append(socket.inet_ntop(family, packet[at:offset]))
    return tuple(found)


def _any_addresses(packet: bytes) -> tuple[str, ...]:
    """Give the addresses at the end of the answer's chain of aliases (RFC 1034 §3.6.2)."""
    import dns.exception
    import dns.message

    try:
        message = dns.message.from_wire(packet, ignore_trailing=True)
        assert isinstance(message, dns.message.QueryMessage)
        rrset = message.resolve_chaining().answer
    except (dns.exception.DNSException, ValueError, AssertionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return tuple(record.to_text() for record in rrset) if rrset is not None else ()
