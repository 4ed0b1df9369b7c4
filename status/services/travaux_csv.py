"""Reads incidents and works of another site from a CSV file: one a line, one post each. Writes nothing.

Separated by `;`, tab or `,`, in UTF-8, with a header of the columns it has (COLUMNS). Places and components are
separated by spaces. Times are ISO 8601; without an offset they are where the site is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from status.domain.states import EventType, Impact
from status.i18n import LANGUAGES
from status.services.import_file import Fault, Wrong, clean, columns_of, decoded, lines_of
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

REQUIRED: Final = ("number", "begin", "end", "title_fr or title_en")
COLUMNS: Final = (
    "number", "begin", "end", "type", "title_fr", "title_en", "text_fr", "text_en", "impact", "components",
    "departments", "exchanges", "operators", "resources",
)  # fmt: skip

UNREAD: Final = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that could not be read."""

_Word = TypeVar("_Word", bound=Enum)
_Read = TypeVar("_Read")


def read_csv(content: bytes, zone: ZoneInfo) -> Reading:
    """Read a file whole; its faults are in the order of its lines."""
    try:
        rows = lines_of(decoded(content, FILE_BYTES))
        names = _header(next(rows, (1, []))[1])
    except Wrong as error:
        return hopeless(str(error))
    tasks: list[Task] = []
    faults: list[Fault] = []
    count = 0
    for count, (line, cells) in enumerate(rows, 1):
        place = f"line {line}"
        if isinstance(cells, Fault):
            faults.append(cells)
        elif len(cells) != len(names):
            faults.append(Fault(place, f"found {len(cells)} columns, expected {len(names)} as in the header"))
        else:
            task, wrong = _task(place, dict(zip(names, cells, strict=True)), zone)
            tasks += [task] if task else []
            faults += [Fault(place, message) for message in wrong]
        if count > TASKS:
            return hopeless(f"there are more than {TASKS} lines; split it")
    return Reading(tuple(tasks), tuple(faults)) if count else hopeless("there is no line below the header")


def _header(cells: list[str] | Fault) -> list[str]:
    if isinstance(cells, Fault):
        raise Wrong(cells.message)
    return columns_of(cells, COLUMNS, REQUIRED)


def _task(place: str, cells: Mapping[str, str], zone: ZoneInfo) -> tuple[Task | None, list[str]]:
    """Give the task of a line, or none and all that is wrong with it."""
    wrong: list[str] = []

    def tried(read: Callable[[], _Read], otherwise: _Read) -> _Read:
        try:
            return read()
        except Wrong as error:
            wrong.append(str(error))
            return otherwise

    def named(column: str) -> tuple[str, ...]:
        return tried(lambda: _words(column, cells), ())

    number = tried(lambda: number_of(cells["number"]), 0)
    titles, texts = _said("title", cells, TITLE_CHARACTERS), _said("text", cells, TEXT_CHARACTERS)
    if not titles:
        wrong.append("the title is empty")
    began = tried(lambda: _time("begin", cells, zone), UNREAD)
    ended = tried(lambda: _time("end", cells, zone), UNREAD)
    if UNREAD not in {began, ended} and ended < began:
        wrong.append(f"end {cells['end']!r} lies before begin {cells['begin']!r}")
    task = Task(
        place=place, number=number, title=titles, began_at=began, ended_at=ended,
        type=tried(lambda: _one_of(EventType, "type", cells, EventType.INCIDENT), EventType.INCIDENT),
        impact=tried(lambda: _one_of(Impact, "impact", cells, Impact.DEGRADED), Impact.DEGRADED),
        posts=(Said(ended, texts),) if texts else (),
        components=named("components"), departments=named("departments"), exchanges=named("exchanges"),
        operators=named("operators"), resources=named("resources"),
    )  # fmt: skip
    return (None if wrong else task), wrong


def _said(column: str, cells: Mapping[str, str], most: int) -> dict[str, str]:
    words = {language: clean(cells.get(f"{column}_{language}", ""), most) for language in LANGUAGES}
    return {language: text for language, text in words.items() if text}


def _one_of(kind: type[_Word], name: str, cells: Mapping[str, str], otherwise: _Word) -> _Word:
    word = cells.get(name, "").strip().lower()
    found = otherwise if not word else next((member for member in kind if member.value == word), None)
    if found is None:
        raise Wrong(f"{name}: found {word[:40]!r}, expected one of {', '.join(member.value for member in kind)}")
    return found


def _words(name: str, cells: Mapping[str, str]) -> tuple[str, ...]:
    text = cells.get(name, "")
    if any(unicodedata.category(each) in {"Cc", "Cs"} for each in text if not each.isspace()):
        raise Wrong(f"{name}: found a control character in {text[:40]!r}")
    return tuple(dict.fromkeys(text.split()))


def _time(name: str, cells: Mapping[str, str], zone: ZoneInfo) -> datetime:
    text = cells[name].strip()
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong(f"{name}: found {text[:40]!r}, expected a time such as 2021-03-10 01:42") from None
