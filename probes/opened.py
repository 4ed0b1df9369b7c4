"""The sockets a blocking probe has open: its runner shuts them at the deadline, which ends the thread's reads."""

from __future__ import annotations

import socket
from contextlib import suppress


class Opened:
    """Sockets of one run. A socket added after the end is shut at once."""

    __slots__ = ("_over", "_sockets")

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._over = False

    def add(self, sock: socket.socket) -> socket.socket:
        """Register `sock` before anything is read from it; give it back."""
        self._sockets.append(sock)
        if self._over:
            _shut(sock)
        return sock

    def shut(self) -> None:
        """End every read and write of the run's sockets, now and from now on. The probe's thread closes them."""
        self._over = True
        for sock in tuple(self._sockets):
            _shut(sock)


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
