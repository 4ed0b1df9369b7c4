"""The demonstration's SIP server: it answers OPTIONS over UDP and TCP (RFC 3261 §11, §18)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from probes.wire.sip import MalformedMessage, Message, Stream, parse_datagram

OK: Final = "200 OK"
UNAVAILABLE: Final = "503 Service Unavailable"

_COPIED: Final = ("from", "call-id", "cseq")
"""Headers that a response takes from its request (RFC 3261 §8.2.6.2), beside every Via, and To, which gets a tag."""


def over_udp(status: str) -> Callable[[bytes, tuple[str, int]], bytes | None]:
    """Answer each datagram that holds an OPTIONS request with `status`."""

    def answer(datagram: bytes, client: tuple[str, int]) -> bytes | None:
        try:
            request = parse_datagram(datagram)
        except MalformedMessage:
            return None
        return None if request is None else respond(request, status, client)

    return answer


def respond(request: Message, status: str, client: tuple[str, int]) -> bytes | None:
    """Answer a request: `status` to OPTIONS, 405 to other methods; nothing to ACK, a response, or missing headers."""
    vias = [value for name, value in request.headers if name == "via"]
    complete = all(request.first(name) for name in ("via", "to", *_COPIED))
    if request.method in {"", "ACK"} or not complete:
        return None
    to = request.first("to")
    lines = [
        f"SIP/2.0 {status if request.method == 'OPTIONS' else '405 Method Not Allowed'}",
        f"Via: {_received_from(vias[0], client)}",
        *(f"Via: {via}" for via in vias[1:]),
        *(f"{name.title()}: {request.first(name)}" for name in _COPIED),
        f"To: {to}" if ";tag=" in to else f"To: {to};tag=demonstration",
        "Allow: OPTIONS",
        "Accept: application/sdp",
        "Server: demonstration",
        "Content-Length: 0",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _received_from(via: str, client: tuple[str, int]) -> str:
    """Note in the topmost Via where the request really came from (RFC 3581 §4)."""
    top, comma, others = via.partition(",")
    noted = re.sub(r";rport(?=;|\s*$)", f";rport={client[1]}", top)
    return f"{noted};received={client[0]}{comma}{others}"


class OverTCP(asyncio.Protocol):
    """SIP on a stream; garbage ends the connection."""

    def __init__(self, status: str) -> None:
        self._status = status
        self._stream = Stream()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        assert self._transport is not None
        self._stream.feed(data)
        try:
            while (request := self._stream.next()) is not None:
                answer = respond(request, self._status, self._transport.get_extra_info("peername"))
                if answer is not None:
                    self._transport.write(answer)
        except MalformedMessage:
            self._transport.close()
