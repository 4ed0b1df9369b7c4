"""A feed's XML: feedgen writes its head and its items, an item once for all feeds of a snapshot that carry it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from status.web.feeds.words import Entry, Feed, items_written


@dataclass(frozen=True, slots=True)
class Format:
    """How feedgen writes a format: the head of a feed, an item, the whole; the tags of an item and around all."""

    head: Callable[[Feed], FeedGenerator]
    fill: Callable[[FeedEntry, Entry], None]
    write: Callable[[FeedGenerator], bytes]
    item: bytes
    around: bytes


def write_feed(feed: Feed, format_: Format) -> bytes:
    """Write a feed, its first entry first. feedgen writes the head and the items that are new, and escapes all text."""
    store = items_written(format_.item)
    new = [entry for entry in feed.entries if entry not in store]
    generator = format_.head(feed)
    for entry in new:
        format_.fill(generator.add_entry(order="append"), entry)
    begin = b"<%b>" % format_.item
    whole, end, rest = format_.write(generator).rpartition(b"</%b>" % format_.around)
    head, *items = whole.split(begin)
    store.update(zip(new, (begin + item for item in items), strict=True))
    return b"".join((head, *(store[entry] for entry in feed.entries), end, rest))
