"""What was handed over, noted in a file before the database hears of it.

A process that is killed between the other side's "accepted" and the commit would else tell everybody of that moment
twice. A line is written by one system call right after the acceptance: only what dies between these two is sent again,
with the same key. It need not outlive the machine: then a message too many is better than a slow disk in between.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Collection
from pathlib import Path


class Journal:
    """The keys of messages that were accepted and are not settled in the database yet. For several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        text = path.read_bytes()
        whole, end, _ = text.rpartition(b"\n")
        os.ftruncate(self._file, len(whole) + len(end))  # half a line, of a full disk, would spoil the next
        self._open = set(whole.decode("ascii", "replace").split("\n")) if whole else set()

    def noted(self) -> frozenset[str]:
        """Give what was accepted and not settled, also by the process before."""
        with self._lock:
            return frozenset(self._open)

    def note(self, uid: str) -> None:
        """Note that a message was accepted. Raise OSError (disk full)."""
        line = f"{uid}\n".encode()
        with self._lock:
            self._open.add(uid)
            before = os.fstat(self._file).st_size
            if os.write(self._file, line) < len(line):
                os.ftruncate(self._file, before)
                raise OSError(errno.ENOSPC, "half a line was written")

    def settle(self, uids: Collection[str]) -> None:
        """Forget messages the database knows of; the file is emptied when none is left."""
        with self._lock:
            self._open.difference_update(uids)
            if not self._open:
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
