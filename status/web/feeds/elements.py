"""A feed's XML: feedgen writes its head and each item, an item once for all feeds of a snapshot that carry it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from status.queries.snapshot import kept
from status.web.feeds.words import Entry, Feed
from status.web.scope import request_scope

ITEMS_KEPT: Final = 4_000
"""So many items are kept as XML: neighbouring components share most of theirs."""


@dataclass(frozen=True, slots=True)
class Format:
    """How feedgen writes a format: the head of a feed, an item, the whole; the tags of an item and around all."""

    head: Callable[[Feed], FeedGenerator]
    fill: Callable[[FeedEntry, Entry], None]
    write: Callable[[FeedGenerator], bytes]
    item: bytes
    around: bytes


def write_feed(feed: Feed, format_: Format) -> bytes:
    """Write a feed, its first entry first."""
    begin, end, rest = format_.write(format_.head(feed)).rpartition(b"</%b>" % format_.around)
    store: dict[Entry, bytes] = kept(request_scope().session, ("items", format_.item), dict)
    return b"".join((begin, *(_item(entry, feed, format_, store) for entry in feed.entries), end, rest))


def _item(entry: Entry, feed: Feed, format_: Format, store: dict[Entry, bytes]) -> bytes:
    written = store.get(entry)
    if written is None:
        if len(store) >= ITEMS_KEPT:
            store.clear()
        written = store[entry] = _written(entry, feed, format_)
    return written


def _written(entry: Entry, feed: Feed, format_: Format) -> bytes:
    """Cut an item out of a feed of its own, so that it is written as feedgen writes it in any."""
    alone = format_.head(feed)
    format_.fill(alone.add_entry(), entry)
    whole, end = format_.write(alone), b"</%b>" % format_.item
    return whole[whole.index(b"<%b>" % format_.item) : whole.rindex(end) + len(end)]
