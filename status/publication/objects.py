"""The content-addressed store: each body once, compressed, under the hash of its identity bytes.

An object is written whole (temporary file, fsync, rename) and never changed; the manifest alone says which are
public. Compressing gives equal bytes for equal bodies (no time, no name in the gzip header).

    put ─▶ written, durable, there            put_later ─▶ written beside ─▶ settle: all durable at once, then there
"""

from __future__ import annotations

import ctypes
import gzip
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zlib_ng import zlib_ng

LEVEL: Final = 6
"""Measured on our pages and feeds: 9 takes two to three times as long for 1 to 2 % fewer bytes."""

GZIP: Final = 31
"""The window of 32 KB, and gzip's header, around what is compressed."""

FEW: Final = 64
"""So many objects are made durable one by one; more of them by one flush of their file system."""

TEMPORARY: Final = ".part"
YOUNG_S: Final = 600.0
"""An object younger than this is never collected: it may belong to a manifest that is being made."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A body in the store: the SHA-256 of its identity bytes (hex), and its sizes in bytes as sent."""

    hash: str
    size: int
    gzip_size: int


class Objects:
    """The folder `objects` of a publication. Methods raise OSError (disk full, read-only) and then leave no rest."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._at = folder, os.fspath(folder)
        self._waiting: dict[str, Stored] = {}

    def put(self, body: bytes, now: float) -> Stored:
        """Store a body unless it is there; `now` (Unix seconds) keeps it from being collected while it is new."""
        stored = self.put_later(body, now)
        self.settle()
        return stored

    def put_later(self, body: bytes, now: float) -> Stored:
        """Store a body, which is there only after `settle`: no generation may name it before."""
        name = hashlib.sha256(body).hexdigest()
        waiting = self._waiting.get(name)
        if waiting is not None:
            return waiting
        path = self._file(name)
        try:
            os.utime(path, (now, now))
            return Stored(name, len(body), os.stat(path).st_size)  # noqa: PTH116 - thousands of pages: no Path of each
        except FileNotFoundError:
            packed = zlib_ng.compress(body, LEVEL, GZIP)
        try:
            _write(path + TEMPORARY, packed, now)
        except FileNotFoundError:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(path + TEMPORARY, packed, now)
        stored = self._waiting[name] = Stored(name, len(body), len(packed))
        return stored

    def settle(self) -> None:
        """Make all that waits durable, then let it be there under its name."""
        if not self._waiting:
            return
        paths = [self._file(name) for name in self._waiting]
        if len(paths) <= FEW or not _flush_file_system(self.folder):
            for path in paths:
                _flush(path + TEMPORARY)
        for path in paths:
            os.replace(path + TEMPORARY, path)  # noqa: PTH105 - as above
        self._waiting.clear()

    def forget(self) -> None:
        """Give up what waits; collected in time."""
        self._waiting.clear()

    def packed(self, name: str) -> bytes:
        """Give an object's gzip bytes. Raise FileNotFoundError when it was collected."""
        return self.path(name).read_bytes()

    def body(self, name: str) -> bytes:
        """Give an object's identity bytes. Raise FileNotFoundError when it was collected."""
        return gzip.decompress(self.packed(name))

    def path(self, name: str) -> Path:
        """Give the file of an object."""
        return Path(self._file(name))

    def _file(self, name: str) -> str:
        return f"{self._at}{os.sep}{name}.gz"

    def collect(self, keep: Collection[str], now: float, young_s: float = YOUNG_S) -> int:
        """Remove every object not in `keep` and not younger than that (s), and what a crash left half written.

        Give how many.
        """
        removed = 0
        for found in os.scandir(self.folder):
            name, _, ending = found.name.partition(".")
            if (ending == "gz" and name in keep) or (name in self._waiting and ending != "gz"):
                continue
            if now - found.stat().st_mtime >= young_s:
                Path(found.path).unlink()
                removed += 1
        return removed


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut (once its folder is synced)."""
    part = _part(path)
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable (POSIX: a rename is not, before its directory is synced)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _part(path: Path) -> Path:
    return path.with_name(path.name + TEMPORARY)


def _write(path: str, content: bytes, now: float) -> None:
    """Write a file as of `now`, or leave none. Not durable yet."""
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - thousands of pages: no Path of each
            file.write(content)
            file.flush()
            os.utime(file.fileno(), (now, now))
    except OSError:
        Path(path).unlink(missing_ok=True)
        raise


def _flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_file_system(folder: Path) -> bool:
    """Make everything written to a folder's file system durable (Linux, syncfs(2)); tell whether that is known here."""
    flush = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if flush is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if flush(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
    return True
