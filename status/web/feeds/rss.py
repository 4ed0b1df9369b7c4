"""RSS 2.0. With feedgen the last link becomes the channel's, `updated` is now unless set, entries are prepended."""

from __future__ import annotations

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from markupsafe import escape

from status.web.feeds.elements import add_entries
from status.web.feeds.words import MINUTES_TO_LIVE, Entry, Feed

CONTENT_TYPE = "application/rss+xml; charset=utf-8"


def write_rss(feed: Feed) -> bytes:
    """Write a feed as RSS 2.0."""
    channel = FeedGenerator()
    channel.title(feed.title)
    channel.description(feed.subtitle)
    channel.link(href=feed.own, rel="self", type="application/rss+xml")
    channel.link(href=feed.page, rel="alternate")
    channel.language(feed.language)
    channel.generator("travaux")
    channel.ttl(MINUTES_TO_LIVE)
    channel.lastBuildDate(feed.updated_at)
    add_entries(channel, feed.entries, _fill, FeedEntry.rss_entry)
    written: bytes = channel.rss_str()
    return written


def _fill(item: FeedEntry, entry: Entry) -> None:
    item.guid(entry.uid, permalink=False)
    item.title(entry.title)
    item.link(href=entry.link)
    # Readers take a description for HTML: what is plain text must be escaped once more.
    item.description(str(escape(entry.summary)))
    item.content(entry.html)
    item.category([{"term": term, "label": label} for term, label in entry.categories])
    item.published(entry.published_at)
