"""Reads a provider's list of telephone exchanges (NRA): CSV of code, name, INSEE code of the commune. Writes nothing.

Separated by `;` or `,`, in UTF-8 or Windows-1252, with or without a header; whatever is wrong is told at once.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from status.domain.departments import department_of
from status.services.places import CODE_CHARACTERS

FILE_BYTES: Final = 20_000_000
ROWS: Final = 100_000
"""France has some 15,000 exchanges."""

NAME_CHARACTERS: Final = 200
COLUMNS: Final = 3


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of the file; `department` is the INSEE code's."""

    line: int
    code: str
    name: str
    insee: str
    department: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on a line (counted from 1)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file. With any fault nothing of it may be used."""

    exchanges: tuple[Exchange, ...]
    faults: tuple[Fault, ...]


def read_exchanges(content: bytes) -> Reading:
    """Read a file whole; its faults are in the order of its lines."""
    if len(content) > FILE_BYTES:
        return _hopeless(f"the file has {len(content)} bytes; at most {FILE_BYTES} are read")
    text = _decoded(content)
    if text is None:
        return _hopeless("this is neither UTF-8 nor Windows-1252 text: save it as CSV (UTF-8)")
    exchanges: list[Exchange] = []
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for found in _exchanges(text):
        if isinstance(found, Fault):
            faults.append(found)
        elif found.code in lines:
            faults.append(Fault(found.line, f"code {found.code!r} stands on line {lines[found.code]} already"))
        else:
            lines[found.code] = found.line
            exchanges.append(found)
    if not exchanges and not faults:
        return _hopeless("there is no exchange in this file: expected lines of code;name;INSEE")
    if len(exchanges) > ROWS:
        return _hopeless(f"there are {len(exchanges)} exchanges; at most {ROWS} are read")
    return Reading(tuple(exchanges), tuple(faults))


def _hopeless(message: str) -> Reading:
    return Reading((), (Fault(1, message),))


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _exchanges(text: str) -> Iterator[Exchange | Fault]:
    """Give each line that holds something; a header is left out. Where quotes are broken the reading ends."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    is_first = True
    try:
        for cells in reader:
            stripped = [unicodedata.normalize("NFC", cell).strip() for cell in cells]
            if any(stripped):
                if not (is_first and _is_header(stripped)):
                    yield _exchange(reader.line_num, stripped)
                is_first = False
    except csv.Error as error:
        yield Fault(reader.line_num, f"the file cannot be read from here: {error}")


def _is_header(cells: Sequence[str]) -> bool:
    """Tell a line of titles by its third, which names INSEE."""
    return len(cells) >= COLUMNS and "insee" in cells[2].casefold()


def _exchange(line: int, cells: Sequence[str]) -> Exchange | Fault:
    if len(cells) != COLUMNS:
        return Fault(line, f"found {len(cells)} columns, expected {COLUMNS}: code;name;INSEE")
    code, name, insee = cells
    insee = insee.upper().zfill(5) if insee.isascii() and insee.isdigit() else insee.upper()
    if not 0 < len(code) <= CODE_CHARACTERS:
        return Fault(line, f"the code has {len(code)} characters, expected 1 to {CODE_CHARACTERS}")
    if len(name) > NAME_CHARACTERS:
        return Fault(line, f"the name has {len(name)} characters, expected at most {NAME_CHARACTERS}")
    if any(unicodedata.category(each)[0] == "C" for each in code + name):
        return Fault(line, "the code or the name holds a control character")
    department = department_of(insee)
    if department is None:
        return Fault(
            line, f"found INSEE code {cells[2]!r}, expected the 5 characters of a commune: '59350', '2A004', '97105'"
        )
    return Exchange(line, code, name, insee, department)
