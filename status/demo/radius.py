"""The demonstration's RADIUS server: it knows one account and speaks PAP (RFC 2865), with pyrad's codec."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from io import StringIO
from typing import Final

from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject, AccessRequest, AuthPacket, PacketError, StatusServer

from status.demo.dns import DOMAIN

ACCOUNT: Final = f"sonde@{DOMAIN}"

ATTRIBUTES: Final = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 octets
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE NAS-Port 5 integer
ATTRIBUTE Service-Type 6 integer
ATTRIBUTE Framed-Protocol 7 integer
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE Called-Station-Id 30 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Proxy-State 33 octets
ATTRIBUTE NAS-Port-Type 61 integer
ATTRIBUTE Message-Authenticator 80 octets
"""

Answer = Callable[[bytes, tuple[str, int]], bytes | None]


def accepting(secret: bytes, password: str) -> Answer:
    """Accept the demonstration's account with its password, reject everybody else."""

    def knows(request: AuthPacket) -> bool:
        name = request.get("User-Name", [""])[0]
        hidden = request.get("User-Password", [b""])[0]
        given = request.PwDecrypt(hidden).encode()
        return name == ACCOUNT and hmac.compare_digest(given, password.encode())

    return _answering(secret, knows)


def rejecting(secret: bytes) -> Answer:
    """Reject everybody, the right password too: what subscribers meet when the accounts' database is lost."""
    return _answering(secret, lambda _request: False)


def _answering(secret: bytes, knows: Callable[[AuthPacket], bool]) -> Answer:
    dictionary = Dictionary(StringIO(ATTRIBUTES))

    def answer(datagram: bytes, _client: tuple[str, int]) -> bytes | None:
        """Stay silent at garbage and at another secret's signature, as RFC 2865 §3 and RFC 3579 §3.2 ask."""
        try:
            request = AuthPacket(packet=datagram, secret=secret, dict=dictionary)
            if request.code not in {AccessRequest, StatusServer}:
                return None
            if request.message_authenticator and not request.verify_message_authenticator():
                return None
            accepted = request.code == StatusServer or knows(request)
        except (PacketError, ValueError, LookupError):
            return None
        reply = request.CreateReply()
        reply.code = AccessAccept if accepted else AccessReject
        return bytes(reply.ReplyPacket())

    return answer
