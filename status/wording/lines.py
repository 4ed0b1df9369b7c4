"""Plain text folded to lines a mail program shows whole: addresses in one piece, lists and quotations in form."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Final

WIDTH: Final = 72
"""RFC 3676 §4.2 asks for 78 at most; 72 leaves room for a reply's quotation marks."""

_BEGINS: Final = re.compile(r"(?P<quote>(?:> ?)*)(?P<mark>(?:[-*+•] |\d{1,3}[.)] )?)")


def folded(text: str, width: int = WIDTH) -> str:
    """Fold each line of a text that is longer than `width`; no word is cut, what is indented stays as it is."""
    return "\n".join(part for line in text.split("\n") for part in _folded(line, width))


def _folded(line: str, width: int) -> list[str]:
    if len(line) <= width or line.startswith(("    ", "\t")):
        return [line]
    begins = _BEGINS.match(line)
    assert begins is not None  # it matches nothing too
    first, rest = begins[0], begins["quote"] + " " * len(begins["mark"])
    return wrap(
        line[len(first) :], width, initial_indent=first, subsequent_indent=rest, break_long_words=False,
        break_on_hyphens=False, expand_tabs=False, replace_whitespace=False,
    )  # fmt: skip
