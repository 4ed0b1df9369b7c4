"""RSS 2.0. With feedgen the last link becomes the channel's, `updated` is now unless set, entries are prepended."""

from __future__ import annotations

from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from markupsafe import escape

from status.web.feeds.words import MINUTES_TO_LIVE, Entry, Feed

CONTENT_TYPE = "application/rss+xml; charset=utf-8"
ATOM: Final = "http://www.w3.org/2005/Atom"


def write_rss(feed: Feed) -> bytes:
    """Write a feed as RSS 2.0."""
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
    for entry in feed.entries:
        _add(channel, entry)
    written: bytes = channel.rss_str()
    return written


def _hub(address: str) -> type[BaseExtension]:
    """Make what adds the hub's link: feedgen writes that of rel=self alone."""

    class Hub(BaseExtension):  # type: ignore[misc]
        def extend_rss(self, document: Any) -> Any:
            if address:
                channel = document[0]
                channel.insert(0, channel.makeelement(f"{{{ATOM}}}link", {"href": address, "rel": "hub"}))
            return document

    return Hub


def _add(channel: FeedGenerator, entry: Entry) -> None:
    item = channel.add_entry(order="append")
    item.guid(entry.uid, permalink=False)
    item.title(entry.title)
    item.link(href=entry.link)
    # Readers take a description for HTML: what is plain text must be escaped once more.
    item.description(str(escape(entry.summary)))
    item.content(entry.html)
    item.category([{"term": term, "label": label} for term, label in entry.categories])
    item.published(entry.published_at)
