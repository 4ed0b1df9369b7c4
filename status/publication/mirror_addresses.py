"""Where a path stands on a mirror: ordinary files, so that any static host serves them with the right type.

    /fr/travaux/3                     fr/travaux/3/index.html      its stale twin: fr/travaux/3/stale.html
    /fr/travaux?type=work&area=email  fr/travaux/type-work/area-email/index.html
    /status.json                      status.json                  its stale twin: status.stale.json

What no ending tells the type of (`/1.0/…`) is not there.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

HTML: Final = "text/html"
INDEX: Final = "index.html"
STALE: Final = "stale"

TYPES: Final = {
    "atom": "application/atom+xml",
    "css": "text/css",
    "csv": "text/csv",
    "html": "text/html",
    "ico": "image/x-icon",
    "ics": "text/calendar",
    "js": "text/javascript",
    "json": "application/json",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webmanifest": "application/manifest+json",
    "xml": "application/xml",
}
"""What a static host takes a file for by its ending, and what we name where we may."""

TEXTUAL: Final = ("text/", "application/json", "application/rss+xml", "application/atom+xml", "image/svg+xml")

SEGMENT: Final = re.compile(r"(?:\.well-known|[A-Za-z0-9_~][A-Za-z0-9._~-]*)")
"""One part of a path: nothing hidden, nothing that leads up."""


def file_of(path: str, content_type: str) -> str | None:
    """Give the file of a published path (its query behind `?`); None for one that no static host can serve rightly."""
    bare, _, query = path.partition("?")
    segments = [segment for segment in bare.split("/") if segment]
    if content_type.startswith(HTML):
        segments += [f"{name}-{value}" for name, value in parse_qsl(query, keep_blank_values=True)]
        segments.append(INDEX)
    elif query or not segments or segments[-1].rpartition(".")[2] not in TYPES or "." not in segments[-1]:
        return None
    return "/".join(segments) if all(map(SEGMENT.fullmatch, segments)) else None


def address_of(file: str) -> str:
    """Give the address of a file on the mirror, without its prefix: a page's ends with a slash."""
    return "/" + (file.removesuffix(INDEX) if is_page(file) else file)


def twin_of(file: str) -> str:
    """Give the file of a file's stale twin."""
    folder, slash, name = file.rpartition("/")
    if name == INDEX:
        return f"{folder}{slash}{STALE}.html"
    stem, _, ending = name.rpartition(".")
    return f"{folder}{slash}{stem}.{STALE}.{ending}"


def is_page(file: str) -> bool:
    """Whether a file is answered for a folder's address."""
    return file == INDEX or file.endswith("/" + INDEX)


def type_of(file: str) -> str:
    """Give the media type that a file's ending stands for; a text's character set is UTF-8."""
    found = TYPES.get(file.rpartition(".")[2], "application/octet-stream")
    return f"{found}; charset=utf-8" if found.startswith(TEXTUAL) else found
