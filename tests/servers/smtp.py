"""SMTP servers that follow a script: what they say, what they wait for, when they begin TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Sequence

from tests.servers.loopback import Talk

GREETING = b"220 mail.lab.test ESMTP\r\n"
EHLO = b"250-mail.lab.test\r\n250-SIZE 10240000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
EHLO_STARTTLS = b"250-mail.lab.test\r\n250-STARTTLS\r\n250 SIZE 10240000\r\n"
READY = b"220 2.0.0 Ready to start TLS\r\n"
BYE = b"221 2.0.0 Bye\r\n"

PLAIN = (EHLO, BYE)


def scripted(
    greeting: bytes = GREETING,
    answers: Sequence[bytes] = PLAIN,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
) -> Talk:
    """Greet, then answer each line with the next of `answers`; after READY begin TLS. Hang when they run out."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        if implicit and tls:
            connection = tls.wrap_socket(connection, server_side=True)
        try:
            connection.sendall(greeting)
            for answer in answers:
                if not _line(connection):
                    return
                connection.sendall(answer)
                if answer == READY and tls:
                    connection = tls.wrap_socket(connection, server_side=True)
            over.wait()
        finally:
            connection.close()

    return talk


def _line(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        data += byte
    return data
