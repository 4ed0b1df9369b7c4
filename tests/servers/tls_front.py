"""A TLS proxy in front of a plain server on loopback, as nginx stands in front of the web process."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator

PATIENCE_S = 5.0


@contextlib.contextmanager
def tls_front(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Give the port on which TLS is spoken for the server on `port`.

    One thread reads and writes both sides of a connection: OpenSSL's are not made for two threads at once.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    servers: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=join, args=(plain,), daemon=True))
            threads[-1].start()

    def join(plain: socket.socket) -> None:
        with plain, contextlib.suppress(OSError):
            plain.settimeout(PATIENCE_S)
            with (
                context.wrap_socket(plain, server_side=True) as client,
                socket.create_connection(("127.0.0.1", port), PATIENCE_S) as server,
            ):
                servers.append(server)
                _pump(client, server)

    accepting = threading.Thread(target=serve, daemon=True)
    accepting.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join(PATIENCE_S)
        for server in servers:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
        for each in threads:
            each.join(PATIENCE_S)


def _pump(client: ssl.SSLSocket, server: socket.socket) -> None:
    while True:
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        for source in ready:
            data = source.recv(65_536)
            if not data:
                return
            (server if source is client else client).sendall(data)
