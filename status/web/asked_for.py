"""Public pages that are made when asked for: one rendering for all who ask at once, kept while the data is the same.

request ─▶ a page we may share? ─▶ kept for this revision? ─▶ 304 or its bytes
                               └▶ being made? wait for it  └▶ made by the app, for all who wait

Kept by revision and canonical query, within a bound. How the data stands is asked of the database at most ten times a
second; while it does not answer, nothing kept is served: the app says that the page can't be shown.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from status.clock import utc
from status.models import Installation
from status.runtime import Runtime
from status.web import plain
from status.web.negotiation import WantsGzip, names_etag
from status.web.public.addresses import ALLOWED_QUERY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

LOOK_EVERY_S: Final = 0.1
"""How long a page may be shared after the data changed."""

KEPT_BYTES: Final = 4_000_000
"""So much is kept, in both codings."""

KEPT_PAGE_BYTES: Final = 1_000_000
"""A page larger than this is shared by those who ask at once, and not kept."""

WAIT_S: Final = 10.0
"""So long somebody waits for a page that another's request is making."""

GZIP_LEVEL: Final = 5
OK: Final = "200 OK"
_LEFT_OUT: Final = frozenset({"content-length", "content-encoding", "etag", "vary"})


@dataclass(frozen=True, slots=True)
class State:
    """How the data stands. A page made when monitoring was silent is not one made before that."""

    revision: int
    stale: bool


@dataclass(slots=True, eq=False)
class Answer:
    """A page as the app made it. `keep_until` (steady seconds) is when what it says of the present is old."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    keep_until: float
    etag: str = ""
    packed: bytes = b""

    def __post_init__(self) -> None:
        """Work out its validator and its second coding, where it may be shared at all."""
        if self.status == OK:
            self.etag = hashlib.sha256(self.body).hexdigest()[:32]
            self.packed = gzip.compress(self.body, GZIP_LEVEL, mtime=0)

    @property
    def size(self) -> int:
        """Give the bytes it takes."""
        return len(self.body) + len(self.packed)


@dataclass(slots=True, eq=False)
class Making:
    """A page that is being made; `answer` stays None when that failed."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None


class Watch:
    """How the data stands, as of a moment ago; None while the database does not answer."""

    def __init__(self, runtime: Runtime, look_every_s: float) -> None:
        self._runtime = runtime
        self._look_every_s = look_every_s
        self._lock = threading.Lock()
        self._state: State | None = None
        self._look_at = float("-inf")

    def state(self) -> State | None:
        """Give it, asking the database when it was asked too long ago."""
        if time.monotonic() < self._look_at:
            return self._state
        with self._lock:
            if time.monotonic() >= self._look_at:
                self._state = self._read()
                self._look_at = time.monotonic() + self._look_every_s
            return self._state

    def _read(self) -> State | None:
        try:
            with self._runtime.sessions() as session:
                row = session.execute(sa.select(Installation.revision, Installation.verified_at)).one_or_none()
        except SQLAlchemyError:
            return None
        if row is None:
            return None
        now, verified_at = utc(self._runtime.clock().wall), row[1]
        valid_for = self._runtime.settings.publication.stale_after_s
        return State(row[0], verified_at is None or abs((now - verified_at).total_seconds()) > valid_for)


class AskedFor:
    """The WSGI application in front of `app`."""

    def __init__(
        self, app: Flask, runtime: Runtime, *, kept_bytes: int = KEPT_BYTES, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._app = app
        self._addresses = app.url_map.bind("")
        self._watch = Watch(runtime, look_every_s)
        self._kept_bytes = kept_bytes
        self._keep_s = runtime.settings.publication.renew_s
        # Pages that are made hold a thread each: the published bytes need the others.
        self._at_once = max(1, runtime.settings.server.threads // 2)
        self._wants_gzip = WantsGzip()
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[State, str], Answer] = OrderedDict()
        self._making: dict[tuple[State, str], Making] = {}
        self._size = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from what is kept or being made, else by the app."""
        query = self._shared_query(environ)
        state = None if query is None else self._watch.state()
        if query is None or state is None:
            return self._app(environ, start_response)
        key = (state, f"{environ['PATH_INFO']}?{query}")
        with self._lock:
            answer = self._kept(key)
            making = self._making.get(key)
            is_ours = answer is None and making is None
            if is_ours and len(self._making) < self._at_once:
                making = self._making[key] = Making()
        if answer is None and making is not None:
            answer = self._make(key, making, environ, query) if is_ours else _await(making)
        if answer is None:
            return plain.unavailable(environ, start_response)
        return self._send(answer, environ, start_response)

    def _shared_query(self, environ: WSGIEnvironment) -> str | None:
        """Give the canonical query of a public page; None for what is not to be shared."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return None
        path = environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace")
        try:
            endpoint, _ = self._addresses.match(path, method="GET")
        except HTTPException:
            return None
        allowed = ALLOWED_QUERY.get(endpoint)
        if allowed is None:
            return None
        given = parse_qsl(environ.get("QUERY_STRING", ""))
        return urlencode([(name, value) for name in allowed for key, value in given if key == name])

    def _kept(self, key: tuple[State, str]) -> Answer | None:
        answer = self._made.get(key)
        if answer is not None and time.monotonic() >= answer.keep_until:
            self._drop(key)
            return None
        if answer is not None:
            self._made.move_to_end(key)
        return answer

    def _make(self, key: tuple[State, str], making: Making, environ: WSGIEnvironment, query: str) -> Answer:
        try:
            making.answer = self._ask(environ, query)
            return making.answer
        finally:
            with self._lock:
                del self._making[key]
                if making.answer is not None:
                    self._keep(key, making.answer)
            making.done.set()

    def _ask(self, environ: WSGIEnvironment, query: str) -> Answer:
        """Have the app make a page, whole and with the parameters it knows alone."""
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> object:
            said.append((status, headers))
            return None

        asked = {**environ, "REQUEST_METHOD": "GET", "QUERY_STRING": query, "HTTP_IF_NONE_MATCH": ""}
        chunks = self._app(asked, start)  # type: ignore[arg-type]
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers = said[-1]
        return Answer(status, headers, body, time.monotonic() + self._keep_s)

    def _keep(self, key: tuple[State, str], answer: Answer) -> None:
        names = {name.lower() for name, _ in answer.headers}
        if answer.status != OK or answer.size > KEPT_PAGE_BYTES or "set-cookie" in names:
            return
        for old in [old for old in self._made if old[0] != key[0]]:
            self._drop(old)
        self._made[key] = answer
        self._size += answer.size
        while self._size > self._kept_bytes:
            self._drop(next(iter(self._made)))

    def _drop(self, key: tuple[State, str]) -> None:
        self._size -= self._made.pop(key).size

    def _send(self, answer: Answer, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        if answer.status != OK:
            start_response(answer.status, answer.headers)
            return [b"" if is_head else answer.body]
        is_gzip = self._wants_gzip[environ.get("HTTP_ACCEPT_ENCODING", "")]
        etag = f'"{answer.etag}-gz"' if is_gzip else f'"{answer.etag}"'
        validators = [("ETag", etag), ("Vary", "Accept-Encoding")]
        if names_etag(environ.get("HTTP_IF_NONE_MATCH", ""), etag):
            kept = [header for header in answer.headers if header[0].lower() == "cache-control"]
            start_response("304 Not Modified", [*kept, *validators])
            return []
        body = answer.packed if is_gzip else answer.body
        headers = [header for header in answer.headers if header[0].lower() not in _LEFT_OUT]
        headers += [*validators, ("Content-Length", str(len(body)))]
        if is_gzip:
            headers.append(("Content-Encoding", "gzip"))
        start_response(OK, headers)
        return [b"" if is_head else body]


def _await(making: Making) -> Answer | None:
    """Wait for a page that another request is making."""
    making.done.wait(WAIT_S)
    return making.answer
