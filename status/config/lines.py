"""Which line of a TOML file each key stands in: tomllib does not say.

Runs only when there is a fault to place, and only over text that tomllib has accepted; so it may be lenient.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

KeyPath = tuple[str | int, ...]
"""Where a value stands in a document: keys, and 0-based indices of arrays."""

_SPACE: Final = re.compile(r"[ \t]*")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[KeyPath, int]:
    """Map every table, array element and key of a valid TOML text to its 1-based line."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._table: KeyPath = ()
        self._arrays: dict[KeyPath, int] = {}
        self._lines: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                return self._lines
            if self._text[self._at] == "[":
                self._header()
            else:
                self._pair(self._table)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _take(self, character: str) -> bool:
        taken = self._text.startswith(character, self._at)
        self._at += len(character) if taken else 0
        return taken

    def _note(self, path: KeyPath) -> None:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        self._lines.setdefault(path, self._line)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_SPACE)
            parts.append(_plain(self._skip(_KEY)))
            self._skip(_SPACE)
            if not self._take("."):
                return parts

    def _header(self) -> None:
        is_array = self._take("[[")
        if not is_array:
            self._take("[")
        path: KeyPath = ()
        *parents, last = self._key()
        for key in parents:
            self._note((*path, key))
            path = self._latest((*path, key))
        path = (*path, last)
        if is_array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            self._note(path)
        self._table = self._latest(path)
        self._note(self._table)
        self._take("]]" if is_array else "]")

    def _latest(self, path: KeyPath) -> KeyPath:
        return (*path, self._arrays[path]) if path in self._arrays else path

    def _pair(self, table: KeyPath) -> None:
        before, path = self._at, table
        for key in self._key():
            path = (*path, key)
            self._note(path)
        self._take("=")
        self._value(path)
        if self._at == before:  # text that is not TOML: step over it rather than stand still
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        if self._take("["):
            self._elements(path)
        elif self._take("{"):
            self._inline_pairs(path)
        elif not self._skip(_STRING):
            self._skip(_SCALAR)

    def _elements(self, path: KeyPath) -> None:
        index = 0
        while self._at < len(self._text):
            self._skip(_BLANK)
            if self._take("]"):
                return
            if self._take(","):
                continue
            before = self._at
            self._note((*path, index))
            self._value((*path, index))
            self._at += self._at == before  # as in _pair
            index += 1

    def _inline_pairs(self, path: KeyPath) -> None:
        while self._at < len(self._text):
            self._skip(_BLANK)
            if self._take("}"):
                return
            if not self._take(","):
                self._pair(path)


def _plain(key: str) -> str:
    if not key.startswith(('"', "'")):
        return key
    value = tomllib.loads(f"key = {key}")["key"]
    assert isinstance(value, str)
    return value
