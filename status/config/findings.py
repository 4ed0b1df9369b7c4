"""Gathers the faults of one file while it is checked, and gives each its line, its owner and the nearest valid word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from status.config.errors import ConfigError, Fault
from status.config.lines import KeyPath, lines_of

SUGGESTIONS: Final = 50
"""Nearest words are looked for this often: each costs milliseconds among 20,000 names."""

NAMED_BY: Final = {
    "mirror": "name", "relay": "name", "alert": "name", "rota": "name", "component": "slug", "check": "name",
}  # fmt: skip


@dataclass(slots=True)
class Findings:
    """The faults found so far in the file `file`, whose text and parsed document are given."""

    file: Path
    text: str
    document: Mapping[str, Any]
    _found: list[tuple[KeyPath, KeyPath, str]] = field(default_factory=list)
    _suggested: int = 0

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._found)

    def add(self, path: KeyPath, message: str) -> None:
        """Note that the value at `path` is wrong; the message is preceded by its key."""
        self._found.append((path, path, message))

    def add_at(self, place: KeyPath, about: KeyPath, message: str) -> None:
        """Note a fault whose line is that of `place` and whose message speaks of `about`."""
        self._found.append((place, about, message))

    def nearest(self, word: str, candidates: Iterable[str]) -> str:
        """Give `, did you mean 'x'?`, or nothing when no candidate is near."""
        if self._suggested >= SUGGESTIONS:
            return ""
        self._suggested += 1
        return did_you_mean(word, candidates)

    def error(self) -> ConfigError:
        """Make the error that tells every fault, in the order of the file."""
        lines = lines_of(self.text)
        faults = [
            Fault(self.file, _line(place, lines), _owner(about, self.document), _labelled(about, message))
            for place, about, message in self._found
        ]
        return ConfigError(tuple(sorted(dict.fromkeys(faults), key=lambda fault: fault.line or 0)))


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Give `, did you mean 'x'?` for the candidate nearest to `word`, or nothing when none is near."""
    close = difflib.get_close_matches(word, list(candidates), 1, 0.6)
    return f", did you mean {close[0]!r}?" if close else ""


def _line(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


def _split(path: KeyPath) -> tuple[KeyPath, KeyPath]:
    """Part a path into its owner (a section, or one element of an array of tables) and the key within it."""
    if path[:2] == ("self_test", "reference"):
        size = 3 if len(path) > 2 else 1  # noqa: PLR2004 - the index stands third
    elif path and path[0] in NAMED_BY and len(path) > 1:
        size = 2
    else:
        size = 1
    return path[:size], path[size:]


def _owner(path: KeyPath, document: Mapping[str, Any]) -> str:
    owner, _ = _split(path)
    if not owner:
        return ""
    if len(owner) == 1:
        return f"[[{owner[0]}]]" if owner[0] in NAMED_BY else f"[{owner[0]}]"
    *section, index = owner
    assert isinstance(index, int)
    if len(section) > 1:
        return f"[[self_test.reference]] number {index + 1}"
    word = str(section[0])
    entry = document[word][index]
    name = entry.get(NAMED_BY[word]) if isinstance(entry, Mapping) else None
    return f"{word} {name!r}" if isinstance(name, str) and name else f"[[{word}]] number {index + 1}"


def _labelled(path: KeyPath, message: str) -> str:
    _, rest = _split(path)
    label = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in rest).lstrip(".")
    return f"{label}: {message}" if label else message
