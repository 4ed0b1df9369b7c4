"""TCP and UDP servers on a free loopback port, one thread each, that behave as badly as a function tells them to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

Talk = Callable[[socket.socket, threading.Event], None]
"""Speaks on one accepted connection until it returns; the event is set when the test is over."""

Answer = Callable[[bytes], Iterable[bytes]]
"""Gives the datagrams that answer one datagram."""


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class TCPServer:
    """Accepts connections and hands each to `talk` in a thread of its own."""

    def __init__(self, talk: Talk, host: str = "127.0.0.1") -> None:
        self.host = host
        self.over = threading.Event()
        self._talk = talk
        self._listener = socket.create_server((host, 0), family=_family(host))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client hangs up whenever it has seen enough
            self._talk(connection, self.over)


class UDPServer:
    """Answers each datagram with what `answer` gives. `seen` holds all it was sent."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.seen: list[bytes] = []
        self._answer = answer
        self._socket = socket.socket(_family(host), socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(_family(self.host), socket.SOCK_DGRAM) as wake:
            wake.sendto(b"", (self.host, self.port))  # an empty datagram ends the thread
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65_535)
            if not data:
                return
            self.seen.append(data)
            for answer in self._answer(data):
                self._socket.sendto(answer, peer)


def drip(data: bytes) -> Talk:
    """Send `data` one byte a second."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            if over.wait(1):
                return

    return talk


def hang(_connection: socket.socket, over: threading.Event) -> None:
    """Accept and never say a word."""
    over.wait()


def closed_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """Give a port that nothing listens on."""
    with socket.socket(_family(host), kind) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])
