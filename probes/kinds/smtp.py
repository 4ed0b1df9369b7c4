"""smtp: a mail server greets, answers EHLO and speaks verified TLS. It sends no mail and never logs in."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from probes.attempt import Attempt, attempt
from probes.net.resolve import REASONS as RESOLVE_REASONS
from probes.net.resolve import Family
from probes.net.sockets import connect
from probes.net.tls import client_context, tls_failure
from probes.options import Options
from probes.types import Job, Kind, ProbeFailure, Reading
from probes.wire.smtp import MalformedReply, Replies, Reply, ReplyTooLarge

CHUNK_BYTES = 4096
QUIT_WAIT_S = 0.5
"""How long the answer to QUIT is awaited: a courtesy that changes nothing in the result."""

SHOWN = 200
"""Characters of the server's own words kept as evidence."""

EHLOName = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.-]+|\[[0-9A-Za-z:.]+\])$", max_length=255)]


class SMTPOptions(Options):
    """Options of `smtp`."""

    host: str = Field(min_length=1, description="Name or address of the mail server")
    port: int = Field(25, ge=1, le=65535)
    family: Family = "any"
    ehlo_name: EHLOName | None = Field(None, description="How we call ourselves; default our address, [192.0.2.1]")
    tls: bool = Field(False, description="TLS from the first byte (port 465); STARTTLS is then left out")
    starttls: Literal["off", "offered", "required"] = Field(
        "offered", description="off: never; offered: where the server offers it; required: a fault when it does not"
    )
    tls_name: str | None = Field(None, min_length=1, description="Name the certificate must bear; default the host")
    ca_file: str | None = Field(None, description="Certificates to trust instead of the system's")
    verify: bool = Field(True, description="Whether a certificate that is expired, untrusted or misnamed is a fault")
    slow_ms: int | None = Field(None, gt=0, description="Over this many milliseconds in all it is slow")

    @model_validator(mode="after")
    def _one_way_into_tls(self) -> Self:
        if self.tls and "starttls" in self.model_fields_set and self.starttls != "off":
            msg = f"tls = true and starttls = {self.starttls!r} exclude each other; leave starttls out"
            raise ValueError(msg)
        return self


class _Session:
    """A conversation with the server: commands out, whole replies in."""

    def __init__(
        self, run: Attempt, options: SMTPOptions, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.run = run
        self.options = options
        self._reader = reader
        self._writer = writer
        self._replies = Replies()

    async def command(self, line: str) -> Reply:
        """Send one line and give the reply."""
        self.run.job.trace(f"> {line}")
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()
        return await self.reply()

    async def reply(self) -> Reply:
        """Give the next reply; raise ProbeFailure closed, protocol or too_large."""
        try:
            while (reply := self._replies.next()) is None:
                data = await self._reader.read(CHUNK_BYTES)
                if not data:
                    raise ProbeFailure("closed", f"the server ended the connection during {self.run.phase}")
                self._replies.feed(data)
        except ReplyTooLarge as error:
            raise ProbeFailure("too_large", str(error)) from error
        except MalformedReply as error:
            raise ProbeFailure("protocol", str(error)) from error
        self.run.job.trace(f"< {reply}")
        self.run.evidence.setdefault("codes", {})[self.run.phase] = reply.code
        return reply

    async def start_tls(self) -> None:
        """Begin TLS on the open connection; raise ProbeFailure tls_* when it fails or can't be verified."""
        if not self._replies.is_empty:
            raise ProbeFailure("protocol", "bytes in clear after the answer to STARTTLS (RFC 3207 §6 forbids them)")
        context = client_context(self.options.ca_file, self.options.verify)
        name = self.options.tls_name or self.options.host
        try:
            await self._writer.start_tls(context, server_hostname=name.strip("[]"))
        except ssl.SSLError as error:
            raise tls_failure(error) from error
        except ConnectionResetError as error:
            raise ProbeFailure("tls_failed", "the server ended the connection during the TLS handshake") from error
        self.run.evidence["tls"] = self._writer.get_extra_info("ssl_object").version()
        self.run.job.trace(f"tls {self.run.evidence['tls']}, name {name}, verified {self.options.verify}")

    async def quit(self) -> None:
        """Say good-bye; whatever happens now says nothing about the service."""
        self.run.begin("quit")
        try:
            async with asyncio.timeout(min(QUIT_WAIT_S, self.run.job.deadline.left_s() / 2)):
                await self.command("QUIT")
        except (TimeoutError, ProbeFailure, OSError) as error:
            self.run.job.trace(f"no answer to QUIT: {error!r}")


async def probe(job: Job) -> Reading:
    """Connect, read the greeting, say EHLO, begin TLS, say EHLO again, QUIT (RFC 5321, RFC 3207)."""
    return await attempt(job, _converse)


async def _converse(run: Attempt) -> Reading:
    options = run.job.check.options
    assert isinstance(options, SMTPOptions)
    address = await run.resolve(options.host, options.family, options.port)
    run.begin("connect")
    sock = await connect(address, options.port, socket.SOCK_STREAM)
    run.connected()
    own_address = sock.getsockname()[0]
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        session = _Session(run, options, reader, writer)
        await _greet(session, options.ehlo_name or _address_literal(own_address))
        await session.quit()
    finally:
        writer.transport.abort()  # close() would wait for a hung server's TLS good-bye
    return run.reading(options.slow_ms)


async def _greet(session: _Session, name: str) -> None:
    run, options = session.run, session.options
    if options.tls:
        run.begin("tls")
        await session.start_tls()
    run.begin("banner")
    banner = await session.reply()
    run.evidence["banner"] = str(banner)[:SHOWN]
    _require(banner, 220, "greeting")
    run.begin("ehlo")
    ehlo = await _ehlo(session, name)
    if options.tls or options.starttls == "off":
        return
    run.begin("starttls")
    if "STARTTLS" not in ehlo.keywords:
        if options.starttls == "required":
            raise ProbeFailure("smtp_starttls", f"STARTTLS is not offered; EHLO offers {', '.join(ehlo.keywords)}")
        return
    answer = await session.command("STARTTLS")
    if answer.code != 220:  # noqa: PLR2004 (RFC 3207 §4)
        raise ProbeFailure("smtp_starttls", f"STARTTLS was answered {str(answer)[:SHOWN]!r}; expected 220")
    await session.start_tls()
    run.begin("ehlo_tls")
    await _ehlo(session, name)


async def _ehlo(session: _Session, name: str) -> Reply:
    reply = await session.command(f"EHLO {name}")
    _require(reply, 250, "answer to EHLO")
    session.run.evidence["features"] = [keyword[:40] for keyword in reply.keywords[:30]]
    return reply


def _require(reply: Reply, code: int, what: str) -> None:
    """Raise ProbeFailure('smtp_refused') when `reply` has another code than it must."""
    if reply.code != code:
        raise ProbeFailure("smtp_refused", f"the {what} is {str(reply)[:SHOWN]!r}; expected {code}")


def _address_literal(address: str) -> str:
    """Give our address as EHLO writes it (RFC 5321 §4.1.3)."""
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


KIND = Kind(
    name="smtp",
    summary="A mail server greets, answers EHLO and speaks verified TLS",
    options=SMTPOptions,
    reasons={
        **RESOLVE_REASONS,
        "timeout": "no end within the deadline",
        "stalled": "it accepted the connection, then did not go on within the deadline",
        "refused": "nothing listens on the port",
        "unreachable": "no route to the server",
        "reset": "the connection was reset",
        "closed": "the connection ended before an answer",
        "protocol": "what came back is not SMTP",
        "too_large": "a line over 2 KiB or a reply over 100 lines",
        "smtp_refused": "the greeting or the answer to EHLO is a refusal",
        "smtp_starttls": "STARTTLS is not offered or was refused",
        "tls_expired": "the certificate has expired",
        "tls_untrusted": "the certificate is not signed by a trusted authority",
        "tls_wrong_name": "the certificate bears another name",
        "tls_failed": "the TLS handshake failed",
    },
    probe=probe,
)
