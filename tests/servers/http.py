"""HTTP servers that misbehave on the wire."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping

from tests.servers.loopback import Talk

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-Part: front\r\n\r\nall is well"


def reply(data: bytes) -> Talk:
    """Read a request, send `data`, close."""

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(data)

    return talk


def by_path(answers: Mapping[str, bytes]) -> Talk:
    """Read a request and send what stands for its path."""

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        connection.sendall(answers[read_request(connection).split(b" ")[1].decode()])

    return talk


def redirect(location: str, status: str = "302 Found") -> bytes:
    """Make a redirect."""
    return f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def endless(head: bytes, more: bytes) -> Talk:
    """Send `head`, then `more` again and again."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(head)
        while not over.is_set():
            connection.sendall(more)

    return talk


def late(wait_s: float, data: bytes) -> Talk:
    """Answer after `wait_s` seconds."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        over.wait(wait_s)
        connection.sendall(data)

    return talk


def reset(connection: socket.socket, _over: threading.Event) -> None:
    """Read a request and reset the connection."""
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def read_request(connection: socket.socket) -> bytes:
    """Read until the blank line."""
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(4096)):
        data += more
    return data
