"""A probe's own log lines: kept with an observation that failed, printed by `travaux probe`."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

TRACE_LINES = 40
TRACE_LINE_LENGTH = 300


def printable(text: str) -> str:
    """Make `text` safe to show: control, ANSI and bidirectional-override characters become visible escapes."""
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)


class Trace:
    """The last `TRACE_LINES` lines of one run, each with the seconds since it began."""

    __slots__ = ("_lines", "_origin", "_steady")

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._origin = steady()
        self._lines: deque[tuple[float, str]] = deque(maxlen=TRACE_LINES)

    def __call__(self, line: str) -> None:
        """Note `line`; what the target sent may be in it. Cheap: it is made printable only when read."""
        self._lines.append((self._steady() - self._origin, line[:TRACE_LINE_LENGTH]))

    def lines(self) -> tuple[str, ...]:
        """Give the lines kept, oldest first, as `+0.123 text`."""
        return tuple(f"+{at:.3f} {printable(line)}" for at, line in self._lines)
