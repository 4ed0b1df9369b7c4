"""sip_options: a SIP server answers an OPTIONS request, by UDP or TCP. Any well-formed answer proves life."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from probes.attempt import Attempt, attempt
from probes.net.resolve import REASONS as RESOLVE_REASONS
from probes.net.resolve import Family
from probes.net.sockets import connect, endpoint
from probes.options import Options
from probes.types import Job, Kind, ProbeFailure, Reading
from probes.wire.sip import MalformedMessage, Message, MessageTooLarge, OptionsRequest, Stream, parse_datagram, uri_host

T1_S = 0.5
"""First retransmission interval over UDP (RFC 3261 §17.1.2.2, timer E)."""

T2_S = 4.0
"""Longest retransmission interval, and the one after a provisional answer."""

CHUNK_BYTES = 16_384
FINAL = 200

Code = Annotated[int, Field(ge=200, le=699)]
CodeRange = Annotated[str, StringConstraints(pattern=r"^[2-6][0-9]{2}(-[2-6][0-9]{2})?$")]
User = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.!~*'()&=+$,;?/%-]*$", max_length=128)]
Domain = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])$", max_length=255)]


class SIPOptions(Options):
    """Options of `sip_options`."""

    host: str = Field(min_length=1, description="Name or address of the SIP server")
    port: int = Field(5060, ge=1, le=65535)
    transport: Literal["udp", "tcp"] = "udp"
    family: Family = "any"
    to_user: User = Field("", description="User part of the request's address; empty asks the server itself")
    to_domain: Domain | None = Field(None, description="Domain of the request's address; default the host")
    from_user: User = "travaux"
    from_domain: Domain | None = Field(None, description="Domain of the sender's address; default our own address")
    accept_codes: tuple[Code | CodeRange, ...] = Field(
        ("200-499", "600-699"),
        min_length=1,
        description="Final answers that prove life, codes and ranges; 500-599 says the server can't serve",
    )
    slow_ms: int | None = Field(None, gt=0, description="Over this many milliseconds in all it is slow")

    @cached_property
    def accepted(self) -> frozenset[int]:
        """Every final code that is right."""
        bounds = (str(entry).partition("-") for entry in self.accept_codes)
        return frozenset(code for first, _, last in bounds for code in range(int(first), int(last or first) + 1))


class _Exchange:
    """One OPTIONS request and what came back so far."""

    def __init__(self, run: Attempt, request: OptionsRequest) -> None:
        self.run = run
        self.request = request
        self.provisional = False
        self.sent = 0
        self.stray = ""

    def is_final(self, message: Message) -> bool:
        """Whether `message` ends the transaction; anything else is noted and dropped."""
        self.run.job.trace(f"< {message.code or message.method} {message.phrase}")
        if not message.answers(self.request.branch, self.request.sequence):
            self.stray = f"{message.code or message.method} with branch {message.branch[:60]!r}"
            return False
        self.provisional = self.provisional or (message.code or 0) < FINAL
        return (message.code or 0) >= FINAL

    def read_datagram(self, data: bytes) -> Message | None:
        """Give the final answer in a datagram. Garbage is noted and dropped: a good answer may still follow."""
        try:
            message = parse_datagram(data)
        except MalformedMessage as error:
            self.stray = str(error)
            self.run.job.trace(f"< not SIP: {error}")
            return None
        return message if message and self.is_final(message) else None

    def waits_s(self) -> Iterator[float]:
        """Give the seconds to wait after each transmission: 0.5, 1, 2, 4, 4 … (RFC 3261 §17.1.2.2)."""
        wait_s = T1_S
        while True:
            yield wait_s
            wait_s = T2_S if self.provisional else min(2 * wait_s, T2_S)

    def silence(self) -> ProbeFailure:
        """Say what a deadline that passes now means: with strays it is no silence but the wrong protocol."""
        if self.stray:
            return ProbeFailure("protocol", f"no answer to our OPTIONS, only something else: {self.stray}")
        deadline = self.run.job.deadline
        is_heard = self.provisional or self.request.transport == "tcp"
        return deadline.stalled("answer") if is_heard else deadline.failure("answer")


async def probe(job: Job) -> Reading:
    """Send OPTIONS and wait for a final answer (RFC 3261 §11, §17.1.2)."""
    return await attempt(job, _ask)


async def _ask(run: Attempt) -> Reading:
    options = run.job.check.options
    assert isinstance(options, SIPOptions)
    udp = options.transport == "udp"
    address = await run.resolve(options.host, options.family, options.port)
    run.begin("connect")
    with await connect(address, options.port, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as sock:
        exchange = _Exchange(run, _request(options, sock))
        run.begin("answer")
        run.silence = exchange.silence
        data = exchange.request.encode()
        run.job.trace(f"> OPTIONS {exchange.request.uri}")
        if udp:
            final = await run.ask(sock, data, exchange.read_datagram, exchange.waits_s())
        else:
            final = await _ask_by_tcp(exchange, sock, data)
        _judge(run, options, final)
    return run.reading(options.slow_ms)


def _request(options: SIPOptions, sock: socket.socket) -> OptionsRequest:
    own_address, own_port = sock.getsockname()[:2]
    domain = options.to_domain or uri_host(options.host)
    port = "" if options.to_domain or options.port == 5060 else f":{options.port}"  # noqa: PLR2004 (SIP's own port)
    user = f"{options.to_user}@" if options.to_user else ""
    return OptionsRequest(
        uri=f"sip:{user}{domain}{port}",
        sender=f"sip:{options.from_user}@{options.from_domain or uri_host(own_address)}",
        transport=options.transport,
        local=endpoint(own_address, own_port),
        branch="z9hG4bK" + secrets.token_hex(8),
        call_id=secrets.token_hex(12),
        tag=secrets.token_hex(4),
        number=secrets.randbelow(2**31 - 1) + 1,
    )


async def _ask_by_tcp(exchange: _Exchange, sock: socket.socket, request: bytes) -> Message:
    """Send once (TCP delivers) and read until a final answer, the end of the stream or the deadline."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, request)
    stream = Stream()
    while data := await loop.sock_recv(sock, CHUNK_BYTES):
        stream.feed(data)
        try:
            while message := stream.next():
                if exchange.is_final(message):
                    return message
        except MessageTooLarge as error:
            raise ProbeFailure("too_large", str(error)) from error
        except MalformedMessage as error:
            raise ProbeFailure("protocol", str(error)) from error
    raise ProbeFailure("closed", "the server ended the connection before a final answer")


def _judge(run: Attempt, options: SIPOptions, final: Message) -> None:
    """Note the answer; raise ProbeFailure('sip_status') when its code is not accepted."""
    server = final.first("server") or final.first("user-agent")
    run.evidence |= {"code": final.code, "phrase": final.phrase[:120], "server": server[:120]}
    if final.code not in options.accepted:
        accepted = ", ".join(map(str, options.accept_codes))
        raise ProbeFailure("sip_status", f"answered {final.code} {final.phrase[:120]}, expected {accepted}")


KIND = Kind(
    name="sip_options",
    summary="A SIP server answers OPTIONS over UDP or TCP",
    options=SIPOptions,
    reasons={
        **RESOLVE_REASONS,
        "timeout": "no final answer within the deadline, retransmissions included",
        "stalled": "it accepted the connection or answered provisionally, but not finally within the deadline",
        "refused": "nothing listens on the port",
        "unreachable": "no route to the server",
        "reset": "the connection was reset",
        "closed": "the connection ended before a final answer",
        "protocol": "what came back is not SIP, or no answer to our request",
        "too_large": "a message over 16 KiB of head or 64 KiB of body",
        "sip_status": "a final answer whose code is not accepted",
    },
    probe=probe,
)
