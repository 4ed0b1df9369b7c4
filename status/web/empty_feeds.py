"""Feeds of places no event ever named: known exchanges and resources are many, so one pattern is published for all.

    address ─▶ known place? its name ─▶ pattern of its kind, language and format ─▶ name and slug put in ─▶ bytes

Works without database. Where something is on, the place's own feeds are published; where something was, longer ago
than the window of feeds, they are made when asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from status.domain.written import without_illegal_characters
from status.publication.addresses import EMPTY_KINDS, FEEDS
from status.publication.types import EMPTY

NAME, SLUG = "{place-name}", "{place-slug}"
"""What stands in a pattern for the place; no name is written so, and no slug can be."""

_ADDRESS: Final = re.compile(
    rf"/([a-z]{{2}})/({'|'.join(kind.value for kind in EMPTY_KINDS)})/([a-z0-9-]{{1,80}})/"
    rf"({'|'.join(map(re.escape, FEEDS))})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The feed an address asks for: `place` is as the manifest knows it (`exchanges/lil59`)."""

    place: str
    slug: str
    pattern: str
    feed: str


def read_address(path: str) -> Asked | None:
    """Give what a path asks for; None when no feed of such a place can stand there."""
    found = _ADDRESS.fullmatch(path)
    if found is None:
        return None
    language, kind, slug, feed = found.groups()
    return Asked(f"{kind}/{slug}", slug, f"{EMPTY}/{language}/{kind}/{feed}", feed)


def fill(pattern: bytes, asked: Asked, name: str) -> bytes:
    """Put a place into a pattern: the same bytes as if the feed had been made for it."""
    write = _WRITERS[asked.feed.rpartition(".")[2]]
    return write(pattern.decode(), without_illegal_characters(name), asked.slug).encode()


def _into_xml(pattern: str, name: str, slug: str) -> str:
    text = str(escape(name)).replace("&#34;", '"').replace("&#39;", "'")  # between tags, quotes stay as they are
    return pattern.replace(SLUG, slug).replace(NAME, text)


def _into_json(pattern: str, name: str, slug: str) -> str:
    return pattern.replace(SLUG, slug).replace(NAME, json.dumps(name, ensure_ascii=False)[1:-1])


def _into_calendar(pattern: str, name: str, slug: str) -> str:
    from icalendar import vText
    from icalendar.parser import Contentline, Contentlines

    text = vText(name).to_ical().decode()
    unfolded: list[str] = Contentlines.from_ical(pattern)  # type: ignore[no-untyped-call]
    filled = [line.replace(SLUG, slug).replace(NAME, text) for line in unfolded]
    return "".join(f"{Contentline(line).to_ical().decode()}\r\n" for line in filled if line)  # type: ignore[no-untyped-call]


_WRITERS: Final[Mapping[str, Callable[[str, str, str], str]]] = {
    "rss": _into_xml,
    "atom": _into_xml,
    "json": _into_json,
    "ics": _into_calendar,
}
