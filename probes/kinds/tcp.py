"""`tcp`: a port accepts a connection and, when told, says what is expected.

A bare connection proves little: the kernel accepts for a server that hangs. Give `expect` where the protocol greets.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from functools import cached_property
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from probes.attempt import Attempt, attempt
from probes.net.resolve import REASONS as DNS_REASONS
from probes.net.resolve import Family
from probes.net.sockets import connect
from probes.net.tls import client_context, tls_failure
from probes.net.url import parse_target
from probes.options import Options
from probes.types import Job, Kind, ProbeFailure, Reading

MAX_BYTES: Final = 65_536
CHUNK_BYTES: Final = 4_096
SHOWN: Final = 200


class TCPOptions(Options):
    """Options of `tcp`."""

    target: str = Field(description="host:port to connect to")
    family: Family = "any"
    tls: bool = Field(False, description="TLS from the first byte")
    tls_name: str | None = Field(None, min_length=1, description="Name the certificate must bear; default the host")
    verify: bool = Field(True, description="Whether a certificate that is expired, untrusted or misnamed is a fault")
    ca_file: str | None = Field(None, description="Certificates to trust instead of the system's")
    send: str = Field("", max_length=MAX_BYTES, description="Text to send once connected")
    expect: str = Field("", max_length=500, description="Expression to find in the first 64 KiB that come")
    slow_ms: int | None = Field(None, gt=0, description="Over this many milliseconds in all it is slow")

    @field_validator("target")
    @classmethod
    def _target(cls, text: str) -> str:
        parse_target(text)
        return text

    @field_validator("expect")
    @classmethod
    def _expect(cls, text: str) -> str:
        try:
            re.compile(text.encode())
        except re.error as error:
            raise ValueError(f"found {text!r}, expected a regular expression: {error}") from error
        return text

    @model_validator(mode="after")
    def _tls_only(self) -> Self:
        if not self.tls and (self.tls_name or self.ca_file):
            raise ValueError("tls_name and ca_file are for tls = true: set it, or leave them out")
        return self

    @cached_property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return parse_target(self.target)


async def probe(job: Job) -> Reading:
    """Connect, begin TLS, send, and wait for what is expected."""
    return await attempt(job, _converse)


async def _converse(run: Attempt) -> Reading:
    options = run.job.check.options
    assert isinstance(options, TCPOptions)
    host, port = options.address
    address = await run.resolve(host, options.family, port)
    run.begin("connect")
    sock = await connect(address, port, socket.SOCK_STREAM)
    if not options.tls and not options.send and not options.expect:
        sock.close()
        return run.reading(options.slow_ms)
    run.connected()
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        if options.tls:
            run.begin("tls")
            await _start_tls(writer, options, host)
            run.evidence["tls"] = writer.get_extra_info("ssl_object").version()
        if options.send:
            run.begin("send")
            writer.write(options.send.encode())
            await writer.drain()
        if options.expect:
            run.begin("answer")
            await _expect(run, reader, options.expect)
    finally:
        writer.transport.abort()  # close() would wait for a hung server's TLS good-bye
    return run.reading(options.slow_ms)


async def _start_tls(writer: asyncio.StreamWriter, options: TCPOptions, host: str) -> None:
    context = client_context(options.ca_file, options.verify)
    try:
        await writer.start_tls(context, server_hostname=options.tls_name or host)
    except ssl.SSLError as error:
        raise tls_failure(error) from error
    except ConnectionResetError as error:
        raise ProbeFailure("tls_failed", "the server ended the connection during the TLS handshake") from error


async def _expect(run: Attempt, reader: asyncio.StreamReader, expression: str) -> None:
    """Read until `expression` is found; raise ProbeFailure closed, protocol or too_large when it never will be."""
    wanted = re.compile(expression.encode())
    came = bytearray()
    while not wanted.search(came):
        data = await reader.read(CHUNK_BYTES)
        if data:
            run.job.trace(f"< {data[:SHOWN].decode(errors='replace')}")
        shown = came[:SHOWN].decode(errors="replace")
        if not data and not came:
            raise ProbeFailure("closed", "the server ended the connection without a word")
        if not data:
            raise ProbeFailure("protocol", f"found {shown!r}, expected {expression!r}; then the connection ended")
        if len(came) + len(data) > MAX_BYTES:
            raise ProbeFailure("too_large", f"{expression!r} is not in the first 64 KiB, which begin {shown!r}")
        came += data
    with suppress(IndexError):
        run.evidence["answer"] = bytes(came).splitlines()[0][:SHOWN].decode(errors="replace")


KIND = Kind(
    name="tcp",
    summary="A port accepts a connection and says what is expected",
    options=TCPOptions,
    reasons={
        **DNS_REASONS,
        "timeout": "no end within the deadline",
        "stalled": "it accepted the connection, then did not go on within the deadline",
        "refused": "nothing listens on the port",
        "unreachable": "no route to the server",
        "reset": "the connection was reset",
        "closed": "the connection ended without a word",
        "protocol": "what came is not what was expected",
        "too_large": "64 KiB came without what was expected",
        "tls_expired": "the certificate has expired or is not valid yet",
        "tls_untrusted": "the certificate is not signed by a trusted authority",
        "tls_wrong_name": "the certificate bears another name",
        "tls_failed": "the TLS handshake failed",
    },
    probe=probe,
)
