"""Pages of a copy that stand alone, in every language, their style inside: a missing page, and an emergency's front.

They need no other file: a mirror on which nothing was ever pushed can show them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from markupsafe import Markup

from status.publication.mirror_emergency import section
from status.services.emergency import Emergency
from status.wording import copies

MISSING: Final = "404.html"
"""What static hosts serve for an address that they don't have."""

_ICON: Final = '<use href="#down"/>'
_DRAWN: Final = '<path fill-rule="evenodd" d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5ZM4 7v2h8V7Z"/>'


def missing_page(site: str, public_url: str, prefix: str, languages: Sequence[str]) -> bytes:
    """Write the page for an address that the copy does not hold."""
    parts = []
    for language in languages:
        words = copies.missing(language)
        links = ((f"{prefix}/{language}/", words.state), (f"{public_url}/{language}", words.main))
        parts.append(
            Markup('<section lang="{}"><h1>{}</h1><p>{}</p>{}</section>').format(
                language, words.title, words.text,
                Markup("").join(Markup('<p><a href="{}">{}</a></p>').format(*link) for link in links),
            )
        )  # fmt: skip
    return _page(languages[0], f"{copies.missing(languages[0]).title} · {site}", parts, "missing page")


def emergency_page(emergency: Emergency, first: str, languages: Sequence[str]) -> bytes:
    """Write a front that holds nothing but the message, its own language `first`."""
    ordered = [first, *(language for language in languages if language != first)]
    parts = [_alone(section(emergency, language), language) for language in ordered]
    return _page(first, copies.emergency_head(first, emergency.areas), parts, "emergency")


def stands_alone(body: bytes) -> bool:
    """Whether a file is a front that holds nothing but a message."""
    return b'<meta name="generator" content="travaux emergency">' in body


def style_source() -> str:
    """Name these pages' style for a Content-Security-Policy (CSP 3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()}'"


def _alone(part: Markup, language: str) -> Markup:
    """Write a message that brings its shape along and names its language."""
    drawn = str(part).replace('<svg class="i"', '<svg viewBox="0 0 16 16"').replace(_ICON, _DRAWN)
    headed = drawn.replace('<p class="big">', '<h1 class="big">').replace("</span></p>", "</span></h1>", 1)
    return Markup(headed.replace("<section", f'<section lang="{language}"', 1))  # noqa: S704 - markup as it was


def _page(language: str, title: str, parts: Sequence[Markup], kind: str) -> bytes:
    text = (files("status.publication") / "standalone.html").read_text(encoding="utf-8")
    said = Template(text).substitute(
        language=language, title=escape(title), kind=kind, style=_style(), parts=Markup("\n").join(parts)
    )
    return said.encode()


@cache
def _style() -> str:
    return (files("status.publication") / "standalone.css").read_text(encoding="utf-8").strip()
