"""SIP servers that answer OPTIONS as a test tells them."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable

from tests.servers.loopback import Answer, Talk


def reply(request: bytes, status: str = "200 OK", extra: bytes = b"", body: bytes = b"") -> bytes:
    """The answer a sane server makes: Via, From, To, Call-ID and CSeq are the request's (RFC 3261 §8.2.6)."""
    kept = re.findall(rb"(?mi)^(?:via|from|to|call-id|cseq):[^\r\n]*\r\n", request)
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"SIP/2.0 " + status.encode() + b"\r\n" + b"".join(kept) + b"Server: lab/1.0\r\n" + extra + length + body


def answering(status: str = "200 OK") -> Answer:
    """Answer each request at once with `status`."""
    return lambda request: [reply(request, status)]


def on_the_nth(count: int, status: str = "200 OK") -> Answer:
    """Drop all requests before the `count`-th."""
    seen: list[bytes] = []

    def answer(request: bytes) -> list[bytes]:
        seen.append(request)
        return [reply(request, status)] if len(seen) >= count else []

    return answer


def over_tcp(make: Callable[[bytes], bytes]) -> Talk:
    """Read one request and send what `make` gives for it, then keep the connection open."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(make(read_request(connection)))
        over.wait()

    return talk


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(4096)
        if not chunk:
            break
        data += chunk
    return data
