"""RADIUS Access-Request and its answer (RFC 2865, RFC 3579) around pyrad's packet codec. No sockets.

Why pyrad and not a codec of our own: docs/decisions/0003-pyrad-for-radius-packets.md.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from types import MappingProxyType

from pyrad.dictionary import Dictionary
from pyrad.packet import AuthPacket, Packet, PacketError

MAX_PASSWORD_BYTES = 128
"""Longest password PAP can carry (RFC 2865 §5.2)."""

MAX_NAME_BYTES = 253
"""Longest value of one attribute (RFC 2865 §5)."""

# The attributes we send, and those of an answer an engineer wants to read (RFC 2865 §5, RFC 3162, RFC 4818).
_ATTRIBUTES = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 octets
ATTRIBUTE Service-Type 6 integer
ATTRIBUTE Framed-Protocol 7 integer
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Framed-IP-Netmask 9 ipaddr
ATTRIBUTE Filter-Id 11 string
ATTRIBUTE Framed-MTU 12 integer
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE Framed-Route 22 string
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Idle-Timeout 28 integer
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Message-Authenticator 80 octets
ATTRIBUTE Framed-Pool 88 string
ATTRIBUTE Framed-IPv6-Prefix 97 ipv6prefix
ATTRIBUTE Framed-IPv6-Pool 100 string
ATTRIBUTE Delegated-IPv6-Prefix 123 ipv6prefix
"""
_UNSHOWN = frozenset({"Message-Authenticator", "User-Password"})
_MESSAGE_AUTHENTICATOR = 80
_ACCESS_REQUEST = 1


class Verdict(IntEnum):
    """What the server decided: the code of its packet (RFC 2865 §4)."""

    ACCEPT = 2
    REJECT = 3
    CHALLENGE = 11


class MalformedPacket(ValueError):
    """Bytes that are no answer to an Access-Request; the text says what was found."""


class WrongAuthenticator(ValueError):
    """A well-formed answer that was not signed with our secret for our request, or carries a BlastRADIUS trace."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer.

    `attributes`: those of our dictionary, as text. `signed`: it carries a (right) Message-Authenticator.
    """

    verdict: Verdict
    attributes: Mapping[str, str]
    signed: bool


class AccessRequest:
    """One Access-Request by PAP, signed with a Message-Authenticator as its first attribute (CVE-2024-3596).

    `data` is what goes on the wire; a retransmission sends the same bytes (RFC 2865 §2.5).
    """

    __slots__ = ("_packet", "data")

    def __init__(self, identifier: int, secret: bytes, user: str, password: str, nas_identifier: str) -> None:
        """Build it. `identifier` 0-255. Raise ValueError for a password over 128 bytes or a name over 253."""
        packet = AuthPacket(code=_ACCESS_REQUEST, id=identifier, secret=secret, dict=_dictionary())
        packet.add_message_authenticator()
        packet["User-Name"] = user
        packet["User-Password"] = packet.PwCrypt(password)
        packet["NAS-Identifier"] = nas_identifier
        self._packet = packet
        self.data: bytes = packet.RequestPacket()

    def read(self, data: bytes, *, require_signature: bool = False) -> Answer:
        """Verify and read an answer (RFC 2865 §3, RFC 3579 §3.2). Raise MalformedPacket or WrongAuthenticator.

        A Message-Authenticator is verified wherever there is one; `require_signature` refuses an answer without.
        """
        try:
            reply = self._packet.CreateReply(packet=data)
        except PacketError as error:
            raise MalformedPacket(f"{error}; {len(data)} bytes beginning {data[:20].hex()}") from error
        if reply.code not in set(Verdict):
            raise MalformedPacket(f"code {reply.code}; expected 2 (accept), 3 (reject) or 11 (challenge)")
        if reply.id != self._packet.id:
            raise MalformedPacket(f"identifier {reply.id}; the request has {self._packet.id}")
        signed = reply.message_authenticator is not None
        if not self._packet.VerifyReply(reply):
            raise WrongAuthenticator(f"{Verdict(reply.code).name.lower()} whose authenticator doesn't match our secret")
        if require_signature and not signed:
            raise WrongAuthenticator(f"{Verdict(reply.code).name.lower()} without Message-Authenticator")
        return Answer(Verdict(reply.code), MappingProxyType(_shown(reply)), signed)


def _shown(reply: Packet) -> dict[str, str]:
    """Give the attributes of our dictionary as text; one that can't be decoded is shown in hexadecimal."""
    shown = {}
    for name in reply.keys():  # noqa: SIM118 (iterating the packet itself gives codes, not names)
        if not isinstance(name, str) or name in _UNSHOWN:
            continue
        try:
            values = [str(value) for value in reply[name]]
        except (PacketError, ValueError, TypeError):
            values = [value.hex() for value in reply[_dictionary().attributes[name].code]]
        shown[name] = ", ".join(values)
    return shown


@cache
def _dictionary() -> Dictionary:
    return Dictionary(io.StringIO(_ATTRIBUTES))
