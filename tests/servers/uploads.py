"""HTTP servers that take files by PUT, give and delete them: one that behaves, and some that don't."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class Uploads:
    """The files that arrived, by path, with their types; `asked` is every request in its order."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    signed: str = ""
    refuse: int = 0
    """Answer so instead of taking a file."""
    cut: bool = False
    """Close in the middle of an answer."""
    wait: threading.Event | None = None
    """Answer a PUT when this is set."""

    def put(self) -> list[str]:
        """Give the paths that were put, in order."""
        return [path for method, path in self.asked if method == "PUT"]

    def sign(self, user: str, password: str) -> None:
        """Take only requests of this user."""
        self.signed = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Handler(BaseHTTPRequestHandler):
    """Takes, gives and deletes files of `taken`."""

    protocol_version = "HTTP/1.1"
    taken: Uploads
    body = b""
    refused = 401

    def do_GET(self) -> None:
        body = self.taken.files.get(self._path())
        self._answer(404 if body is None else 200, body or b"")

    def do_PUT(self) -> None:
        body = self.body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.taken.wait is not None:
            self.taken.wait.wait()
        if not self.taken.refuse and self._may():
            self.taken.files[self._path()] = body
            self.taken.types[self._path()] = self.headers["Content-Type"]
        self._answer(self.taken.refuse or 201, b"")

    def do_DELETE(self) -> None:
        self._answer(204 if self.taken.files.pop(self._path(), None) is not None else 404, b"")

    def _path(self) -> str:
        return unquote(self.path).lstrip("/")

    def _may(self) -> bool:
        return not self.taken.signed or self.headers.get("Authorization") == self.taken.signed

    def _answer(self, status: int, body: bytes) -> None:
        self.taken.asked.append((self.command, self._path()))
        self.send_response(status if self._may() else self.refused)
        self.send_header("Content-Length", str(len(body) + 9 * self.taken.cut))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.taken.cut

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def uploads(handler: type[Handler] = Handler) -> Iterator[Uploads]:
    """Run one on a free loopback port."""
    taken = Uploads()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Taking", (handler,), {"taken": taken}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield taken
    finally:
        if taken.wait is not None:
            taken.wait.set()
        server.shutdown()
        thread.join()
        server.server_close()
