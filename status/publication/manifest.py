"""Which bytes are public: a compact JSON file that maps each path to its object; swapped by one rename.

    published/objects/<sha256>.gz       the bodies
    published/generations/<number>.json the last manifests
    published/current                   the one that is public, the same file under a second name

A reader opens `current` and sees one whole generation; objects of the last generations are kept for readers that
still hold an older one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from status.publication.objects import YOUNG_S, Objects, Stored, sync_folder, write_whole

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One path. Times are Unix seconds.

    `query` are the parameters that change the answer: with one of them the path is not answered from here unless
    the exact address is published too. `stale` is the twin served past `valid_until` (the manifest's own when
    None); None means that the page states no present. `changed_at` is when these bytes were first public.
    """

    object: Stored
    content_type: str
    changed_at: float
    query: tuple[str, ...] = ()
    stale: Stored | None = None
    valid_until: float | None = None
    immutable: bool = False

    @property
    def etag(self) -> str:
        """Give the strong validator of the identity bytes (RFC 9110 §8.8.3)."""
        return identity_etag(self.object)

    @property
    def gzip_etag(self) -> str:
        """Give the strong validator of the gzip bytes: another representation, so another one (§8.8.3.3)."""
        return gzip_etag(self.object)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation. `valid_until` is how long what it says of the present holds; None: it never was verified."""

    number: int
    revision: int
    verified_at: datetime | None
    valid_until: float | None
    languages: tuple[str, ...]
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def objects(self) -> Iterator[str]:
        """Give the hash of every object it needs."""
        for entry in self.entries.values():
            yield entry.object.hash
            if entry.stale is not None:
                yield entry.stale.hash


def identity_etag(stored: Stored) -> str:
    """Give the entity tag of a body sent as it is."""
    return f'"{stored.hash[:32]}"'


def gzip_etag(stored: Stored) -> str:
    """Give the entity tag of a body sent compressed."""
    return f'"{stored.hash[:32]}-gz"'


def current_path(published: Path) -> Path:
    """Give the file whose change means a new generation."""
    return published / "current"


def read_current(published: Path) -> Manifest | None:
    """Read the public generation; None when nothing was published yet. Raise ValueError when it is damaged."""
    try:
        text = current_path(published).read_bytes()
    except FileNotFoundError:
        return None
    return parse(text)


def swap(published: Path, manifest: Manifest) -> None:
    """Make a generation public. Raise OSError (disk full, read-only): then the old one stays."""
    folder = published / "generations"
    objects = published / "objects"
    for needed in (folder, objects):
        needed.mkdir(parents=True, exist_ok=True)
    sync_folder(objects)
    generation = folder / f"{manifest.number}.json"
    write_whole(generation, serialise(manifest))
    second = published / "current.part"
    second.unlink(missing_ok=True)
    os.link(generation, second)
    second.replace(current_path(published))
    sync_folder(folder)
    sync_folder(published)


def newest_number(published: Path) -> int:
    """Give the number of the newest kept generation; 0 when there is none."""
    return max(_generations(published), default=0)


def collect(published: Path, keep: int, now: float, young_s: float = YOUNG_S) -> int:
    """Remove all generations but the last `keep`, then the objects none of these needs; give how many objects."""
    numbered = _generations(published)
    newest = sorted(numbered, reverse=True)
    for number in newest[keep:]:
        numbered[number].unlink()
    needed: set[str] = set()
    for number in newest[:keep]:
        try:
            needed.update(parse(numbered[number].read_bytes()).objects())
        except ValueError:
            numbered[number].unlink()
    return Objects(published / "objects").collect(needed, now, young_s)


def _generations(published: Path) -> dict[int, Path]:
    return {int(path.stem): path for path in (published / "generations").glob("*.json") if path.stem.isdigit()}


def serialise(manifest: Manifest) -> bytes:
    """Write a manifest as compact JSON; equal manifests give equal bytes."""
    document = {
        "format": FORMAT,
        "number": manifest.number,
        "revision": manifest.revision,
        "verified_at": manifest.verified_at.isoformat() if manifest.verified_at else None,
        "valid_until": manifest.valid_until,
        "languages": manifest.languages,
        "entries": {path: _entry_record(entry) for path, entry in sorted(manifest.entries.items())},
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def parse(text: bytes) -> Manifest:
    """Read a manifest. Raise ValueError when it is damaged or of a format this version does not know."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError(f"publication manifest: found format {document['format']}, expected {FORMAT}")
        return Manifest(
            number=document["number"],
            revision=document["revision"],
            verified_at=datetime.fromisoformat(document["verified_at"]) if document["verified_at"] else None,
            valid_until=document["valid_until"],
            languages=tuple(document["languages"]),
            entries={path: _entry(record) for path, record in document["entries"].items()},
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"publication manifest: damaged ({error!r})") from error


def _entry_record(entry: Entry) -> list[Any]:
    return [
        _stored_record(entry.object),
        entry.content_type,
        entry.changed_at,
        list(entry.query),
        _stored_record(entry.stale) if entry.stale else None,
        entry.valid_until,
        entry.immutable,
    ]


def _entry(record: list[Any]) -> Entry:
    body, content_type, changed_at, query, stale, valid_until, immutable = record
    return Entry(
        object=Stored(*body),
        content_type=content_type,
        changed_at=changed_at,
        query=tuple(query),
        stale=Stored(*stale) if stale else None,
        valid_until=valid_until,
        immutable=immutable,
    )


def _stored_record(stored: Stored) -> list[str | int]:
    return [stored.hash, stored.size, stored.gzip_size]
