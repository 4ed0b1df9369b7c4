"""Reads what a FlySpray travaux site holds, exported as JSON: an array of tasks, or one task a line. Writes nothing.

A task has the columns of FlySpray's own tables: `task_id`, `project_id`, `task_type`, `item_summary`, `detailed_desc`,
`date_opened`, `date_closed`, `closure_comment`, `is_closed`, `task_severity`, `mark_private`, and its `comments`
(`date_added`, `comment_text`). Times are Unix seconds or ISO 8601; words may be HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, Final

from status.domain.folding import fold
from status.domain.states import EventType, Impact
from status.services.import_file import Fault, Wrong, clean, decoded
from status.services.imported import (
    FILE_BYTES,
    TASKS,
    TEXT_CHARACTERS,
    TITLE_CHARACTERS,
    Reading,
    Said,
    Task,
    hopeless,
    number_of,
)

TYPES: Final[Mapping[str, EventType]] = {
    "incident": EventType.INCIDENT,
    "bug report": EventType.INCIDENT,
    "maintenance": EventType.MAINTENANCE,
    "amelioration": EventType.UPGRADE,
    "improvement": EventType.UPGRADE,
    "feature request": EventType.UPGRADE,
    "upgrade": EventType.UPGRADE,
}
"""By the word of a task's type, folded; the second of each are FlySpray's own."""

IMPACTS: Final = {1: Impact.DEGRADED, 2: Impact.DEGRADED, 3: Impact.PARTIAL, 4: Impact.FULL, 5: Impact.FULL}
"""By FlySpray's severity, 1 very low to 5 critical; of incidents alone."""

_BREAKING: Final = frozenset({"br", "p", "div", "li", "tr", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4"})
_UNSEEN: Final = frozenset({"script", "style", "head", "template"})
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
_MARKS: Final = re.compile(r"([\\`*\[<])")
_FAR: Final = 32_503_680_000
"""Unix seconds of the year 3000: a time beyond it counts milliseconds or is none."""


def read_flyspray(content: bytes, language: str, *, close: bool = False) -> Reading:
    """Read a file whole; its words are in `language`. `close`: one still open there ends with its last word."""
    try:
        text = decoded(content, FILE_BYTES)
        found = list(_documents(text))
    except Wrong as error:
        return hopeless(str(error))
    if not found:
        return hopeless("there is no task in it: expected a JSON array of tasks, or one task a line")
    if len(found) > TASKS:
        return hopeless(f"there are {len(found)} tasks; at most {TASKS} are read")
    tasks: list[Task] = []
    faults: list[Fault] = []
    private = 0
    for place, document in found:
        try:
            if _is_set(document.get("mark_private")):
                private += 1
            else:
                tasks.append(_task(place, document, language, close=close))
        except Wrong as error:
            faults.append(Fault(place, str(error)))
    return Reading(tuple(tasks), tuple(faults), private)


def _documents(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if text.lstrip()[:1] == "[":
        for position, document in enumerate(_loaded(text, "the file"), 1):
            yield _place(document, f"task {position} of the array"), _mapping(document, f"task {position} of the array")
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            document = _loaded(line, f"line {number}")
            yield _place(document, f"line {number}"), _mapping(document, f"line {number}")


def _loaded(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{place} is no JSON: {error}") from None


def _mapping(document: object, place: str) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise Wrong(f"{place}: found {type(document).__name__}, expected an object with the columns of a task")
    return document


def _place(document: object, otherwise: str) -> str:
    number = document.get("task_id") if isinstance(document, dict) else None
    return otherwise if number is None else f"task {str(number)[:20]}"


def _task(place: str, document: Mapping[str, Any], language: str, *, close: bool) -> Task:
    opened = _time(document, "date_opened")
    if opened is None:
        raise Wrong("date_opened is missing")
    comments = document.get("comments", [])
    comments = [] if comments is None else comments
    if not isinstance(comments, list):
        raise Wrong(f"comments: found {type(comments).__name__}, expected a list")
    said = [(opened, document.get("detailed_desc")), *(_comment(comment, opened) for comment in comments)]
    last = max(at for at, _ in said)
    ended = _time(document, "date_closed")
    if not _is_set(document.get("is_closed")) and ended is None:
        if not close:
            raise Wrong("it is still open there: close it, or give --close to end it with its last word")
        ended = last
    ended = max(ended or last, opened)
    said.append((ended, document.get("closure_comment")))
    type_ = _type(document.get("task_type"))
    title = clean(
        _plain(str(document.get("item_summary") or "")[:TEXT_CHARACTERS]).replace("\n", " "), TITLE_CHARACTERS
    )
    if not title:
        raise Wrong("item_summary is empty, expected a title")
    posts = sorted(((at, _words(text)) for at, text in said), key=lambda post: post[0])
    return Task(
        place=place, number=number_of(document.get("task_id")), type=type_, title={language: title}, began_at=opened,
        ended_at=ended, impact=Impact.NONE if type_.is_work else _impact(document.get("task_severity")),
        posts=tuple(Said(at, {language: words}) for at, words in posts if words),
        project=None if document.get("project_id") is None else number_of(document["project_id"]),
    )  # fmt: skip


def _comment(comment: object, opened: datetime) -> tuple[datetime, object]:
    fields = _mapping(comment, "comments")
    return max(_time(fields, "date_added") or opened, opened), fields.get("comment_text")


def _type(value: object) -> EventType:
    if value is None or value == "":
        return EventType.INCIDENT
    word = fold(str(value))
    if word not in TYPES:
        raise Wrong(f"task_type: found {str(value)[:40]!r}, expected one of {', '.join(sorted(TYPES))}")
    return TYPES[word]


def _impact(value: object) -> Impact:
    try:
        return IMPACTS.get(int(str(value)), Impact.DEGRADED)
    except ValueError:
        return Impact.DEGRADED


def _is_set(value: object) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes"}


def _time(document: Mapping[str, Any], name: str) -> datetime | None:
    """Read a time; FlySpray writes 0 where there is none."""
    value = document.get(name)
    text = str(value).strip()
    if value is None or text in {"", "0"}:
        return None
    try:
        if text.replace(".", "", 1).isdigit() and text.isascii() and float(text) < _FAR:
            return datetime.fromtimestamp(int(float(text)), UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        expected = "expected Unix seconds or a time such as 2021-03-10T01:42:00Z"
        raise Wrong(f"{name}: found {text[:40]!r}, {expected}") from None


class _Words(HTMLParser):
    """Takes the words from HTML: a line for each line, an address behind the words of its link."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BREAKING:
            self.parts.append("\n")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "p":
            self.parts.append("\n")
        elif tag == "a" and self._links:
            address = self._links.pop()
            if address.startswith(("http://", "https://")) and address not in "".join(self.parts[-1:]):
                self.parts.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def _plain(text: str) -> str:
    """Give the words of a text that may be HTML; of one that is not, all of it."""
    if not _TAG.search(text) and "&" not in text:
        return text
    reader = _Words()
    reader.feed(text.replace("\r\n", "\n"))
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts))


def _words(text: object) -> str:
    """Give a post's words as our Markdown: what looks like a list or a quote is one, code, `*` and links are not."""
    plain = clean(_plain(str(text or "")[: 2 * TEXT_CHARACTERS]), TEXT_CHARACTERS)
    return _MARKS.sub(r"\\\1", "\n".join(line.strip() for line in plain.split("\n"))).strip()
