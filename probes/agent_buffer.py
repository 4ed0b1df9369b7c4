"""What an agent saw and has not delivered yet: records on disk, oldest first, bounded in age and in bytes.

A folder of segments `NUMBER-BOOT.log`; a record is its length, its CRC-32, the moment it was made, then its bytes. A
record torn by a kill or by lost power ends its segment. Delivered records go when their segment is through: after a
kill some are delivered twice, none is left out.
"""

from __future__ import annotations

import logging
import os
import struct
import threading
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from probes.types import Instant

log = logging.getLogger(__name__)

KEEP_S: Final = 3_600.0
KEEP_BYTES: Final = 64_000_000
SEGMENTS: Final = 32
"""A full buffer is about so many segments; what must make room leaves by the segment."""

HEAD: Final = struct.Struct(">IIdd")
LONGEST: Final = 64_000_000
"""A length beyond this is no length but damage."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One record: the boot and the moment it was made in, and its bytes."""

    boot: str
    made: Instant
    data: bytes


@dataclass(slots=True)
class _Entry:
    offset: int
    length: int
    made: Instant
    data: bytes | None = None  # set when the disk refused it


@dataclass(slots=True)
class _Segment:
    path: Path
    boot: str
    entries: deque[_Entry] = field(default_factory=deque)
    size: int = 0


class Buffer:
    """The records of one agent. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        boot: str,
        now: Callable[[], Instant],
        *,
        keep_s: float = KEEP_S,
        keep_bytes: int = KEEP_BYTES,
    ) -> None:
        self._folder = folder
        self.boot = boot
        self._now = now
        self._keep_s = keep_s
        self._keep_bytes = keep_bytes
        self._changed = threading.Condition()
        self._refused = False
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._segments = deque(filter(None, (_read(path) for path in sorted(folder.glob("*.log")))))
        self._number = max((int(path.name.partition("-")[0]) for path in folder.glob("*.log")), default=0)
        self._file: int | None = None

    def __len__(self) -> int:
        """Count the records."""
        with self._changed:
            return sum(len(segment.entries) for segment in self._segments)

    @property
    def size_bytes(self) -> int:
        """Give how much room the records take."""
        with self._changed:
            return sum(segment.size for segment in self._segments)

    def append(self, data: bytes, *, durable: bool) -> None:
        """Keep a record made now; `durable`: also over lost power. What the disk refuses is kept in memory."""
        made = self._now()
        with self._changed:
            segment = self._current()
            entry = _Entry(segment.size + HEAD.size, len(data), made)
            head = HEAD.pack(len(data), zlib.crc32(data), made.steady, made.wall)
            try:
                self._write(segment, head + data, durable=durable)
                self._refused = False
            except OSError as error:
                entry.data = data
                self._close_file()  # what was half written ends its segment
                if not self._refused:
                    log.error("agent_buffer_not_written", extra={"error": str(error)})  # noqa: TRY400 - said in full
                self._refused = True
            segment.size += HEAD.size + len(data)
            segment.entries.append(entry)
            self._bound(made)
            self._changed.notify_all()

    def oldest(self, at_most: int, wait_s: float = 0.0) -> list[Kept]:
        """Give the oldest records, all of one boot; wait so long for one to come. They stay until `drop`."""
        with self._changed:
            if not self._segments:
                self._changed.wait(wait_s)
            self._bound(self._now())
            if not self._segments:
                return []
            segment = self._segments[0]
            entries = [segment.entries[index] for index in range(min(at_most, len(segment.entries)))]
            try:
                return [Kept(segment.boot, entry.made, _data(segment, entry)) for entry in entries]
            except OSError as error:
                log.error("agent_buffer_not_read", extra={"error": str(error)})  # noqa: TRY400 - said in full
                self._leave(segment)
                return []

    def drop(self, last: Kept) -> None:
        """Forget the records up to this one, which was delivered."""
        with self._changed:
            while self._segments and self._segments[0].boot == last.boot:
                segment = self._segments[0]
                while segment.entries and segment.entries[0].made <= last.made:
                    segment.entries.popleft()
                if segment.entries:
                    return
                self._leave(segment)

    def close(self) -> None:
        """Leave the rest on disk."""
        with self._changed:
            self._close_file()

    def _current(self) -> _Segment:
        if self._segments and self._file is not None:
            segment = self._segments[-1]
            if segment.size < self._keep_bytes // SEGMENTS:
                return segment
        self._close_file()
        self._number += 1
        segment = _Segment(self._folder / f"{self._number:012d}-{self.boot}.log", self.boot)
        self._segments.append(segment)
        return segment

    def _write(self, segment: _Segment, data: bytes, *, durable: bool) -> None:
        if self._file is None:
            self._file = os.open(segment.path, os.O_CREAT | os.O_WRONLY, 0o600)
        if os.pwrite(self._file, data, segment.size) != len(data):
            raise OSError(f"{segment.path}: written in part only: the disk is full")
        if durable:
            os.fsync(self._file)

    def _bound(self, now: Instant) -> None:
        lost = 0
        while self._segments:
            segment = self._segments[0]
            while segment.entries and self._age_s(segment, segment.entries[0], now) > self._keep_s:
                segment.entries.popleft()
                lost += 1
            if segment.entries:
                break
            self._leave(segment)
        while len(self._segments) > 1 and sum(segment.size for segment in self._segments) > self._keep_bytes:
            lost += len(self._segments[0].entries)
            self._leave(self._segments[0])
        if lost:
            log.warning("agent_buffer_full", extra={"records_lost": lost})

    def _age_s(self, segment: _Segment, entry: _Entry, now: Instant) -> float:
        """Give a record's age; only that of an earlier boot rests on the wall clock."""
        if segment.boot == self.boot:
            return now.steady - entry.made.steady
        return now.wall - entry.made.wall

    def _leave(self, segment: _Segment) -> None:
        if self._file is not None and segment is self._segments[-1]:
            self._close_file()
        self._segments.popleft()
        segment.path.unlink(missing_ok=True)

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _data(segment: _Segment, entry: _Entry) -> bytes:
    if entry.data is not None:
        return entry.data
    with segment.path.open("rb") as file:
        file.seek(entry.offset)
        return file.read(entry.length)


def _read(path: Path) -> _Segment | None:
    """Read where the records of a segment lie, up to the first damaged one; one without any is removed."""
    segment = _Segment(path, path.stem.partition("-")[2])
    with path.open("rb") as file:
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, crc, steady, wall = HEAD.unpack(head)
            data = file.read(length) if length <= LONGEST else b""
            if not length or len(data) != length or zlib.crc32(data) != crc:
                break
            segment.entries.append(_Entry(segment.size + HEAD.size, length, Instant(steady, wall)))
            segment.size += HEAD.size + length
    if segment.entries:
        return segment
    path.unlink()
    return None
