"""Listeners that can be broken: the one place where refusing, hanging and being slow are done, for TCP and for UDP."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final, Protocol

from status.demo.faults import Fault, Mode
from status.demo.ports import bind_tcp, bind_udp
from status.log import fields

log = logging.getLogger(__name__)

DATAGRAM_BYTES: Final = 65_535

Answer = Callable[[bytes, tuple[str, int]], bytes | None]
"""Give the answer to one datagram from (host, port), or None to stay silent."""


class Listener(Protocol):
    """A port that obeys a fault."""

    @property
    def port(self) -> int:
        """The number of the port."""
        ...

    def obey(self, fault: Fault) -> None:
        """Behave like `fault` from now on. Raise NotStarted when the port can't be opened."""
        ...

    def close(self) -> None:
        """Stop listening and end every connection."""
        ...


class Silence(asyncio.Protocol):
    """Swallow everything, say nothing, leave when the other side does."""


class TCPListener:
    """One TCP port on 127.0.0.1.

    `well` and `wrong` make the protocol of a new connection; `tls` wraps it from the first byte. A change of fault
    ends the connections at hand, as the restart of a real server would.
    """

    def __init__(
        self,
        port: int,
        well: Callable[[], asyncio.BaseProtocol],
        wrong: Callable[[], asyncio.BaseProtocol],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = port
        self._well = well
        self._wrong = wrong
        self._tls = tls
        self._socket: socket.socket | None = None
        self._fault: Fault | None = None
        self._waiting: set[socket.socket] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._connections: set[asyncio.BaseTransport] = set()

    def obey(self, fault: Fault) -> None:
        """Behave like `fault` from now on. Raise NotStarted when the port can't be opened."""
        if fault.mode is Mode.BREAK:
            self.close()
        elif self._socket is None:
            self._socket = bind_tcp(self.port)
            asyncio.get_running_loop().add_reader(self._socket, self._accept)
        if fault != self._fault:
            self._end_connections()
        self._fault = fault

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._end_connections()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _end_connections(self) -> None:
        for task in self._starting:
            task.cancel()
        for accepted in self._waiting:
            accepted.close()
        self._waiting.clear()
        for transport in self._connections:
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        self._connections.clear()

    def _accept(self) -> None:
        assert self._socket is not None
        assert self._fault is not None
        try:
            accepted, _ = self._socket.accept()
        except OSError:  # the client left meanwhile, or no descriptor is free: the next one may fare better
            return
        accepted.setblocking(False)
        self._waiting.add(accepted)
        task = asyncio.create_task(self._serve(accepted, self._fault))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _serve(self, accepted: socket.socket, fault: Fault) -> None:
        """Hand a new connection to the protocol that `fault` asks for."""
        make = {Mode.HANG: Silence, Mode.WRONG: self._wrong}.get(fault.mode, self._well)
        tls = None if fault.mode is Mode.HANG else self._tls
        if fault.mode is Mode.SLOW:
            await asyncio.sleep(fault.seconds)
        self._waiting.remove(accepted)  # from here on it belongs to its transport
        try:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.connect_accepted_socket(make, accepted, ssl=tls)
        except OSError as error:  # TLS errors are OSErrors: the client gave up or refused our certificate
            log.debug("demo_connection_lost", extra=fields(port=self.port, error=str(error)))
            return
        self._connections = {other for other in self._connections if not other.is_closing()} | {transport}


class UDPListener:
    """One UDP port on 127.0.0.1; a datagram has at most one answer. Broken, its port answers ICMP unreachable."""

    def __init__(self, port: int, well: Answer, wrong: Answer) -> None:
        self.port = port
        self._well = well
        self._wrong = wrong
        self._socket: socket.socket | None = None
        self._fault: Fault | None = None

    def obey(self, fault: Fault) -> None:
        """Behave like `fault` from now on. Raise NotStarted when the port can't be opened."""
        if fault.mode is Mode.BREAK:
            self.close()
        elif self._socket is None:
            self._socket = bind_udp(self.port)
            asyncio.get_running_loop().add_reader(self._socket, self._read)
        self._fault = fault

    def close(self) -> None:
        """Close the socket; late answers of a slow service are lost with it."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        assert self._socket is not None
        assert self._fault is not None
        try:
            datagram, client = self._socket.recvfrom(DATAGRAM_BYTES)
        except OSError:  # an ICMP error about an earlier answer, or nothing left to read
            return
        mode = self._fault.mode
        answer = None if mode is Mode.HANG else (self._wrong if mode is Mode.WRONG else self._well)(datagram, client)
        if answer is None:
            return
        if mode is Mode.SLOW:
            asyncio.get_running_loop().call_later(self._fault.seconds, self._send, answer, client)
        else:
            self._send(answer, client)

    def _send(self, answer: bytes, client: tuple[str, int]) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(answer, client)
        except OSError as error:  # the client has gone; UDP promises nothing
            log.debug("demo_answer_lost", extra=fields(port=self.port, error=str(error)))
