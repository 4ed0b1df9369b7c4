"""The words of a mail that is HTML alone: text without marks, quotations told by `> ` as in plain mails."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

HTML_LENGTH: Final = 500_000
"""So many characters of HTML are read."""

UNREAD: Final = frozenset({"script", "style", "head", "title", "template"})
BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"})


def text_of_html(html: str) -> str:
    """Give the words of an HTML mail. What is shown nowhere (scripts, styles) is left out; nothing is kept as marks."""
    reader = _Reader()
    reader.feed(html[:HTML_LENGTH])
    reader.close()
    reader.end_line()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reader.lines)).strip()


class _Reader(HTMLParser):
    """Gathers lines; within <blockquote> each begins with `> `."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._quoted = 0
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - parser's method
        """Begin a line, a quotation, or something unread."""
        if tag in BREAKS or tag == "blockquote":
            self.end_line()
        if tag == "li":
            self._line.append("- ")
        self._quoted += tag == "blockquote"
        self._unread += tag in UNREAD

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as above
        """End a line at <br/>; `<script/>` begins nothing."""
        if tag in BREAKS:
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        """End a line, a quotation, or something unread."""
        if tag in BREAKS or tag == "blockquote":
            self.end_line()
        if tag == "p":
            self.lines.append("> " * bool(self._quoted))
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        self._unread = max(0, self._unread - (tag in UNREAD))

    def handle_data(self, data: str) -> None:
        """Take words."""
        if not self._unread:
            self._line.append(re.sub(r"[ \t\r\n]+", " ", data))

    def end_line(self) -> None:
        """Keep the line so far, unless there is none."""
        line = "".join(self._line).strip()
        self._line = []
        if line:
            self.lines.append("> " * bool(self._quoted) + line)
