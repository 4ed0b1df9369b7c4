"""The number of each run: rises for ever at one location, also over restarts and lost power."""

from __future__ import annotations

from collections import deque

BLOCK = 1_000


class Sequence:
    """Numbers from persisted blocks. Whoever owns the store reserves a block before it is used (`grant`)."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[int, int]] = deque()
        self._next = 0
        self._end = 0

    @property
    def left(self) -> int:
        """Count the numbers that may still be given out."""
        return self._end - self._next + sum(end - start for start, end in self._blocks)

    def grant(self, start: int, count: int) -> None:
        """Add the reserved numbers `start` … `start + count - 1`."""
        self._blocks.append((start, start + count))

    def take(self) -> int:
        """Give the next number. Raises LookupError when no block is left."""
        if self._next >= self._end:
            if not self._blocks:
                msg = "no reserved sequence number is left"
                raise LookupError(msg)
            self._next, self._end = self._blocks.popleft()
        self._next += 1
        return self._next - 1
