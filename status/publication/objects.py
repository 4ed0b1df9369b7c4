"""The content-addressed store: each body once, compressed, under the hash of its identity bytes.

An object is written whole (temporary file, fsync, rename) and never changed; the manifest alone says which are
public. Compressing gives equal bytes for equal bodies (no time, no name in the gzip header).
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LEVEL: Final = 9
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
        self.folder = folder

    def put(self, body: bytes, now: float) -> Stored:
        """Store a body unless it is there; `now` (Unix seconds) keeps it from being collected while it is new."""
        name = hashlib.sha256(body).hexdigest()
        path = self.path(name)
        try:
            os.utime(path, (now, now))
            return Stored(name, len(body), path.stat().st_size)
        except FileNotFoundError:
            packed = gzip.compress(body, LEVEL, mtime=0)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, packed)
        os.utime(path, (now, now))
        return Stored(name, len(body), len(packed))

    def packed(self, name: str) -> bytes:
        """Give an object's gzip bytes. Raise FileNotFoundError when it was collected."""
        return self.path(name).read_bytes()

    def body(self, name: str) -> bytes:
        """Give an object's identity bytes. Raise FileNotFoundError when it was collected."""
        return gzip.decompress(self.packed(name))

    def path(self, name: str) -> Path:
        """Give the file of an object."""
        return self.folder / f"{name}.gz"

    def collect(self, keep: Collection[str], now: float, young_s: float = YOUNG_S) -> int:
        """Remove every object not in `keep` and not younger than that (s), and what a crash left half written.

        Give how many.
        """
        removed = 0
        for path in self.folder.iterdir():
            if path.suffix == ".gz" and path.stem in keep:
                continue
            if now - path.stat().st_mtime >= young_s:
                path.unlink()
                removed += 1
        return removed


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut (once its folder is synced)."""
    part = path.with_name(path.name + TEMPORARY)
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
