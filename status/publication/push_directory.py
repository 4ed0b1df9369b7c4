"""A copy in a directory: each file is written beside its place and moved there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from status.publication.objects import write_whole
from status.publication.push_targets import PushFailed


class Directory:
    """The folder `root`, made when it is not there; only files that were pushed are ever removed from it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, file: str) -> bytes | None:
        """Give a file; None when it is not there."""
        try:
            return (self.root / file).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._failed(error) from error

    def read_many(self, files: Collection[str]) -> dict[str, bytes]:
        """Give those of some files that are there."""
        found = {file: self.read(file) for file in files}
        return {file: body for file, body in found.items() if body is not None}

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files."""
        try:
            for file, body in files.items():
                path = self.root / file
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, body)
        except OSError as error:
            raise self._failed(error) from error

    def remove(self, files: Collection[str]) -> None:
        """Remove files, and the folders that they leave empty."""
        try:
            for file in files:
                (self.root / file).unlink(missing_ok=True)
                self._tidy((self.root / file).parent)
        except OSError as error:
            raise self._failed(error) from error

    def _tidy(self, folder: Path) -> None:
        while folder != self.root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def _failed(self, error: OSError) -> PushFailed:
        return PushFailed(f"{error.filename or self.root}: {error.strerror or error}")
