"""Serves a copy's folder (`travaux run --only web --mirror DIR`): no configuration, no database, no Flask.

path ─▶ file ─▶ past its `valid_until`? its stale twin ─▶ an emergency message put in, or taken out past its end
    ─▶ 304 by the ETag of these bytes, or the bytes
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from status.clock import Clock
from status.publication.mirror import DESCRIPTION
from status.publication.mirror_addresses import INDEX, SEGMENT, TYPES, is_page, twin_of, type_of
from status.publication.mirror_emergency import lift, with_message
from status.publication.mirror_pages import POLICY
from status.publication.mirror_statuspage import SUMMARY, level_left
from status.publication.standalone import MISSING, stands_alone, style_source
from status.services.emergency import FILE, Emergency, parse
from status.web import plain
from status.web.assets import CACHE_CONTROL
from status.web.headers import SECURITY
from status.web.negotiation import WantsGzip, names_etag

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RETRY_S: Final = 60
LINE_LIMIT: Final = 8_192
PROGRAMS: Final = "api/v2/"
"""JSON whose shape has no word for "no longer known": past its time it is 503 (SPEC §2)."""

_UNTIL: Final = re.compile(rb'(?:data-until="|"valid_until":")([0-9T:.Z+-]{1,40})"')
HEADERS: Final = [
    ("content-security-policy", f"{POLICY}; frame-ancestors 'none'"),
    ("access-control-allow-origin", "*"),
    ("vary", "accept-encoding"),
    *((name.lower(), value) for name, value in SECURITY.items() if name != "Content-Security-Policy"),
]


class MirrorFolder:
    """The WSGI application of a folder. Reads each file when it is asked for; keeps nothing."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root = root.resolve()
        self._clock = clock
        self._wants_gzip = WantsGzip()
        self._offset = float("-inf")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer GET and HEAD from the folder."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path == "/health" and plain.asks_itself(environ):
            return plain.alive(start_response)
        if method not in {"GET", "HEAD"}:
            return plain.not_allowed(start_response)
        if len(path) > LINE_LIMIT:
            return plain.too_long(start_response)
        file = self._file(path)
        if file is None:
            return self._missing(environ, start_response)
        if is_page(file) and not path.endswith("/"):
            return plain.moved(start_response, quote(path) + "/")
        return self._answer(file, environ, start_response)

    def _file(self, path: str) -> str | None:
        """Give the file an address stands for; None when there is none, or it lies outside."""
        segments = [segment for segment in path.split("/") if segment]
        if not all(map(SEGMENT.fullmatch, segments)):
            return None
        try:
            return self._standing("/".join(segments), path)
        except OSError:
            return None  # longer than a file's name can be

    def _standing(self, file: str, path: str) -> str | None:
        place = self._root / file
        if not place.resolve().is_relative_to(self._root):
            return None
        if place.is_dir():
            file = f"{file}/{INDEX}".lstrip("/")
        elif path.endswith("/") or file.rpartition(".")[2] not in TYPES:
            return None
        return file if (self._root / file).is_file() else None

    def _answer(self, file: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = (self._root / file).read_bytes()
        if self._is_past(body):
            if (self._root / twin_of(file)).is_file():
                body = (self._root / twin_of(file)).read_bytes()
        elif file.startswith(PROGRAMS) and self._is_past(self._read(DESCRIPTION) or b""):
            return self._unknown(start_response)
        spoken = self._spoken(file, body)
        if spoken is None:
            return self._missing(environ, start_response)
        body = spoken
        cached = CACHE_CONTROL if file.startswith("static/") else "no-cache"
        packed = self._wants_gzip[environ.get("HTTP_ACCEPT_ENCODING", "")]
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}{"-gz" if packed else ""}"'
        headers = [*HEADERS, ("etag", etag), ("cache-control", cached)]
        if names_etag(environ.get("HTTP_IF_NONE_MATCH", ""), etag):
            start_response("304 Not Modified", headers)
            return []
        if packed:
            body = gzip.compress(body, 6, mtime=0)
            headers.append(("content-encoding", "gzip"))
        start_response("200 OK", [*headers, *_content(file, body)])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _spoken(self, file: str, body: bytes) -> bytes | None:
        """Give a file as the emergency message has it; None for one that held nothing but a message that is over.

        What carries a message is rewritten only by a push or by hand: past its end it is taken out here.
        """
        emergency = self._emergency() if file.endswith((".html", ".json")) and file != FILE else None
        if emergency is None:
            return body
        is_over = emergency.is_over(datetime.fromtimestamp(self._now(), UTC))
        if stands_alone(body):
            return None if is_over else body
        try:
            if is_over:
                return lift(file, body, emergency, level_left(self._read(SUMMARY), emergency))
            return with_message(body.decode(), emergency).encode() if file.endswith(".html") else body
        except (ValueError, LookupError, TypeError):
            return body  # a file that is none of ours

    def _emergency(self) -> Emergency | None:
        try:
            return parse(self._read(FILE))
        except ValueError:
            return None  # a damaged one is left alone, as a push does

    def _is_past(self, body: bytes) -> bool:
        """Whether what a file says of the present has lost its worth; a time that can't be read has."""
        found = _UNTIL.search(body)
        if found is None:
            return False
        try:
            until = datetime.fromisoformat(found[1].decode()).timestamp()
        except ValueError:
            return True
        return self._now() > until

    def _now(self) -> float:
        """Give the wall time; set back, it would lengthen what is green."""
        now = self._clock()
        self._offset = max(self._offset, now.wall - now.steady)
        return now.steady + self._offset

    def _read(self, file: str) -> bytes | None:
        try:
            return (self._root / file).read_bytes()
        except OSError:
            return None

    def _unknown(self, start_response: StartResponse) -> Iterable[bytes]:
        body = json.dumps({"error": "state unknown: this copy is no longer up to date"}).encode()
        headers = [*HEADERS, *_content("unknown.json", body), ("retry-after", str(RETRY_S))]
        start_response("503 Service Unavailable", [*headers, ("cache-control", "no-cache")])
        return [body]

    def _missing(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            body = (self._root / MISSING).read_bytes()
        except OSError:
            body = b"404"
        policy = POLICY.replace("style-src 'self'", f"style-src {style_source()}")
        headers = [("content-security-policy", f"{policy}; frame-ancestors 'none'"), *HEADERS[1:]]
        start_response("404 Not Found", [*headers, *_content(MISSING, body), ("cache-control", "no-cache")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _content(file: str, body: bytes) -> list[tuple[str, str]]:
    return [("content-type", type_of(file)), ("content-length", str(len(body)))]
