"""The demonstration's name servers: the provider's own zone, the prober's resolver, and a reference.

The zone is what `break dns` breaks. The resolver is a separate server: without it no other check could find its host.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Final

from dnslib import AAAA, MX, NS, QTYPE, RCODE, RR, SOA, TXT, A, DNSError, DNSRecord

from status.demo.ports import HOST

DOMAIN: Final = "exemple-telecom.demo.invalid"
TTL_S: Final = 60
WRONG_ADDRESS: Final = "192.0.2.66"
"""What a wrong name server answers (RFC 5737: documentation only)."""

NameServer = Callable[[DNSRecord], DNSRecord]

_SOA: Final = SOA(f"ns1.{DOMAIN}", f"hostmaster.{DOMAIN}", (2026010101, 3600, 600, 86_400, TTL_S))
_TEXT: Final = TXT("v=spf1 ip4:127.0.0.1 -all")


def authority(request: DNSRecord) -> DNSRecord:
    """Answer for the provider's zone, and refuse every other name."""
    return _authority(request, HOST)


def wrong_authority(request: DNSRecord) -> DNSRecord:
    """Answer like `authority`, every address wrong."""
    return _authority(request, WRONG_ADDRESS)


def _authority(request: DNSRecord, address: str) -> DNSRecord:
    reply = request.reply(aa=1, ra=0)
    name = _asked(request)
    if name != DOMAIN and not name.endswith(f".{DOMAIN}"):
        reply.header.aa = 0
        reply.header.rcode = RCODE.REFUSED
        return reply
    hosts = (DOMAIN, *(f"{host}.{DOMAIN}" for host in ("www", "mail", "sip", "radius", "ns1")))
    records = [
        *(RR(host, QTYPE.A, rdata=A(address), ttl=TTL_S) for host in hosts),
        RR(DOMAIN, QTYPE.SOA, rdata=_SOA, ttl=TTL_S),
        RR(DOMAIN, QTYPE.NS, rdata=NS(f"ns1.{DOMAIN}"), ttl=TTL_S),
        RR(DOMAIN, QTYPE.MX, rdata=MX(f"mail.{DOMAIN}", 10), ttl=TTL_S),
        RR(DOMAIN, QTYPE.TXT, rdata=_TEXT, ttl=TTL_S),
    ]
    found = [record for record in records if record.rname.matchGlob(name) and record.rtype == request.q.qtype]
    if name not in hosts:
        reply.header.rcode = RCODE.NXDOMAIN
    if found:
        reply.add_answer(*found)
    else:
        reply.add_auth(RR(DOMAIN, QTYPE.SOA, rdata=_SOA, ttl=TTL_S))
    return reply


def resolver(request: DNSRecord) -> DNSRecord:
    """Answer 127.0.0.1 for every name below demo.invalid; no other name exists."""
    reply = request.reply(aa=0, ra=1)
    if not _asked(request).endswith(".demo.invalid"):
        reply.header.rcode = RCODE.NXDOMAIN
    elif request.q.qtype == QTYPE.A:
        reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(HOST), ttl=TTL_S))
    return reply


def reference(request: DNSRecord) -> DNSRecord:
    """Answer any question for an address with the loopback's, any other with an empty answer."""
    reply = request.reply(aa=0, ra=1)
    if request.q.qtype == QTYPE.A:
        reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(HOST), ttl=TTL_S))
    elif request.q.qtype == QTYPE.AAAA:
        reply.add_answer(RR(request.q.qname, QTYPE.AAAA, rdata=AAAA("::1"), ttl=TTL_S))
    elif request.q.qtype == QTYPE.NS:
        reply.add_answer(RR(request.q.qname, QTYPE.NS, rdata=NS("reference.demo.invalid"), ttl=TTL_S))
    return reply


def _asked(request: DNSRecord) -> str:
    return str(request.q.qname).rstrip(".").lower()


def over_udp(server: NameServer) -> Callable[[bytes, tuple[str, int]], bytes | None]:
    """Let a name server answer datagrams; what is no question stays without an answer."""
    return lambda datagram, _client: _answer(server, datagram)


def _answer(server: NameServer, message: bytes) -> bytes | None:
    try:
        request = DNSRecord.parse(message)
    except DNSError:
        return None
    if request.header.qr or not request.questions:
        return None
    return bytes(server(request).pack())


class OverTCP(asyncio.Protocol):
    """A name server on a stream: each message has its length before it (RFC 1035 §4.2.2)."""

    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every complete message."""
        assert self._transport is not None
        self._received += data
        while len(self._received) >= 2:  # noqa: PLR2004 - the length itself
            (length,) = struct.unpack_from("!H", self._received)
            if len(self._received) < 2 + length:
                return
            message, self._received = self._received[2 : 2 + length], self._received[2 + length :]
            answer = _answer(self._server, message)
            if answer is None:
                self._transport.close()
                return
            self._transport.write(struct.pack("!H", len(answer)) + answer)
