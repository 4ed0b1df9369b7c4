"""Reads incidents and works of another site from a CSV file: one a line, one post each. Writes nothing.

Separated by `;`, `,` or tab, in UTF-8, with a header of the columns it has (COLUMNS). Places and components are
separated by spaces. Times are ISO 8601; without an offset they are where the site is.
"""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from status.domain.states import EventType, Impact
from status.services.imported import (
    FILE_BYTES,
    TASKS,
    TEXT_CHARACTERS,
    TITLE_CHARACTERS,
    Fault,
    Reading,
    Said,
    Task,
    Wrong,
    clean,
    decoded,
    hopeless,
    number_of,
)

REQUIRED: Final = ("number", "begin", "end")
COLUMNS: Final = (
    *REQUIRED, "type", "title_fr", "title_en", "text_fr", "text_en", "impact", "components", "departments", "exchanges",
    "operators", "resources",
)  # fmt: skip

_Word = TypeVar("_Word", bound=Enum)


def read_csv(content: bytes, zone: ZoneInfo) -> Reading:
    """Read a file whole; its faults are in the order of its lines."""
    try:
        text = decoded(content)
        rows = list(_rows(text))
    except Wrong as error:
        return hopeless(str(error))
    except csv.Error as error:
        return hopeless(f"it can't be read as CSV: {error}")
    if not rows:
        return hopeless("there is no line below the header")
    if len(rows) > TASKS:
        return hopeless(f"there are {len(rows)} lines; at most {TASKS} are read")
    tasks: list[Task] = []
    faults: list[Fault] = []
    for line, cells in rows:
        try:
            tasks.append(_task(f"line {line}", cells, zone))
        except Wrong as error:
            faults.append(Fault(f"line {line}", str(error)))
    return Reading(tuple(tasks), tuple(faults))


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    csv.field_size_limit(FILE_BYTES)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = _header(next((cells for cells in reader if any(map(str.strip, cells))), []))
    for cells in reader:
        if any(map(str.strip, cells)):
            if len(cells) != len(names):
                raise Wrong(f"line {reader.line_num}: found {len(cells)} columns, expected {len(names)} as the header")
            yield reader.line_num, dict(zip(names, cells, strict=True))


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            meant = f", did you mean {near[0]!r}?" if near else f"; known are: {', '.join(COLUMNS)}"
            raise Wrong(f"the header: unknown column {name[:40]!r}{meant}")
    missing = [name for name in REQUIRED if name not in names]
    if missing or not {"title_fr", "title_en"} & set(names):
        missing += [] if {"title_fr", "title_en"} & set(names) else ["title_fr or title_en"]
        raise Wrong(f"the header: {', '.join(missing)} missing")
    if len(set(names)) < len(names):
        raise Wrong("the header: a column stands twice")
    return names


def _task(place: str, cells: Mapping[str, str], zone: ZoneInfo) -> Task:
    titles = {language: clean(cells.get(f"title_{language}", ""), TITLE_CHARACTERS) for language in ("fr", "en")}
    if not any(titles.values()):
        raise Wrong("the title is empty")
    texts = {language: clean(cells.get(f"text_{language}", ""), TEXT_CHARACTERS) for language in ("fr", "en")}
    began, ended = _time("begin", cells, zone), _time("end", cells, zone)
    if ended < began:
        raise Wrong(f"end {cells['end']!r} lies before begin {cells['begin']!r}")
    said = {language: text for language, text in texts.items() if text}
    return Task(
        place=place, number=number_of(cells["number"]), type=_one_of(EventType, "type", cells, EventType.INCIDENT),
        title={language: title for language, title in titles.items() if title}, began_at=began, ended_at=ended,
        impact=_one_of(Impact, "impact", cells, Impact.DEGRADED), posts=(Said(ended, said),) if said else (),
        components=_words("components", cells), departments=_words("departments", cells),
        exchanges=_words("exchanges", cells), operators=_words("operators", cells),
        resources=_words("resources", cells),
    )  # fmt: skip


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
