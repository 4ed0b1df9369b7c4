"""The second feed: one entry for each event, which changes as it goes on and holds what the window holds of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup
from sqlalchemy.orm import Session

from status.queries.birth import read_birth
from status.queries.feed import FeedItem
from status.queries.posted import ROWS_KEPT
from status.queries.snapshot import kept, kept_last
from status.services.emergency import is_of_emergency
from status.web.feeds.about import Subject
from status.web.feeds.words import Entry, Feed, entries_of, feed_of, items_of
from status.web.scope import request_scope
from status.wording.times import date_and_time


def make_feed_of_events(subject: Subject, name: str) -> Feed:
    """Put the feed together, the event written on last first."""
    session, items = request_scope().session, items_of(subject)
    entries = kept_last(session, "entries of events", (subject.root, items), lambda: _entries(session, subject, items))
    return feed_of(subject, name, entries, f"events/{subject.named}")


def by_event(items: Sequence[FeedItem]) -> list[list[FeedItem]]:
    """Give the items of each event, newest first; the event of the newest item first."""
    order = {n: rank for rank, n in reversed(list(enumerate(item.n for item in items)))}
    together = sorted(items, key=lambda item: order[item.n])  # stable: each event's own order stays
    return [list(some) for _n, some in groupby(together, key=lambda item: item.n)]


def _entries(session: Session, subject: Subject, items: Sequence[FeedItem]) -> tuple[Entry, ...]:
    """Put events into words, each once for all feeds of a snapshot in whose windows the same updates of it are."""
    birth = read_birth(session)
    prefix = f"tag:{birth.authority},{birth.year}:"
    store: dict[tuple[str, ...], Entry] = kept(session, ("entries of events", subject.language), dict)
    if len(store) > ROWS_KEPT:
        store.clear()
    found = []
    for some in by_event(items):
        key = tuple(item.uid for item in some)
        if key not in store:
            store[key] = _entry(prefix, subject, some)
        found.append(store[key])
    return tuple(found)


def _entry(prefix: str, subject: Subject, items: Sequence[FeedItem]) -> Entry:
    said, lang = entries_of(subject, items), subject.language
    newest, oldest = said[0], said[-1]
    timezone = request_scope().settings.site.timezone
    hours = [date_and_time(entry.published_at, lang, timezone) for entry in said]
    pairs = list(zip(hours, said, strict=True))
    return Entry(
        uid=f"{prefix}{_name(items[0])}/{lang}",
        title=newest.title,
        link=newest.link.partition("#")[0],
        summary="\n\n".join(f"{hour}\n{entry.summary}" for hour, entry in pairs),
        html="\n".join(str(Markup("<p><b>{}</b></p>").format(hour)) + "\n" + entry.html for hour, entry in pairs),
        categories=newest.categories,
        published_at=oldest.published_at,
        updated_at=max(entry.updated_at for entry in said),
    )


def _name(item: FeedItem) -> str:
    """Name its event: by its number, or by the emergency message that it was before it had one."""
    return f"emergency/{item.event_uid}" if is_of_emergency(item.event_uid) else f"event/{item.n}"
