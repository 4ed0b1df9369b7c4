"""SMTP replies (RFC 5321 §4.2) as bytes and values. No sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LINE_BYTES = 2048
"""Longest reply line read; RFC 5321 §4.5.3.1.5 allows 512, extensions more."""

MAX_LINES = 100

_LINE = re.compile(r"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)


class MalformedReply(ValueError):
    """A line that is no SMTP reply. The text says what was found and what was expected."""


class ReplyTooLarge(MalformedReply):
    """A line or a reply larger than we are willing to hold."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply: its code and the text of each of its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def keywords(self) -> tuple[str, ...]:
        """The extensions an EHLO reply offers (RFC 5321 §4.1.1.1), upper case, without their parameters."""
        return tuple(line.split()[0].upper() for line in self.lines[1:] if line.split())

    def __str__(self) -> str:
        """Give code and first line, as an engineer reads it."""
        return f"{self.code} {self.lines[0]}".rstrip()


class Replies:
    """Cut replies out of a stream of bytes."""

    __slots__ = ("_buffer", "_code", "_lines")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._code = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held that was not yet given: so it must be before TLS begins (RFC 3207 §6)."""
        return not self._buffer and not self._lines

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer += data

    def next(self) -> Reply | None:
        """Give the next whole reply, or None until more arrives. Raise MalformedReply, ReplyTooLarge."""
        while (end := self._buffer.find(b"\n", 0, MAX_LINE_BYTES)) >= 0:
            line = bytes(self._buffer[:end]).removesuffix(b"\r").decode("utf-8", "replace")
            del self._buffer[: end + 1]
            if self._is_last(line):
                reply = Reply(self._code, tuple(self._lines))
                self._lines = []
                return reply
        if len(self._buffer) >= MAX_LINE_BYTES:
            raise ReplyTooLarge(f"a line of {MAX_LINE_BYTES} bytes without end, beginning {bytes(self._buffer[:40])!r}")
        return None

    def _is_last(self, line: str) -> bool:
        """Take one line into the reply being read; give whether it ends it."""
        found = _LINE.fullmatch(line)
        if not found:
            raise MalformedReply(f"expected a reply such as '220 host ESMTP', found {line[:80]!r}")
        if self._lines and int(found[1]) != self._code:
            raise MalformedReply(f"one reply with two codes: {self._code} and then {line[:80]!r}")
        if len(self._lines) >= MAX_LINES:
            raise ReplyTooLarge(f"a reply of more than {MAX_LINES} lines")
        self._code = int(found[1])
        self._lines.append(found[3] or "")
        return found[2] != "-"
