"""JSON Feed 1.1 (jsonfeed.org): the same items as RSS and Atom."""

from __future__ import annotations

import json
from typing import Any, Final

from status.web.feeds.words import Entry, Feed, items_written

VERSION: Final = "https://jsonfeed.org/version/1.1"


def write_json(feed: Feed) -> bytes:
    """Write a feed as JSON Feed."""
    head = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.own,
        "description": feed.subtitle,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        **({"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}),
        "items": [],
    }
    store = items_written("json")
    store.update((entry, _dumped(_item(entry))) for entry in feed.entries if entry not in store)
    around = _dumped(head)
    return b"%b%b]}" % (around.removesuffix(b"]}"), b",".join(store[entry] for entry in feed.entries))


def _dumped(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.uid,
        "url": entry.link,
        "title": entry.title,
        "content_html": entry.html,
        "content_text": entry.summary,
        "date_published": entry.published_at.isoformat(),
        "date_modified": entry.updated_at.isoformat(),
        "tags": [label for _term, label in entry.categories],
    }
