"""What every file that is taken in shares: its text, the lines of a table, and how its faults are told.

    bytes ─▶ text ─▶ CSV as spreadsheets write it ─▶ lines of cells; what the cells mean is the reader's own

A reader tells all that is wrong at once. With any fault nothing of a file may be used.
"""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

THE_FILE: Final = "the file"
OR: Final = " or "
SEPARATORS: Final = ";\t,"
"""The first of them that stands on the first line separates: `;` and tab are rare within a cell, `,` is not."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `line 12`, `task 4154`, `the file`."""

    place: str
    message: str


class Wrong(ValueError):
    """A value, or a file, that is none; its message says what was found and what was expected."""


def decoded(content: bytes, most: int) -> str:
    """Give a file's text, UTF-8 with or without its mark. Raise Wrong, naming the line, for anything else.

    `most` is how many bytes are read at all.
    """
    _measure(content, most)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Wrong(f"line {line} is not UTF-8 (byte {content[error.start]:#04x}); convert it to UTF-8") from None


def decoded_as_spreadsheets(content: bytes, most: int) -> str:
    """Give a file's text, UTF-8 or Windows-1252, in which spreadsheets save CSV. Raise Wrong."""
    _measure(content, most)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Wrong("this is neither UTF-8 nor Windows-1252 text: save it as CSV (UTF-8)")


def lines_of(text: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """Give each line that holds something, with its number; where quotes are broken a fault, and the end.

    Cells are without the spaces around them, and in Unicode's form NFC.
    """
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = next((each for each in SEPARATORS if each in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            stripped = [unicodedata.normalize("NFC", cell).strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as error:
        place = f"line {reader.line_num}"
        yield reader.line_num, Fault(place, f"the file can't be read as CSV from here: {error}")


def columns_of(cells: Sequence[str], known: Sequence[str], required: Sequence[str]) -> list[str]:
    """Give the names of the columns of a header. Raise Wrong for one that is unknown, missing or there twice.

    Of a required `title_fr or title_en` one is enough.
    """
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f", did you mean {near[0]!r}?" if near else f"; known are: {', '.join(known)}"
            raise Wrong(f"the header: unknown column {name[:40]!r}{meant}")
    missing = [name for name in required if not set(name.split(OR)) & set(names)]
    if missing:
        raise Wrong(f"the header: {', '.join(missing)} missing")
    if len(set(names)) < len(names):
        raise Wrong("the header: a column stands twice")
    return names


def clean(text: str, most: int) -> str:
    """Drop what can't be seen but tabs and line ends, and what is beyond a length."""
    kept = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", kept).strip()[:most].rstrip()


def _measure(content: bytes, most: int) -> None:
    if len(content) > most:
        raise Wrong(f"it has more than {most} bytes; split it")
