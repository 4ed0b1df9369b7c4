"""An emergency message put into what a mirror holds: pages, feeds, `status.json`; `mirror_statuspage` does the rest.

Put in again it changes nothing; taken out, the rest is as it was but for the green, which only a push gives back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any, Final

from markupsafe import Markup

from status.domain.states import AREAS
from status.publication.mirror_pages import language_of, opened, unclaimed
from status.publication.mirror_statuspage import STATUSPAGE, put_in, take_out
from status.services.emergency import Emergency, as_data, iso
from status.wording import copies
from status.wording.languages import LANGUAGES, pick
from status.wording.times import date_and_time

BEGIN: Final = '<section class="banner s-down emergency"'
END: Final = "</section>"
STATUS: Final = ("status.json", "status.stale.json")
EVENTS: Final = "events"
FEEDS: Final = ("feed", EVENTS)
LIVE: Final = "live"
"""The page for browsers without script, which loads itself again."""

RENEWED: Final = ' data-until="'
"""What a page holds that is renewed each minute: it says until when it knows the present."""

_UPDATED: Final = re.compile(r"<(updated|lastBuildDate)>[^<>]*</(?:updated|lastBuildDate)>")


def as_document(emergency: Emergency | None, ended: str = "") -> bytes:
    """Write `emergency.json`: its values, and for the script of other pages the markup in every language.

    `ended` makes the end of one tell from the end of another.
    """
    data = as_data(emergency) | ({"ended": ended} if ended else {})
    if emergency is not None:
        data["said"] = {language: section(emergency, language) for language in LANGUAGES}
    return _compact(data)


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a feed: one message; in a feed of events all of them, as the event that they become."""

    uid: str
    title: str
    text: str
    link: str
    at: datetime
    changed_at: datetime


def carry(file: str, body: bytes, emergency: Emergency, base: str) -> bytes:
    """Put it into a file of a copy, by what that is; `base` is the address that feeds link to, without language."""
    text = body.decode()
    language = next((each for each in LANGUAGES if file.startswith(f"{each}/")), LANGUAGES[0])
    link = f"{base}/{language}"
    if file.endswith(".html"):
        return on_page(text, emergency).encode()
    if file in STATUS:
        return in_status(text, emergency).encode()
    if file in STATUSPAGE:
        document: dict[str, Any] = json.loads(text)
        put_in(file, document, emergency, language, link)
        return _compact(document)
    by_event = file.rpartition("/")[2].startswith(f"{EVENTS}.")
    items = [_as_event(emergency, language, link)] if by_event else _as_items(emergency, language, link)
    return in_feed(text, items).encode()


def carries(file: str, languages: Sequence[str]) -> bool:
    """Whether a file of a copy carries the message itself: fronts, live pages, areas, site feeds and states in JSON.

    Other pages carry it by their script.
    """
    if file in STATUS or file in STATUSPAGE or file in {"index.html", "stale.html"}:
        return True
    language, _, rest = file.partition("/")
    if language not in languages:
        return False
    place, _, name = rest.rpartition("/")
    if name in {"index.html", "stale.html"}:
        return place in {"", LIVE} or place.removeprefix("components/") in AREAS
    return place == "" and name.rpartition(".")[0] in FEEDS


def section(emergency: Emergency, language: str) -> Markup:
    """Write the message as pages show it, the newest words first; for the script, when it ends."""
    zone = emergency.timezone
    icon = Markup('<svg class="i" aria-hidden="true"><use href="#down"/></svg>')
    head = copies.emergency_head(language, emergency.areas)
    ends = Markup(' data-ends="{}"').format(iso(emergency.until)) if emergency.until is not None else Markup("")
    parts = [Markup('{}{} aria-label="{}">').format(Markup(BEGIN), ends, head)]  # noqa: S704 - a constant
    parts.append(Markup('<p class="big">{}<span>{}</span></p>').format(icon, head))
    for post in reversed(emergency.posts):
        text, written_in = pick(post.texts, language)
        marked = Markup(' lang="{}"').format(written_in) if written_in != language else Markup("")
        parts.append(Markup('<p class="words"{}>{}</p>').format(marked, text))
        source = copies.emergency_source(language, post.at, zone)
        parts.append(Markup('<p class="verified">{}</p>').format(source))
    if emergency.until is not None:
        end = copies.emergency_end(language, emergency.until, zone)
        parts.append(Markup('<p class="verified">{}</p>').format(end))
    return Markup("\n").join([*parts, Markup(END)])  # noqa: S704 - a constant


def on_page(page: str, emergency: Emergency) -> str:
    """Put the message at the top of a page; below it nothing is green, nor quiet."""
    language = language_of(page)
    page = unclaimed(off_page(page))
    for quiet in (copies.on_pages(language, copies.QUIET), copies.since_renewed(language)):
        page = page.replace(f"<span>{quiet}</span>", _below(language))
    return opened(page, section(emergency, language))


def with_message(page: str, emergency: Emergency) -> str:
    """Give a page that does not carry the message with it, as its script would show it; the present is not green."""
    if f"\n{BEGIN}" in page:
        return page
    return on_page(page, emergency) if RENEWED in page else opened(page, section(emergency, language_of(page)))


def off_page(page: str) -> str:
    """Take the message from a page."""
    before, begin, rest = page.partition(f"\n{BEGIN}")
    if not begin:
        return page
    language = language_of(page)
    page = before + rest.partition(END)[2]
    return page.replace(_below(language), f"<span>{copies.since_renewed(language)}</span>")


def _below(language: str) -> str:
    """Say what the rest of the page is worth; the script puts `data-after` in its place when the message ends."""
    after, first = escape(copies.since_renewed(language)), copies.emergency_first(language)
    return f'<span data-after="{after}">{first}</span>'


def lift(file: str, body: bytes, emergency: Emergency, level: str) -> bytes:
    """Take the message from a file of a copy; what was said of its areas is unknown then. Feeds keep their items.

    `level` is what Statuspage's files say of the whole then (`level_left`).
    """
    text = body.decode()
    if file.endswith(".html"):
        return off_page(text).encode()
    if file not in STATUS and file not in STATUSPAGE:
        return body
    document: dict[str, Any] = json.loads(text)
    if file in STATUSPAGE:
        take_out(file, document, emergency, level)
        return _compact(document)
    if document.pop("emergency", None) is None:
        return body
    for area in document.get("areas", ()):
        if area["slug"] in (emergency.areas or AREAS):
            area |= {"state": "unknown", "since": None}
    return _compact(document)


def in_feed(feed: str, items: Sequence[_Item]) -> str:
    """Put items into an RSS, Atom or JSON feed, before its others; one that changed since stands there anew."""
    for item in items:
        if feed.lstrip().startswith("{"):
            feed = _in_json(feed, item)
        elif "<rss" in feed:
            feed = _before(_without(feed, item.uid, "item"), ("<item>", "</channel>"), _rss_item(item))
            feed = _dated(feed, format_datetime(item.changed_at))
        else:
            feed = _before(_without(feed, item.uid, "entry"), ("<entry>", "</feed>"), _atom_entry(item))
            feed = _dated(feed, iso(item.changed_at) or "")
    return feed


def _as_items(emergency: Emergency, language: str, link: str) -> list[_Item]:
    head = copies.emergency_head(language, emergency.areas)
    return [
        _Item(emergency.identifier(post, language), head, pick(post.texts, language)[0], link, post.at, post.at)
        for post in emergency.posts
    ]


def _as_event(emergency: Emergency, language: str, link: str) -> _Item:
    first, last = emergency.posts[0], emergency.posts[-1]
    hours = [date_and_time(post.at, language, emergency.timezone) for post in emergency.posts]
    words = [pick(post.texts, language)[0] for post in emergency.posts]
    text = "\n\n".join(f"{hour}\n{said}" for hour, said in zip(reversed(hours), reversed(words), strict=True))
    head = copies.emergency_head(language, emergency.areas)
    return _Item(emergency.identifier(first, language), head, text, link, first.at, last.at)


def in_status(text: str, emergency: Emergency) -> str:
    """Put it into `status.json`: its areas are down, what lies below them is unknown."""
    document: dict[str, Any] = json.loads(text)
    touched = emergency.areas or AREAS
    first = emergency.posts[0]
    for node in (*document.get("areas", ()), *document.get("components", ())):
        is_area = "parent" not in node
        if (node["slug"] if is_area else node.get("area")) not in touched:
            continue
        if is_area:
            node |= {"state": "down", "since": iso(first.at)}
        elif node["state"] == "operational":
            node |= {"state": "unknown", "since": None, "last_known_state": "operational"}
    said = {key: value for key, value in as_data(emergency).items() if key not in {"format", "authority", "year"}}
    document["emergency"] = {**said, "id": emergency.identifier(first, LANGUAGES[0])}
    return _compact(document).decode()


def _compact(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _in_json(feed: str, item: _Item) -> str:
    document: dict[str, Any] = json.loads(feed)
    said: dict[str, str | None] = {"id": item.uid, "url": item.link, "title": item.title, "content_text": item.text}
    said |= {"date_published": iso(item.at), "date_modified": iso(item.changed_at)}
    document["items"] = [said, *(each for each in document.get("items", ()) if each.get("id") != item.uid)]
    return _compact(document).decode()


def _rss_item(item: _Item) -> str:
    return (
        f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
        f'<description>{escape(item.text)}</description><guid isPermaLink="false">{escape(item.uid)}</guid>'
        f"<pubDate>{format_datetime(item.at)}</pubDate></item>"
    )


def _atom_entry(item: _Item) -> str:
    return (
        f"<entry><id>{escape(item.uid)}</id><title>{escape(item.title)}</title><updated>{iso(item.changed_at)}</updated>"
        f'<published>{iso(item.at)}</published><link href="{escape(item.link)}" rel="alternate"/>'
        f'<content type="text">{escape(item.text)}</content></entry>'
    )


def _without(feed: str, uid: str, element: str) -> str:
    """Take the item of an identifier from a feed."""
    before, found, after = feed.partition(f">{escape(uid)}<")
    if not found:
        return feed
    return before[: before.rindex(f"<{element}>")] + after.partition(f"</{element}>")[2]


def _before(feed: str, marks: tuple[str, ...], what: str) -> str:
    """Put text before the first of these marks that is there; a feed that has none stays as it is."""
    for mark in marks:
        before, found, after = feed.partition(mark)
        if found:
            return f"{before}{what}{found}{after}"
    return feed


def _dated(feed: str, at: str) -> str:
    """Set the feed's own date, which stands before its first item."""
    return _UPDATED.sub(lambda found: f"<{found[1]}>{at}</{found[1]}>", feed, count=1)
