"""What people write, as HTML: CommonMark without raw HTML and images, through an allow-list of tags and addresses.

    text ─▶ markdown-it (html off; headings in long texts alone) ─▶ nh3 (TAGS, SCHEMES) ─▶ HTML

A single line break stays one. The two sieves are independent: what one lets through by a fault, the other stops.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES: Final = ("http", "https", "mailto")
TAGS: Final = frozenset(
    {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "ul"}
)
ATTRIBUTES: Final[dict[str, set[str]]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
"""Of every tag: none; nh3 would let `title` and `lang` through."""
REL: Final = "nofollow noopener noreferrer"
LEVELS: Final = {"h1": "h2", "h2": "h3"}
"""A long text stands below its page's own first heading: each of its own goes one down, to h4 at most."""

_HEADINGS: Final = ("heading", "lheading")
_BREAKS: Final = ("softbreak", "hardbreak")


class _Reader(MarkdownIt):
    """CommonMark whose links lead to web pages and mail addresses only; a relative one means nothing in a feed."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name in markdown-it
        scheme, colon, _ = url.strip().partition(":")
        return bool(colon) and scheme.lower() in SCHEMES


def to_html(text: str) -> str:
    """Give a post's words as HTML: emphasis, links, lists, quotes, code. A `#` stays what it is."""
    return _clean(_written(_short(), _parsed(text)))


def long_to_html(text: str) -> str:
    """Give a long text as HTML, with headings h2 to h4."""
    reader = _long()
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = LEVELS.get(token.tag, "h4")
    return _clean(_written(reader, tokens))


def to_plain(text: str) -> str:
    """Give the words alone, for summaries: no marks, the address of a link after its words, a list's points by `-`."""
    parts: list[str] = []
    point = ""
    for token in _parsed(text):
        if token.type == "list_item_open":
            point = f"{token.info}. " if token.info else "- "
        elif token.type in ("fence", "code_block"):
            parts.append(token.content.strip("\n"))
        elif token.type == "inline":
            said, tight = point + _said(token.children or ()), bool(point and parts and _is_point(parts[-1]))
            parts[-1:] = [f"{parts[-1]}\n{said}"] if tight else [*parts[-1:], said]
            point = ""
    return "\n\n".join(parts)


def _said(tokens: Sequence[Token]) -> str:
    written, leads = "", [""]
    for token in tokens:
        if token.type == "link_open":
            leads = [written, str(token.attrGet("href") or "")]
        elif token.type == "link_close":
            words, address = written[len(leads[0]) :], leads[-1].removeprefix("mailto:")
            written += "" if words in (address, leads[-1]) else f" ({address})"
        else:
            written += "\n" if token.type in _BREAKS else token.content
    return written


def _is_point(part: str) -> bool:
    first = part.rsplit("\n", 1)[-1].split(" ", 1)[0]
    return first == "-" or (first.endswith(".") and first[:-1].isdigit())


def _clean(html: str) -> str:
    # nh3 names this one character by its entity; the pages have it as it is.
    return _sieve().clean(html).replace("&nbsp;", "\u00a0").strip()


@cache
def _sieve() -> nh3.Cleaner:
    return nh3.Cleaner(tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=set(SCHEMES), link_rel=REL)


def _written(reader: MarkdownIt, tokens: Sequence[Token]) -> str:
    return str(reader.renderer.render(tokens, reader.options, {}))


@lru_cache(maxsize=32)
def _parsed(text: str) -> Sequence[Token]:
    """Parse a post's words: a feed gives them as HTML and, right after it, plain."""
    return tuple(_short().parse(text))


@cache
def _long() -> _Reader:
    reader = _Reader("commonmark", {"html": False, "breaks": True})
    # Indented code: whoever indents a paragraph means a paragraph. A fence is always meant.
    reader.disable(["image", "code", "html_block", "html_inline"])
    return reader


@cache
def _short() -> _Reader:
    reader = _Reader("commonmark", {"html": False, "breaks": True})
    reader.disable(["image", "code", "html_block", "html_inline", *_HEADINGS])
    return reader
