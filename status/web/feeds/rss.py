"""RSS 2.0. With feedgen the last link becomes the channel's, `updated` is now unless set, entries are prepended.

RSS knows no time of a change: items say it in Atom's word.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem
from markupsafe import escape

from status.web.feeds.elements import Format, write_feed
from status.web.feeds.words import MINUTES_TO_LIVE, Entry, Feed

ATOM: Final = "http://www.w3.org/2005/Atom"


class _Changed(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """`atom:updated` of an item."""

    at: datetime

    def extend_rss(self, item: Any) -> Any:
        xml_elem(f"{{{ATOM}}}updated", item).text = self.at.isoformat()
        return item


def write_rss(feed: Feed) -> bytes:
    """Write a feed as RSS 2.0."""
    return write_feed(feed, RSS)


def _head(feed: Feed) -> FeedGenerator:
    channel = FeedGenerator()
    channel.title(feed.title)
    channel.description(feed.subtitle)
    channel.link(href=feed.own, rel="self", type="application/rss+xml")
    channel.register_extension("hub", _hub(feed.hub), BaseEntryExtension, atom=False)
    channel.link(href=feed.page, rel="alternate")
    channel.language(feed.language)
    channel.generator("travaux")
    channel.ttl(MINUTES_TO_LIVE)
    channel.lastBuildDate(feed.updated_at)
    return channel


def _hub(address: str) -> type[BaseExtension]:
    """Make what adds the hub's link: feedgen writes that of rel=self alone."""

    class Hub(BaseExtension):  # type: ignore[misc]
        def extend_rss(self, document: Any) -> Any:
            if address:
                channel = document[0]
                channel.insert(0, channel.makeelement(f"{{{ATOM}}}link", {"href": address, "rel": "hub"}))
            return document

    return Hub


def _fill(item: FeedEntry, entry: Entry) -> None:
    item.guid(entry.uid, permalink=False)
    item.title(entry.title)
    item.link(href=entry.link)
    # Readers take a description for HTML: what is plain text must be escaped once more.
    item.description(str(escape(entry.summary)))
    item.content(entry.html)
    item.category([{"term": term, "label": label} for term, label in entry.categories])
    item.published(entry.published_at)
    item.register_extension("changed", _Changed, atom=False)
    item.changed.at = entry.updated_at


RSS: Final = Format(_head, _fill, FeedGenerator.rss_str, item=b"item", around=b"channel")
