"""One supervisor per data folder: a lock file the kernel gives back when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from status.supervisor.port import Occupied


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold `file`'s lock, this process's pid in it. Raise Occupied, naming the holder's pid, when another has it."""
    with file.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Occupied(
                f"another travaux (pid {holder}) runs on the data folder {file.parent.parent}: "
                "stop it or set [paths] data"
            ) from None
        with suppress(OSError):  # a full disk leaves the pid out; the lock holds all the same
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        yield


def holder_of(file: Path) -> str | None:
    """Give the pid of the supervisor that holds `file`'s lock; None when nobody does."""
    try:
        with file.open("r", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return file.read_text(encoding="ascii").strip() or "unknown"
    except OSError:
        return None
    return None
