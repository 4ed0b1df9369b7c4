"""Atom (RFC 4287). `updated` is the newest item's, so that bytes change only when an item does."""

from __future__ import annotations

from typing import Final

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from status.web.feeds.elements import Format, write_feed
from status.web.feeds.words import Entry, Feed


def write_atom(feed: Feed) -> bytes:
    """Write a feed as Atom."""
    return write_feed(feed, ATOM)


def _head(feed: Feed) -> FeedGenerator:
    document = FeedGenerator()
    document.id(feed.uid)
    document.title(feed.title)
    document.subtitle(feed.subtitle)
    document.author(name=feed.author)
    document.link(href=feed.own, rel="self", type="application/atom+xml")
    if feed.hub:
        document.link(href=feed.hub, rel="hub")
    document.link(href=feed.page, rel="alternate", type="text/html")
    document.language(feed.language)
    document.generator("travaux")
    document.updated(feed.updated_at)
    return document


def _fill(element: FeedEntry, entry: Entry) -> None:
    element.id(entry.uid)
    element.title(entry.title)
    element.link(href=entry.link, rel="alternate", type="text/html")
    element.summary(entry.summary)
    element.content(entry.html, type="html")
    element.category([{"term": term, "label": label} for term, label in entry.categories])
    element.published(entry.published_at)
    element.updated(entry.updated_at)


ATOM: Final = Format(_head, _fill, FeedGenerator.atom_str, item=b"entry", around=b"feed")
