"""Web servers a bench starts on loopback, and ends."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """A server under test: its name, port and main process."""

    name: str
    port: int
    pid: int

    def get(self, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """Ask for a page on a connection of its own; its body is read and dropped."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response


@contextmanager
def running(name: str, command: list[str], path: str, port: int = 0) -> Iterator[Server]:
    """Start a server on the second core, wait until it answers `path`, end it afterwards.

    Without a port it is given a free one, in place of "{port}" in the command.
    """
    port = port or free_port()
    started = subprocess.Popen(["taskset", "-c", "1", *(word.replace("{port}", str(port)) for word in command)])
    server = Server(name, port, started.pid)
    try:
        _await(server, path)
        yield server
    finally:
        started.terminate()
        started.wait(10)


def free_port() -> int:
    """Give a port of loopback nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(server: Server, path: str) -> None:
    give_up_at = time.monotonic() + 20
    while True:
        try:
            if server.get(path).status == 200:
                return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(0.1)
