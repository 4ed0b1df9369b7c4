"""Atom (RFC 4287). `updated` is the newest item's, so that bytes change only when an item does."""

from __future__ import annotations

from feedgen.feed import FeedGenerator
from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from status.web.feeds.words import Entry, Feed, make_feed

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
NAME = "feed.atom"


def register(feeds: Blueprint) -> None:
    """Add the routes."""
    feeds.add_url_rule(f"/<lang:lang>/{NAME}", "atom", show)
    feeds.add_url_rule(f"/<lang:lang>/components/<slug>/{NAME}", "atom_of_component", show)


def show(lang: str, slug: str | None = None) -> BaseResponse:
    """Show the feed of the site or of a component."""
    feed = make_feed(lang, slug, NAME)
    if isinstance(feed, str):
        return redirect(feed, 301)
    return Response(write_atom(feed), content_type=CONTENT_TYPE)


def write_atom(feed: Feed) -> bytes:
    """Write a feed as Atom."""
    document = FeedGenerator()
    document.id(feed.uid)
    document.title(feed.title)
    document.subtitle(feed.subtitle)
    document.author(name=feed.author)
    document.link(href=feed.own, rel="self", type="application/atom+xml")
    document.link(href=feed.page, rel="alternate", type="text/html")
    document.language(feed.language)
    document.generator("travaux")
    document.updated(feed.updated_at)
    for entry in feed.entries:
        _add(document, entry)
    written: bytes = document.atom_str()
    return written


def _add(document: FeedGenerator, entry: Entry) -> None:
    element = document.add_entry(order="append")
    element.id(entry.uid)
    element.title(entry.title)
    element.link(href=entry.link, rel="alternate", type="text/html")
    element.summary(entry.summary)
    element.content(entry.html, type="html")
    element.category([{"term": term, "label": label} for term, label in entry.categories])
    element.published(entry.published_at)
    element.updated(entry.updated_at)
