"""Published bytes, answered before Flask: path, coding and validator are looked up, nothing is computed.

request ─▶ path in the current generation? ─▶ coding ─▶ still valid? else the stale twin ─▶ 304 or the bytes
                                         └▶ no: the app (made at the first miss)
Cookies and unknown query parameters are not looked at. Works without database, publisher and monitor.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode

from probes.types import Instant
from status.clock import Clock
from status.log import fields
from status.publication.index import open_current
from status.publication.manifest import Manifest, current_path
from status.publication.objects import Objects
from status.publication.types import ANY_QUERY, UNAVAILABLE
from status.web import plain
from status.web.answers import NO_LINKS, Address, Bodies, Generation
from status.web.feed_links import FeedLinks
from status.web.negotiation import WantsGzip, is_unmodified, names_etag

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.1
"""How long a new generation may go unnoticed; also how exactly `valid_until` is kept."""


class PublishedBytes:
    """The WSGI application in front of `app`. `alive` is called when this machine asks `/health`."""

    def __init__(
        self,
        published: Path,
        app: WSGIApplication,
        clock: Clock,
        *,
        cache_bytes: int = 64_000_000,
        line_limit: int = 8_192,
        look_every_s: float = LOOK_EVERY_S,
        links: FeedLinks = NO_LINKS,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._published = published
        self._app = app
        self._clock = clock
        self._bodies = Bodies(Objects(published / "objects"), cache_bytes)
        self._line_limit = line_limit
        self._look_every_s = look_every_s
        self._links = links
        self._alive = alive
        self._generation: Generation | None = None
        self._addresses: dict[str, Address] = {}
        self._wants_gzip = WantsGzip()
        self._wall = 0.0
        self._offset = 0.0
        self._verified_at: datetime | None = None
        self._look_at = 0.0
        self._mark: tuple[int, int, int] | None = None
        self._looking = threading.Lock()
        self._look()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the current generation, else by the app."""
        if time.monotonic() >= self._look_at:
            self._look()
        address = self._addresses.get(environ["PATH_INFO"])
        if address is None or (address.query and environ["QUERY_STRING"]):
            return self._miss(environ, start_response)
        return self._answer(address, environ, start_response)

    def _answer(self, address: Address, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method != "GET" and method != "HEAD":  # noqa: PLR1714 - twice as fast as a set, and on every request
            return plain.preflight(start_response) if method == "OPTIONS" else plain.not_allowed(start_response)
        if address.valid_until < self._wall and address.twin is not None:
            address = address.twin
            if address.refuses:
                return self._refuse(address, environ, start_response)
        wanted = address.gzip if self._wants_gzip[environ.get("HTTP_ACCEPT_ENCODING", "")] else address.identity
        names = environ.get("HTTP_IF_NONE_MATCH")
        if names is not None:
            unchanged = names == wanted.etag or names_etag(names, wanted.etag)
        else:
            since = environ.get("HTTP_IF_MODIFIED_SINCE", "")
            unchanged = address.modified_at > 0 and is_unmodified(since, address.modified_at)
        if unchanged:
            start_response("304 Not Modified", wanted.not_modified)
            return []
        if method == "HEAD":
            start_response("200 OK", wanted.headers)
            return []
        body = wanted.body
        try:
            chunks = body.chunks or self._bodies.load(body)
        except FileNotFoundError:
            return self._lost(environ, start_response)
        body.used = True
        start_response("200 OK", wanted.headers)
        return chunks

    def _refuse(self, address: Address, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Say with 503 that the present is not known; a validator does not matter then (RFC 9110 §13.2.1)."""
        body = address.identity.body
        try:
            chunks = body.chunks or self._bodies.load(body)
        except FileNotFoundError:
            return plain.unavailable(environ, start_response)
        retry = ("retry-after", str(plain.RETRY_UNKNOWN_S))
        start_response("503 Service Unavailable", [*address.identity.headers, retry])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else chunks

    def _miss(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if path == "/health" and plain.asks_itself(environ):
            self._alive()
            return plain.alive(start_response)
        if len(path) + len(query) > self._line_limit:
            return plain.too_long(start_response)
        generation = self._generation
        if generation is None:
            return plain.starting(start_response)
        address = generation.find(path)
        if address is not None:
            exact = _exact_path(path, query, address.query)
            if exact != path:
                address = generation.find(exact)
            if address is not None:
                return self._answer(address, environ, start_response)
        elif path.endswith("/") and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            canonical = "/" + path.strip("/")
            if canonical != path and generation.find(canonical) is not None:
                return plain.moved(
                    start_response, quote(canonical, encoding="latin-1") + ("?" + query if query else "")
                )
        environ[plain.UNAVAILABLE_KEY] = self._unavailable
        return self._app(environ, start_response)

    def _unavailable(self, language: str) -> bytes | None:
        """Give the page for what can't be shown, under the banner of now; None when none was published."""
        generation = self._generation
        if generation is None:
            return None
        head = generation.index.head
        wanted = language if language in head.languages else head.languages[0]
        entry = generation.index.find_apart(f"{UNAVAILABLE}/{wanted}")
        if entry is None:
            return None
        until = head.valid_until if entry.valid_until is None else entry.valid_until
        is_stale = entry.stale is not None and (until or 0.0) < self._wall
        try:
            return self._bodies.text(entry.stale if is_stale and entry.stale else entry.object)
        except FileNotFoundError:
            return None

    def _lost(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer when an object was collected: this worker missed many generations, or somebody emptied the folder."""
        self._mark = None
        self._look()
        path = environ["PATH_INFO"]
        address = self._generation.find(path) if self._generation else None
        try:
            if address is not None:
                self._bodies.load(address.gzip.body)
                return self._answer(address, environ, start_response)
        except FileNotFoundError:
            log.exception("published_object_missing", extra=fields(path=path))
        environ[plain.UNAVAILABLE_KEY] = self._unavailable
        return self._app(environ, start_response)

    def _look(self) -> None:
        """Take over a new generation, if there is one; keep the old one when the new can't be read."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._look_at = time.monotonic() + self._look_every_s
            self._take_over()
            self._wall = self._validity_clock(self._clock())
        finally:
            self._looking.release()

    def _validity_clock(self, now: Instant) -> float:
        """Give the wall time by which `valid_until` is kept: it goes back only with a new verification.

        A clock set back, or one that is behind the decider's, would else lengthen the validity of a green page.
        """
        manifest = self._generation.index.head if self._generation else None
        verified_at = manifest.verified_at if manifest else None
        if manifest is not None and verified_at != self._verified_at:
            self._verified_at = verified_at
            self._offset = self._offset_of(manifest, now)
        self._offset = max(self._offset, now.wall - now.steady)
        return now.steady + self._offset

    def _offset_of(self, manifest: Manifest, now: Instant) -> float:
        """Give what a new verification makes of the clock: ours, else the one kept, if it can be that old by it.

        By neither: it was made by a clock that differs, and is taken for present.
        """
        if manifest.verified_at is None:
            return -math.inf
        verified = manifest.verified_at.timestamp()
        for offset in (now.wall - now.steady, self._offset):
            if verified <= now.steady + offset <= (manifest.valid_until or verified):
                return offset
        return verified - now.steady

    def _take_over(self) -> None:
        try:
            found = current_path(self._published).stat()
            mark = (found.st_mtime_ns, found.st_ino, found.st_size)
            if mark == self._mark:
                return
            self._mark = mark
            index = open_current(self._published)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.error("publication_not_read", extra=fields(error=str(error)))  # noqa: TRY400 - said in full
            return
        if index is not None:
            self._generation = Generation(index, self._bodies, self._links)
            self._addresses = self._generation.addresses


def _exact_path(path: str, query: str, allowed: tuple[str, ...]) -> str:
    """Give the address with only the parameters the page knows, in their order; the bare path when it has none.

    Of a parameter given twice the first counts, as for the app.
    """
    if not query or not allowed:
        return path
    if allowed == ANY_QUERY:
        return f"{path}?{query}"
    given = dict(reversed(parse_qsl(query)))
    known = [(name, given[name]) for name in allowed if name in given]
    return f"{path}?{urlencode(known)}" if known else path
