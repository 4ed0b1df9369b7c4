"""A feed's XML: feedgen writes its head and each item, an item once for all feeds of a snapshot that carry it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    if len(store) >= ITEMS_KEPT:
        store.clear()
    new = [entry for entry in feed.entries if entry not in store]
    if new:
        store.update(zip(new, _items(new, feed, format_), strict=True))
    return b"".join((begin, *(store[entry] for entry in feed.entries), end, rest))


def _items(entries: Sequence[Entry], feed: Feed, format_: Format) -> list[bytes]:
    """Cut items out of a feed of their own, so that each is written as feedgen writes it in any."""
    apart = format_.head(feed)
    for entry in entries:
        format_.fill(apart.add_entry(order="append"), entry)
    whole, end = format_.write(apart), b"</%b>" % format_.item
    items = whole[whole.index(b"<%b>" % format_.item) : whole.rindex(end)]
    return [item + end for item in items.split(end)]
