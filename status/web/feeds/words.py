"""What a feed says, whatever its format: read from the database, put into the reader's language, made safe for XML.

The bytes of a feed depend on its items only, never on the clock: unchanged items give an unchanged feed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from status.domain.states import AREAS
from status.queries.birth import read_birth
from status.queries.feed import FeedItem, Window, feed_items
from status.queries.posted import ROWS_KEPT
from status.queries.snapshot import kept, kept_last
from status.web.feeds.about import Subject
from status.web.language import gettext
from status.web.scope import Scope, request_scope
from status.wording import labels
from status.wording.posts import Said, headline, said

MINUTES_TO_LIVE: Final = 5
"""How often readers are asked to come (RSS `ttl`)."""

ITEMS_KEPT: Final = 4_000
"""So many items are kept as a format writes them: neighbouring components share most of theirs."""

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in the reader's language. `summary` is plain text, `html` the same as HTML that is safe to show."""

    uid: str
    title: str
    link: str
    summary: str
    html: str
    categories: tuple[tuple[str, str], ...]
    published_at: datetime
    updated_at: datetime

    def __hash__(self) -> int:
        return hash(self.uid)


@dataclass(frozen=True, slots=True)
class Feed:
    """A whole feed; no `hub`: "". `updated_at` is the newest item's, or the installation's birth when there is none."""

    uid: str
    language: str
    title: str
    subtitle: str
    author: str
    page: str
    own: str
    hub: str
    updated_at: datetime
    entries: tuple[Entry, ...]


def make_feed(subject: Subject, name: str) -> Feed:
    """Put a feed of updates together for this request; `name` is its last part (feed.rss)."""
    items = items_of(subject)
    entries = kept_last(request_scope().session, "entries", (subject.root, items), lambda: entries_of(subject, items))
    return feed_of(subject, name, entries, f"feed/{subject.named}")


def items_of(subject: Subject) -> tuple[FeedItem, ...]:
    """Give what the window of a feed holds, newest first."""
    scope = request_scope()
    settings = scope.settings.publication
    window = Window(settings.feed_days, settings.feed_min_items, settings.feed_max_items)
    return feed_items(scope.session, scope.audience, subject.language, window, scope.at, subject.about)


def feed_of(subject: Subject, name: str, entries: Sequence[Entry], word: str) -> Feed:
    """Give these entries as a feed; `word` is the last part of its own identifier."""
    scope = request_scope()
    birth = read_birth(scope.session)
    site = scope.settings.site.name
    home = f"{scope.settings.site.public_url.rstrip('/')}{subject.root}"
    return Feed(
        uid=f"tag:{birth.authority},{birth.year}:{word}",
        language=subject.language,
        title=clean(title_of(subject)),
        subtitle=clean(gettext("Incidents and works, newest first")),
        author=clean(site),
        page=home + subject.page,
        own=f"{home}{subject.below}/{name}",
        hub=scope.settings.feeds.hub,
        updated_at=max((entry.updated_at for entry in entries), default=birth.created_at),
        entries=tuple(entries),
    )


def title_of(subject: Subject) -> str:
    """Give what a feed is called."""
    site = request_scope().settings.site.name
    return f"{subject.name} – {site}" if subject.name else site


def clean(text: str) -> str:
    """Drop the characters XML 1.0 can't hold (§2.2)."""
    return _ILLEGAL.sub("", text)


def entries_of(subject: Subject, items: Sequence[FeedItem]) -> tuple[Entry, ...]:
    """Put items into words, each once for all feeds of a snapshot that carry it."""
    scope = request_scope()
    store: dict[str, Entry] = kept(scope.session, ("entries", subject.root), dict)
    if len(store) > ROWS_KEPT:
        store.clear()
    for item in items:
        if item.uid not in store:
            store[item.uid] = _entry(item, scope, subject)
    return tuple(store[item.uid] for item in items)


def items_written(form: Hashable) -> dict[Entry, bytes]:
    """Give what was written of items in a format for other feeds of this snapshot, to be added to."""
    store: dict[Entry, bytes] = kept(request_scope().session, ("items", form), dict)
    if len(store) >= ITEMS_KEPT:
        store.clear()
    return store


def _entry(item: FeedItem, scope: Scope, subject: Subject) -> Entry:
    lang = subject.language
    told = _cleaned(
        said(
            item.generated, item.texts, lang, scope.settings.site.timezone,
            by_robot=item.by_robot, happened_at=item.happened_at, redacted_at=item.redacted_at,
        )
    )  # fmt: skip
    return Entry(
        uid=item.uid,
        title=clean(headline(item, lang)),
        link=f"{scope.settings.site.public_url.rstrip('/')}{subject.root}/travaux/{item.n}#update-{item.k}",
        summary=told.in_plain(),
        html=told.as_html(),
        categories=_categories(item, lang),
        published_at=item.published_at,
        updated_at=item.changed_at,
    )


def _cleaned(told: Said) -> Said:
    return replace(told, sentence=clean(told.sentence), text=clean(told.text))


def _categories(item: FeedItem, lang: str) -> tuple[tuple[str, str], ...]:
    areas = tuple((slug, labels.area(slug, lang)) for slug in item.areas if slug in AREAS)
    return (
        *areas,
        (item.type.value, labels.event_type(item.type, lang)),
        (item.state.value, labels.event_state(item.state, lang)),
        (item.impact.value, labels.impact(item.impact, lang)),
    )
