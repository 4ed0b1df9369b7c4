"""The data folder of an agent: who has it, the numbers its runs take, and which boot of the machine this is."""

from __future__ import annotations

import fcntl
import os
import uuid
from functools import cache
from pathlib import Path
from typing import IO, Final

from probes.sequence import BLOCK

KERNEL_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
COUNTER: Final = "sequence"
LOCK: Final = "lock"


class FolderTaken(Exception):
    """Another agent works in this folder."""


@cache
def boot_id() -> str:
    """Name the boot of this machine: all its processes share one steady clock. This process's own, off Linux."""
    try:
        return KERNEL_BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())


def claim(folder: Path) -> IO[str]:
    """Make the folder (0700) and take it for this process: two would give out the same numbers.

    Keep the file open. Raise FolderTaken, or OSError when it can't be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / LOCK).open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise FolderTaken(f"{folder} is in use by another agent (pid {owner}); give this one a --data of its own")  # noqa: B904
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def reserve(folder: Path, blocks: int, wall: float) -> tuple[int, int]:
    """Reserve `blocks` × 1,000 sequence numbers, kept over lost power; give the first and how many.

    A folder without a counter, a lost one too, begins at the time of day in milliseconds: above anything that was used
    before, as long as that was fewer than 1,000 runs a second. Raise OSError when it can't be written.
    """
    path = folder / COUNTER
    try:
        start = int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        start = max(1, int(wall) * 1_000)
    count = blocks * BLOCK
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(str(start + count))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder_fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_fd)
    finally:
        os.close(folder_fd)
    return start, count
