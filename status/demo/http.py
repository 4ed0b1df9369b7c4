"""The demonstration's web server: one small site over HTTP/1.1, in clear and over TLS."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

HEAD_BYTES: Final = 16_384
PAGE: Final = """<!doctype html>
<html lang="fr"><meta charset="utf-8"><title>Exemple Télécom</title>
<h1>Bienvenue chez Exemple Télécom</h1>
<p>Hébergement, e-mail, téléphonie, accès Internet. Ce fournisseur est une démonstration.</p>
</html>
""".encode()
FAILURE: Final = b"<!doctype html><title>500</title><h1>Internal Server Error</h1>\n"


class Site(asyncio.Protocol):
    """Answer GET and HEAD of any path with the page; persistent connections, no request bodies (RFC 9112)."""

    ok = HTTPStatus.OK
    page = PAGE

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request whose head is complete."""
        assert self._transport is not None
        self._received += data
        while b"\r\n\r\n" in self._received and not self._transport.is_closing():
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._answer(head.decode("latin-1"))
        if len(self._received) > HEAD_BYTES:
            self._send(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, b"", close=True)

    def _answer(self, head: str) -> None:
        line, *fields = head.split("\r\n")
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, target, version
            self._send(HTTPStatus.BAD_REQUEST, b"", close=True)
            return
        leaves = words[2] == "HTTP/1.0" or any(field.lower().replace(" ", "") == "connection:close" for field in fields)
        if words[0] not in {"GET", "HEAD"}:
            self._send(HTTPStatus.METHOD_NOT_ALLOWED, b"", close=True)
            return
        self._send(self.ok, self.page, head_only=words[0] == "HEAD", close=leaves)

    def _send(self, status: HTTPStatus, body: bytes, *, head_only: bool = False, close: bool = False) -> None:
        assert self._transport is not None
        fields = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Date: {formatdate(usegmt=True)}",
            "Server: demonstration",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(body)}",
            *(["Allow: GET, HEAD"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []),
            *(["Connection: close"] if close else []),
        ]
        self._transport.write("\r\n".join(fields).encode() + b"\r\n\r\n" + (b"" if head_only else body))
        if close:
            self._transport.close()


class WrongSite(Site):
    """Answer every page with 500."""

    ok = HTTPStatus.INTERNAL_SERVER_ERROR
    page = FAILURE
