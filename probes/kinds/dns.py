"""`dns`: a name server answers one question with the records expected (RFC 1035)."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pydantic import Field, field_validator, model_validator

from probes.attempt import Attempt, attempt
from probes.net.resolve import REASONS as DNS_REASONS
from probes.net.resolve import Family
from probes.net.sockets import connect
from probes.net.system import ascii_name, literal_family
from probes.net.url import parse_target
from probes.options import Options
from probes.types import Job, Kind, ProbeFailure, Reading
from probes.wire import dns as wire

if TYPE_CHECKING:
    from typing import Self

    from dns.message import Message

PORT: Final = 53
RETRANSMITS_S: Final = (1.0, 2.0, 4.0)
"""Waits between datagrams; the last repeats until the deadline."""
RCODE_REASONS: Final = {wire.NXDOMAIN: "dns_nxdomain", wire.SERVFAIL: "dns_servfail", wire.REFUSED: "dns_refused"}


class DNSOptions(Options):
    """Options of `dns`."""

    name: str = Field(description="Name to ask for")
    type: str = Field("A", description="Type of record: A, AAAA, MX, NS, TXT, SOA …")
    server: str = Field(description="Name server to ask: an address or a name, with :port unless it is 53")
    family: Family = "any"
    tcp: bool = Field(False, description="Ask over TCP; over UDP an answer that was cut is asked for again over TCP")
    expect: tuple[str, ...] = Field((), description="Records that must be among the answer's, as zone files have them")
    exact: bool = Field(False, description="Whether no other record may be there")
    require_aa: bool = Field(False, description="Whether the answer must be authoritative")
    require_ad: bool = Field(False, description="Whether the resolver must have validated the answer (DNSSEC)")
    slow_ms: int | None = Field(None, gt=0, description="Over this many milliseconds in all it is slow")

    @field_validator("name")
    @classmethod
    def _name(cls, text: str) -> str:
        name = text if text == "." else ascii_name(text)
        wire.pack_question(name, wire.A)
        return name

    @field_validator("type")
    @classmethod
    def _type(cls, text: str) -> str:
        import dns.rdatatype

        try:
            return dns.rdatatype.to_text(dns.rdatatype.from_text(text))
        except dns.rdatatype.UnknownRdatatype as error:
            raise ValueError(f"found {text!r}, expected a type of record like 'A', 'AAAA', 'MX' or 'TXT'") from error

    @field_validator("server")
    @classmethod
    def _server(cls, text: str) -> str:
        _split_server(text)
        return text

    @model_validator(mode="after")
    def _records(self) -> Self:
        if self.exact and not self.expect:
            raise ValueError("exact = true without expect: list the records expected")
        assert self.records is not None
        return self

    @cached_property
    def records(self) -> frozenset[str]:
        """The records expected, written as `_shown` writes those of an answer. Raise ValueError."""
        return frozenset(_canonical(self.type, text) for text in self.expect)

    @cached_property
    def question(self) -> bytes:
        """The packed question."""
        import dns.rdatatype

        return wire.pack_question(self.name, dns.rdatatype.from_text(self.type))


async def probe(job: Job) -> Reading:
    """Ask the server and compare its answer."""
    return await attempt(job, _ask)


async def _ask(run: Attempt) -> Reading:
    options = run.job.check.options
    assert isinstance(options, DNSOptions)
    host, port = _split_server(options.server)
    address = await run.resolve(host, options.family, port)
    run.evidence["question"] = f"{options.name} {options.type}"
    run.silence = lambda: ProbeFailure("dns_timeout", f"no answer from {run.evidence['peer']}")
    message = None if options.tcp else await _ask_datagram(run, options, address, port)
    if message is None:
        message = await _ask_stream(run, options, address, port)
    try:
        _judge(run, options, message)
    except ProbeFailure:
        for line in message.to_text().splitlines():
            run.job.trace(f"< {line}")
        raise
    return run.reading(options.slow_ms)


async def _ask_datagram(run: Attempt, options: DNSOptions, address: str, port: int) -> Message | None:
    """Give the answer over UDP, None when it was cut."""
    import dns.flags

    query_id, query = _query(options)
    run.begin("answer")
    with await connect(address, port, socket.SOCK_DGRAM) as sock:
        waits_s = itertools.chain(RETRANSMITS_S, itertools.repeat(RETRANSMITS_S[-1]))
        message = await run.ask(sock, query, lambda packet: _read(packet, query_id, options), waits_s)
    return None if message.flags & dns.flags.TC else message


async def _ask_stream(run: Attempt, options: DNSOptions, address: str, port: int) -> Message:
    """Give the answer over TCP (RFC 7766). Raise ProbeFailure closed or protocol."""
    query_id, query = _query(options)
    run.begin("connect")
    sock = await connect(address, port, socket.SOCK_STREAM)
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        run.begin("answer")
        writer.write(len(query).to_bytes(2, "big") + query)
        size = int.from_bytes(await reader.readexactly(2), "big")
        message = _read(await reader.readexactly(size), query_id, options)
    except asyncio.IncompleteReadError as error:
        raise ProbeFailure("closed", "the server ended the connection before its answer did") from error
    finally:
        writer.transport.abort()
    if message is None:
        raise ProbeFailure("protocol", "what came over TCP answers another question")
    return message


def _query(options: DNSOptions) -> tuple[int, bytes]:
    query_id = int.from_bytes(os.urandom(2), "big")
    flags = wire.RECURSION_DESIRED | (wire.AUTHENTIC_DATA if options.require_ad else 0)
    return query_id, wire.pack_query(query_id, options.question, flags)


def _read(packet: bytes, query_id: int, options: DNSOptions) -> Message | None:
    """Read an answer; None when it is one to another question. Raise ProbeFailure('protocol') when it is no DNS."""
    import dns.exception
    import dns.flags
    import dns.message

    try:
        message = dns.message.from_wire(packet, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError) as error:
        raise ProbeFailure("protocol", f"{len(packet)} bytes came that are no DNS message: {error}") from error
    if message.id != query_id or not message.flags & dns.flags.QR:
        return None
    asked = packet[wire.HEADER.size :][: len(options.question)]
    return message if not message.question or asked.lower() == options.question.lower() else None


def _judge(run: Attempt, options: DNSOptions, message: Message) -> None:
    """Raise ProbeFailure when the answer is not what it should be."""
    import dns.flags
    import dns.rcode

    rcode = message.rcode()
    run.evidence["rcode"] = dns.rcode.to_text(rcode)
    if rcode != wire.NOERROR:
        reason = RCODE_REASONS.get(int(rcode), "dns_error")
        raise ProbeFailure(reason, f"{run.evidence['peer']} answered {run.evidence['rcode']} for {options.name}")
    found = _shown(message, options.type)
    run.evidence["records"] = sorted(found)[:20]
    if not found:
        raise ProbeFailure("dns_nodata", f"{options.name} has no {options.type} record")
    for required, flag, meaning in (
        (options.require_aa, dns.flags.AA, "not authoritative"),
        (options.require_ad, dns.flags.AD, "not validated"),
    ):
        if required and not message.flags & flag:
            raise ProbeFailure("dns_wrong_answer", f"the answer of {run.evidence['peer']} is {meaning}")
    missing, foreign = options.records - found, found - options.records
    if missing or (options.exact and foreign):
        wanted = ", ".join(sorted(options.records))
        raise ProbeFailure("dns_wrong_answer", f"found {', '.join(sorted(found)[:20])}, expected {wanted}")


def _shown(message: Message, rdtype: str) -> frozenset[str]:
    """Give the answer's records of one type as text, whatever aliases lead to them."""
    import dns.rdatatype

    wanted = dns.rdatatype.from_text(rdtype)
    return frozenset(
        record.to_text().lower() if wanted != dns.rdatatype.TXT else record.to_text()
        for rrset in message.answer
        if rrset.rdtype == wanted
        for record in rrset
    )


def _canonical(rdtype: str, text: str) -> str:
    """Write an expected record as dnspython writes it: names whole, TXT in quotes. Raise ValueError."""
    import dns.exception
    import dns.name
    import dns.rdata

    quoted = f'"{text}"' if rdtype == "TXT" and not text.startswith('"') else text
    try:
        shown: str = dns.rdata.from_text("IN", rdtype, quoted, origin=dns.name.root, relativize=False).to_text()
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"found {text!r}, expected the data of a record of type {rdtype}: {error}") from error
    return shown if rdtype == "TXT" else shown.lower()


def _split_server(text: str) -> tuple[str, int]:
    """Read an address or a name, with an optional port. Raise ValueError."""
    if literal_family(text) is not None:
        return text, PORT
    return parse_target(text) if ":" in text else (ascii_name(text), PORT)


KIND = Kind(
    name="dns",
    summary="A name server answers a question with the records expected",
    options=DNSOptions,
    reasons={
        **DNS_REASONS,
        "timeout": "no end within the deadline",
        "refused": "nothing listens on the port",
        "unreachable": "no route to the server",
        "reset": "the connection was reset",
        "closed": "the connection ended before the answer did",
        "protocol": "what came back is no DNS message",
        "dns_wrong_answer": "the answer has other records than expected, or lacks a flag that is required",
    },
    probe=probe,
)
