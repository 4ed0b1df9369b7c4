"""The one owner of a port: claim it before anything starts, hold it while children come and go, name who has it.

Granian binds with SO_REUSEPORT, so a second one of the same user would share the port silently, and every restart
leaves a gap. Therefore the supervisor binds first *without* SO_REUSEPORT, which fails when anybody has the port, then
sets the option on the bound socket and keeps it, never listening: its own children may join, nobody else ever can.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from status.config.addresses import split_listen
from status.supervisor.owner import owner


class Occupied(Exception):
    """Somebody else has the port, or this data folder. The message says who, and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web listens."""

    host: str
    port: int

    @classmethod
    def of(cls, listen: str) -> Address:
        """Read `[server] listen`, valid already."""
        return cls(*split_listen(listen))

    @property
    def asked_host(self) -> str:
        """The address by which this machine asks itself: a wildcard answers on the loopback."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        """Where a person on this machine opens the page."""
        host = f"[{self.asked_host}]" if ":" in self.asked_host else self.asked_host
        return f"http://{host}:{self.port}"

    def __str__(self) -> str:
        """Give it as it is configured."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@contextmanager
def claimed(address: Address, patience_s: float = 1.0) -> Iterator[None]:
    """Hold the port for this process and its children.

    Raise Occupied, naming the owner, when another has it after `patience_s` (children of a supervisor that was
    killed need a moment to end).
    """
    give_up_at = time.monotonic() + patience_s
    while True:
        try:
            guard = _claim(address)
            break
        except OSError as error:
            if time.monotonic() < give_up_at:
                time.sleep(0.05)
                continue
            raise Occupied(_refusal(address, error)) from error
    with guard:
        yield


def _claim(address: Address) -> socket.socket:
    guard = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of the server before us linger in TIME_WAIT for a minute; only this option overlooks them. It
        # overlooks no listener, and is taken back so that nobody overlooks us.
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        guard.bind((address.host, address.port))
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        guard.close()
        raise
    return guard


def _refusal(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{address} is in use by {owner(address.host, address.port)}: stop it or set [server] listen"
    reason = error.strerror or error
    return f"cannot listen on {address}: {reason}: set [server] listen to an address of this machine and a free port"
