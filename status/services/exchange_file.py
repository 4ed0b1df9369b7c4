"""Reads a provider's list of telephone exchanges (NRA): CSV of code, name, INSEE code of the commune. Writes nothing.

Separated by `;`, tab or `,`, in UTF-8 or Windows-1252, with or without a header; whatever is wrong is told at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from status.domain.departments import department_of
from status.services.import_file import THE_FILE, Fault, Wrong, decoded_as_spreadsheets, lines_of
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
class Reading:
    """A whole file. With any fault nothing of it may be used."""

    exchanges: tuple[Exchange, ...]
    faults: tuple[Fault, ...]


def read_exchanges(content: bytes) -> Reading:
    """Read a file whole; its faults are in the order of its lines."""
    try:
        text = decoded_as_spreadsheets(content, FILE_BYTES)
    except Wrong as error:
        return _hopeless(str(error))
    exchanges: list[Exchange] = []
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for count, (line, cells) in enumerate(lines_of(text)):
        if count == 0 and not isinstance(cells, Fault) and _is_header(cells):
            continue
        found = cells if isinstance(cells, Fault) else _exchange(line, cells)
        if isinstance(found, Fault):
            faults.append(found)
        elif found.code in lines:
            faults.append(Fault(f"line {line}", f"code {found.code!r} stands on line {lines[found.code]} already"))
        else:
            lines[found.code] = line
            exchanges.append(found)
    if not exchanges and not faults:
        return _hopeless("there is no exchange in this file: expected lines of code;name;INSEE")
    if len(exchanges) > ROWS:
        return _hopeless(f"there are {len(exchanges)} exchanges; at most {ROWS} are read")
    return Reading(tuple(exchanges), tuple(faults))


def _hopeless(message: str) -> Reading:
    return Reading((), (Fault(THE_FILE, message),))


def _is_header(cells: Sequence[str]) -> bool:
    """Tell a line of titles by its third, which names INSEE."""
    return len(cells) >= COLUMNS and "insee" in cells[2].casefold()


def _exchange(line: int, cells: Sequence[str]) -> Exchange | Fault:
    place = f"line {line}"
    if len(cells) != COLUMNS:
        return Fault(place, f"found {len(cells)} columns, expected {COLUMNS}: code;name;INSEE")
    code, name, insee = cells
    insee = insee.upper().zfill(5) if insee.isascii() and insee.isdigit() else insee.upper()
    if not 0 < len(code) <= CODE_CHARACTERS:
        return Fault(place, f"the code has {len(code)} characters, expected 1 to {CODE_CHARACTERS}")
    if len(name) > NAME_CHARACTERS:
        return Fault(place, f"the name has {len(name)} characters, expected at most {NAME_CHARACTERS}")
    if any(unicodedata.category(each)[0] == "C" for each in code + name):
        return Fault(place, "the code or the name holds a control character")
    department = department_of(insee)
    if department is None:
        return Fault(
            place, f"found INSEE code {cells[2]!r}, expected the 5 characters of a commune: '59350', '2A004', '97105'"
        )
    return Exchange(line, code, name, insee, department)
