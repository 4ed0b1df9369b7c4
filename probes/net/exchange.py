"""One attempt of a look-up: a server is asked one or two questions from one new socket (RFC 1035 §4.2)."""

from __future__ import annotations

import asyncio
import os
import select
import socket
from dataclasses import dataclass, field
from typing import Final

from probes.net.system import Server
from probes.net.watch import Watch
from probes.wire import dns

SECOND_FAMILY_S: Final = 0.05
"""How long the other family is waited for once one has addresses (RFC 8305 §3, Resolution Delay)."""


@dataclass(slots=True)
class Heard:
    """What an attempt heard: answers per record type asked; `error` when the socket or the answer was bad."""

    answers: dict[int, dns.Answer] = field(default_factory=dict)
    error: OSError | ValueError | None = None

    def addresses(self) -> tuple[str, ...]:
        """Give all addresses, IPv4 first."""
        return tuple(address for rdtype in sorted(self.answers) for address in self.answers[rdtype].addresses)


async def ask(watch: Watch, server: Server, name: str, rdtypes: tuple[int, ...], within_s: float) -> Heard:
    """Ask over UDP, and again over TCP what was cut. Give what was heard within `within_s` seconds.

    Raise ValueError for a name that no question can hold, OSError when there is no socket to ask from.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    questions = {rdtype: dns.pack_question(name, rdtype) for rdtype in rdtypes}
    with socket.socket(server.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
        attempt = _Attempt(loop, watch, sock, questions)
        heard = await attempt.run(server, within_s)
    for rdtype, answer in heard.answers.items():
        if answer.truncated:
            left_s = max(0.0, within_s - (loop.time() - began))
            heard.answers[rdtype] = await _ask_stream(server, questions[rdtype], left_s)
    return heard


class _Attempt:
    """Datagrams of one attempt. The socket is connected: a random port of ours, the kernel drops other sources."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, watch: Watch, sock: socket.socket, questions: dict[int, bytes]
    ) -> None:
        self._loop = loop
        self._watch = watch
        self._sock = sock
        self._questions = questions
        chance = os.urandom(2 * len(questions))
        self._open = {rdtype: int.from_bytes(chance[2 * i : 2 * i + 2], "big") for i, rdtype in enumerate(questions)}
        self._heard = Heard()
        self._done: asyncio.Future[None] = loop.create_future()
        self._timer: asyncio.Handle | None = None

    async def run(self, server: Server, within_s: float) -> Heard:
        """Send, and wait until all is answered, an error comes or the time is over."""
        try:
            self._sock.connect((server.address, server.port))
            for rdtype, question in self._questions.items():
                self._sock.send(dns.pack_query(self._open[rdtype], question))
        except OSError as error:
            self._heard.error = error
            return self._heard
        fd = self._sock.fileno()
        self._watch.set(fd, select.EPOLLIN, self._read)
        self._timer = self._loop.call_later(within_s, self._finish)
        try:
            await self._done
        finally:
            self._timer.cancel()
            self._watch.drop(fd)
        return self._heard

    def _finish(self) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _read(self, _fd: int, _events: int) -> None:
        had_addresses = bool(self._heard.answers)
        try:
            while self._open:
                self._take(self._sock.recv(4096))
        except BlockingIOError:
            pass
        except (OSError, ValueError) as error:
            self._heard.error = error
            self._finish()
        if not self._open or any(answer.rcode == dns.NXDOMAIN for answer in self._heard.answers.values()):
            self._finish()
        elif not had_addresses and self._heard.addresses():
            assert self._timer is not None
            self._timer.cancel()
            self._timer = self._loop.call_later(SECOND_FAMILY_S, self._finish)

    def _take(self, packet: bytes) -> None:
        for rdtype, query_id in self._open.items():
            answer = dns.read_answer(packet, query_id, self._questions[rdtype])
            if answer is not None:
                self._heard.answers[rdtype] = answer
                del self._open[rdtype]
                return


async def _ask_stream(server: Server, question: bytes, within_s: float) -> dns.Answer:
    """Ask over TCP; give an empty truncated answer when nothing whole came in time."""
    query_id = int.from_bytes(os.urandom(2), "big")
    query = dns.pack_query(query_id, question)
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(server.address, server.port)
            try:
                writer.write(len(query).to_bytes(2, "big") + query)
                size = int.from_bytes(await reader.readexactly(2), "big")
                answer = dns.read_answer(await reader.readexactly(size), query_id, question)
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError, ValueError):
        answer = None
    return answer or dns.Answer(dns.NOERROR, truncated=True)
