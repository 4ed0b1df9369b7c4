"""The demonstration's mail server: aiosmtpd with STARTTLS; it takes mail for the provider's domain and drops it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final

from aiosmtpd.smtp import SMTP

from status.demo.dns import DOMAIN

HOSTNAME: Final = f"mail.{DOMAIN}"
LINE_BYTES: Final = 1_024


class Mailbox:
    """Accept mail for the provider's own domain and keep none of it."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Refuse to relay."""
        if not address.lower().endswith(f"@{DOMAIN}"):
            return "550 5.7.1 relaying denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, _envelope: Any) -> str:  # noqa: N802 - as above
        """Drop the message."""
        return "250 2.0.0 OK, dropped: this is a demonstration"


def receiving(tls: ssl.SSLContext) -> Callable[[], asyncio.BaseProtocol]:
    """Give what makes the protocol of one SMTP session; it must be called on the running loop."""
    return lambda: SMTP(
        Mailbox(),
        hostname=HOSTNAME,
        ident="ESMTP demonstration",
        tls_context=tls,
        loop=asyncio.get_running_loop(),
    )


class Refusing(asyncio.Protocol):
    """Greet with 554, answer 503 to everything, and leave on QUIT (RFC 5321 §3.1)."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(f"554 5.3.2 {HOSTNAME} takes no mail\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Answer every complete line."""
        assert self._transport is not None
        *lines, self._received = (self._received[-LINE_BYTES:] + data).split(b"\n")
        for line in lines:
            if line.strip().upper() == b"QUIT":
                self._transport.write(b"221 2.0.0 Bye\r\n")
                self._transport.close()
                return
            self._transport.write(b"503 5.5.1 no mail is taken here\r\n")
