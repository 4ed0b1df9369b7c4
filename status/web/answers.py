"""A generation made ready to be sent: for each path its headers and bodies, worked out once, when first asked for.

Bodies live in a bounded store over all generations; one that is not asked for between two sweeps leaves first.
"""

from __future__ import annotations

import gzip
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from email.utils import formatdate
from hashlib import sha256
from typing import Final
from weakref import WeakValueDictionary

from status.publication.index import Index
from status.publication.manifest import Entry, gzip_etag, identity_etag
from status.publication.objects import Objects, Stored
from status.web import empty_feeds
from status.web.assets import CACHE_CONTROL
from status.web.feed_links import FeedLinks
from status.web.headers import CORS, SECURITY, is_open

Headers = list[tuple[str, str]]

ALWAYS: Final = math.inf
"""`valid_until` of what states no present."""

NEVER_VERIFIED: Final = -math.inf
REMEMBERED: Final = 1_000
"""So many addresses of a generation are kept ready, 5 KB each; finding one again costs less than a tenth of a
millisecond."""

NO_LINKS: Final = FeedLinks()
VARY: Final = ("vary", "accept-encoding")
SECURITY_HEADERS: Final = tuple((name.lower(), value) for name, value in SECURITY.items())
CORS_HEADERS: Final = tuple((name.lower(), value) for name, value in CORS.items())


class Body:
    """The bytes of an object in one coding. `chunks` is None while they are only on disk."""

    __slots__ = ("__weakref__", "chunks", "is_gzip", "name", "used")

    def __init__(self, name: str, *, is_gzip: bool) -> None:
        self.name = name
        self.is_gzip = is_gzip
        self.chunks: list[bytes] | None = None
        self.used = False

    @classmethod
    def of(cls, text: bytes, *, is_gzip: bool) -> Body:
        """Make a body that is on no disk."""
        made = cls("", is_gzip=is_gzip)
        made.chunks = [text]
        return made


class Bodies:
    """The bounded store: at most `limit_bytes` of bodies in memory."""

    def __init__(self, objects: Objects, limit_bytes: int) -> None:
        self._objects = objects
        self._limit = limit_bytes
        self._known: WeakValueDictionary[tuple[str, bool], Body] = WeakValueDictionary()
        self._resident: OrderedDict[tuple[str, bool], Body] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0

    def of(self, stored: Stored, *, is_gzip: bool) -> Body:
        """Give the body of an object, one for all paths and generations that share it; reads nothing."""
        with self._lock:
            key = (stored.hash, is_gzip)
            body = self._known.get(key)
            if body is None:
                body = self._known[key] = Body(stored.hash, is_gzip=is_gzip)
            return body

    def load(self, body: Body) -> list[bytes]:
        """Read a body from disk and keep it. Raise FileNotFoundError when its generation is long gone."""
        packed = self._objects.packed(body.name)
        chunks = [packed if body.is_gzip else gzip.decompress(packed)]
        with self._lock:
            if body.chunks is None and len(chunks[0]) <= self._limit:
                self._resident[body.name, body.is_gzip] = body
                body.chunks = chunks
                self.size += len(chunks[0])
                self._sweep()
        return chunks

    def text(self, stored: Stored) -> bytes:
        """Read an object's identity bytes, for an answer that is rare; keeps nothing. Raise as `load`."""
        return self._objects.body(stored.hash)

    def _sweep(self) -> None:
        while self.size > self._limit:
            key, body = self._resident.popitem(last=False)
            if body.used:
                body.used = False
                self._resident[key] = body
            else:
                self._drop(body)

    def _drop(self, body: Body) -> None:
        self.size -= len(body.chunks[0]) if body.chunks else 0
        body.chunks = None


@dataclass(slots=True, eq=False)
class Representation:
    """A page in one coding: its validator, what is sent with it, and what a 304 repeats (RFC 9110 §15.4.5)."""

    etag: str
    headers: Headers
    not_modified: Headers
    body: Body


@dataclass(slots=True, eq=False)
class Address:
    """A path ready to be answered. `twin` takes over past `valid_until`; `modified_at` is 0 where no date is sent.

    `refuses`: it is sent with 503, and never as unchanged.
    """

    gzip: Representation
    identity: Representation
    query: tuple[str, ...]
    valid_until: float
    modified_at: int
    twin: Address | None
    refuses: bool = False


class Generation:
    """A generation ready to be answered from; `addresses` holds the paths asked for lately."""

    def __init__(self, index: Index, bodies: Bodies, links: FeedLinks = NO_LINKS) -> None:
        self.index = index
        self._links = links
        self.addresses: dict[str, Address] = {}
        self._bodies = bodies

    def find(self, path: str) -> Address | None:
        """Give the address of a path; None when it is not published."""
        address = self.addresses.get(path)
        if address is None:
            address = self._made(path) if path.startswith("/") else None
            if address is None:
                return None
            if len(self.addresses) >= REMEMBERED:
                self.addresses.clear()
            self.addresses[path] = address
        return address

    def _made(self, path: str) -> Address | None:
        entry = self.index.find(path)
        address = self._empty_feed(path) if entry is None else self._address(entry)
        if address is not None and (links := self._links.of(path)):
            for each in (address.gzip, address.identity):
                each.headers.append(("link", links))
        return address

    def _empty_feed(self, path: str) -> Address | None:
        """Give the feed of a known place that has none of its own; None for any other path.

        It has no date: what it said before it was empty is not known here.
        """
        asked = empty_feeds.read_address(path)
        name = asked and self.index.find_known(asked.place)
        pattern = asked and name and self.index.find_apart(asked.pattern)
        if not asked or not name or not pattern:
            return None
        try:
            body = empty_feeds.fill(self._bodies.text(pattern.object), asked, name)
        except FileNotFoundError:
            return None
        packed = gzip.compress(body, mtime=0)
        entry = replace(pattern, object=Stored(sha256(body).hexdigest(), len(body), len(packed)))
        return Address(
            _representation(entry, entry.object, Body.of(packed, is_gzip=True)),
            _representation(entry, entry.object, Body.of(body, is_gzip=False)),
            (), ALWAYS, 0, None,
        )  # fmt: skip

    def _address(self, entry: Entry) -> Address:
        modified_at = int(entry.changed_at) if is_feed(entry) else 0
        twin = None
        valid_until = ALWAYS
        if entry.stale is not None:
            twin = self._of(entry, entry.stale, ALWAYS, 0, None)
            twin.refuses = entry.refuses
            valid_until = entry.valid_until if entry.valid_until is not None else self._present()
        return self._of(entry, entry.object, valid_until, modified_at, twin)

    def _of(self, entry: Entry, stored: Stored, valid_until: float, modified_at: int, twin: Address | None) -> Address:
        packed = _representation(entry, stored, self._bodies.of(stored, is_gzip=True), modified_at)
        plain = _representation(entry, stored, self._bodies.of(stored, is_gzip=False), modified_at)
        return Address(packed, plain, entry.query, valid_until, modified_at, twin)

    def _present(self) -> float:
        until = self.index.head.valid_until
        return NEVER_VERIFIED if until is None else until


FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json", "text/calendar")


def is_feed(entry: Entry) -> bool:
    """Tell whether an entry is a feed or a calendar: readers of those ask by date as well."""
    return entry.content_type.startswith(FEED_TYPES)


def _representation(entry: Entry, stored: Stored, body: Body, modified_at: int = 0) -> Representation:
    etag = gzip_etag(stored) if body.is_gzip else identity_etag(stored)
    validators: Headers = [("etag", etag), VARY]
    validators.append(("cache-control", CACHE_CONTROL if entry.immutable else "no-cache"))
    if modified_at:
        validators.append(("last-modified", formatdate(modified_at, usegmt=True)))
    if is_open(entry.content_type) and not entry.immutable:
        validators += CORS_HEADERS
    headers: Headers = [
        ("content-type", entry.content_type),
        ("content-length", str(stored.gzip_size if body.is_gzip else stored.size)),
        *validators,
        *SECURITY_HEADERS,
    ]
    if body.is_gzip:
        headers.append(("content-encoding", "gzip"))
    return Representation(etag, headers, validators, body)
