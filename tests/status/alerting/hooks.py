"""Servers on loopback: a web-hook that keeps what it is given, one that drips, a mail server that freezes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Taken:
    """`at` is steady, `wall` in Unix seconds."""

    at: float
    wall: float
    path: str
    key: str
    body: Any


@dataclass
class Hooks:
    """`first` is called before an answer is given, with what came."""

    taken: list[Taken] = field(default_factory=list)
    first: Callable[[Taken], None] = lambda _taken: None
    answer: int = 204

    def __enter__(self) -> Self:
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                taken = Taken(
                    time.monotonic(), time.time(), self.path, self.headers.get("webhook-id", ""), json.loads(body)
                )
                hooks.first(taken)
                hooks.taken.append(taken)
                self.send_response(hooks.answer)
                self.end_headers()

            def do_GET(self) -> None:
                hooks.taken.append(Taken(time.monotonic(), time.time(), self.path, "", None))
                self.send_response(hooks.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def to(self, name: str, kind: str = "alert") -> list[Taken]:
        return [each for each in self.taken if each.path == f"/{name}" and each.body["kind"] == kind]


class Frozen:
    """Accepts connections and never says a word, as a stopped mail server does."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


class Dripping:
    """Answers with headers that have no end, a byte now and then, for ten seconds at most."""

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/beat"
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _drip(self) -> None:
        with self._socket.accept()[0] as connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(50):
                if self._stop.wait(0.2):
                    break
                connection.sendall(b"x")
