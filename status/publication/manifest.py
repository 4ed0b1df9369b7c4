"""Which bytes are public: one file that maps each path to its object; swapped by one rename.

    published/objects/<sha256>.gz       the bodies
    published/generations/<number>.json the last manifests
    published/current                   the one that is public, the same file under a second name

A reader opens `current` and sees one whole generation; objects of the last generations are kept for readers that
still hold an older one. The file is a head and one line for each path, in their order, so that a reader can search it
(`status.publication.index`) instead of reading all of it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from status.publication.objects import YOUNG_S, Objects, Stored, sync_folder, write_whole

FORMAT: Final = 2
APART, KNOWN = "!", "+"
"""What lines of `apart` and `known` begin with; a path begins with a slash."""

_HASH: Final = re.compile(rb'"([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Entry:
    """One path. Times are Unix seconds.

    `query` are the parameters that change the answer: with one of them the path is not answered from here unless
    the exact address is published too. `stale` is the twin served past `valid_until` (the manifest's own when
    None; 0: from the start); None means that the page states no present. `changed_at` is when these bytes were first
    public. `refuses`: the twin is sent with 503, as its shape has no word for a present that is not known.
    """

    object: Stored
    content_type: str
    changed_at: float
    query: tuple[str, ...] = ()
    stale: Stored | None = None
    valid_until: float | None = None
    immutable: bool = False
    refuses: bool = False

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
    """One generation. `valid_until` is how long what it says of the present holds; None: it never was verified.

    `apart` are bytes that stand for others and have no address themselves (by name: `unavailable/fr`); `known` are the
    places no event ever named, whose feeds have no entry of their own (`exchanges/lil59` and its name).
    """

    number: int
    revision: int
    verified_at: datetime | None
    valid_until: float | None
    languages: tuple[str, ...]
    entries: Mapping[str, Entry] = field(default_factory=dict)
    apart: Mapping[str, Entry] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)

    def objects(self) -> Iterator[str]:
        """Give the hash of every object it needs."""
        for entry in (*self.entries.values(), *self.apart.values()):
            yield entry.object.hash
            if entry.stale is not None:
                yield entry.stale.hash


class Lines:
    """The lines of entries as written last: most of them are the same in the next generation."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[Entry, bytes]] = {}

    def of(self, key: str, entry: Entry) -> bytes:
        """Give an entry's line."""
        before = self._written.get(key)
        if before is not None and before[0] is entry:
            return before[1]
        line = _line(key, _entry_record(entry))
        self._written[key] = (entry, line)
        return line

    def forget(self, kept: Mapping[str, Entry]) -> None:
        """Drop the lines of paths that left."""
        if len(self._written) > 2 * len(kept) + 100:
            self._written.clear()


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


def swap(published: Path, manifest: Manifest, lines: Lines | None = None) -> None:
    """Make a generation public. Raise OSError (disk full, read-only): then the old one stays."""
    folder = published / "generations"
    objects = published / "objects"
    for needed in (folder, objects):
        needed.mkdir(parents=True, exist_ok=True)
    sync_folder(objects)
    generation = folder / f"{manifest.number}.json"
    write_whole(generation, serialise(manifest, lines))
    second = published / "current.part"
    second.unlink(missing_ok=True)
    os.link(generation, second)
    second.replace(current_path(published))
    sync_folder(folder)
    sync_folder(published)


def newest_number(published: Path) -> int:
    """Give the number of the newest kept generation; 0 when there is none."""
    return max(_generations(published), default=0)


def collect(published: Path, keep: int, now: float, young_s: float = YOUNG_S, objects: Objects | None = None) -> int:
    """Remove all generations but the last `keep`, then the objects none of these needs; give how many objects.

    `objects` is the store that is being written to, if any: what waits there is let be.
    """
    numbered = _generations(published)
    newest = sorted(numbered, reverse=True)
    for number in newest[keep:]:
        numbered[number].unlink()
    needed: set[str] = set()
    for number in newest[:keep]:
        text = numbered[number].read_bytes()
        try:
            parse_head(text)
        except ValueError:
            numbered[number].unlink()
        needed.update(name.decode() for name in _HASH.findall(text))
    return (objects or Objects(published / "objects")).collect(needed, now, young_s)


def _generations(published: Path) -> dict[int, Path]:
    return {int(path.stem): path for path in (published / "generations").glob("*.json") if path.stem.isdigit()}


def serialise(manifest: Manifest, lines: Lines | None = None) -> bytes:
    """Write a manifest; equal manifests give equal bytes. `lines` are those written before."""
    lines = lines or Lines()
    head = {
        "format": FORMAT,
        "number": manifest.number,
        "revision": manifest.revision,
        "verified_at": manifest.verified_at.isoformat() if manifest.verified_at else None,
        "valid_until": manifest.valid_until,
        "languages": manifest.languages,
    }
    written = [_json(head).encode() + b"\n"]
    written += [lines.of(APART + name, manifest.apart[name]) for name in sorted(manifest.apart)]
    written += [_line(KNOWN + place, manifest.known[place]) for place in sorted(manifest.known)]
    written += [lines.of(path, manifest.entries[path]) for path in sorted(manifest.entries)]
    lines.forget(manifest.entries)
    return b"".join(written)


def parse(text: bytes) -> Manifest:
    """Read a whole manifest. Raise ValueError when it is damaged or of a format this version does not know."""
    head = parse_head(text)
    entries: dict[str, Entry] = {}
    apart: dict[str, Entry] = {}
    known: dict[str, str] = {}
    for line in text.decode().split("\n")[1:-1]:
        key, _, record = line.partition("\t")
        if key.startswith(KNOWN):
            known[key[1:]] = json.loads(record)
        elif key.startswith(APART):
            apart[key[1:]] = parse_entry(record)
        else:
            entries[key] = parse_entry(record)
    return Manifest(
        head.number, head.revision, head.verified_at, head.valid_until, head.languages, entries, apart, known
    )


def parse_head(text: bytes) -> Manifest:
    """Read what stands above the paths; the manifest has no entries then. Raise ValueError as `parse`."""
    try:
        document = json.loads(text.partition(b"\n")[0])
        if document["format"] != FORMAT:
            raise ValueError(f"publication manifest: found format {document['format']}, expected {FORMAT}")
        if not text.endswith(b"\n"):
            raise ValueError("publication manifest: damaged (its end is missing)")
        return Manifest(
            number=document["number"],
            revision=document["revision"],
            verified_at=datetime.fromisoformat(document["verified_at"]) if document["verified_at"] else None,
            valid_until=document["valid_until"],
            languages=tuple(document["languages"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"publication manifest: damaged ({error!r})") from error


def parse_entry(record: str | bytes) -> Entry:
    """Read what a path's line says. Raise ValueError when it is damaged."""
    try:
        body, content_type, changed_at, query, stale, valid_until, immutable, *later = json.loads(record)
        return Entry(
            object=Stored(*body),
            content_type=content_type,
            changed_at=changed_at,
            query=tuple(query),
            stale=Stored(*stale) if stale else None,
            valid_until=valid_until,
            immutable=immutable,
            refuses=bool(later and later[0]),
        )
    except TypeError as error:
        raise ValueError(f"publication manifest: damaged ({error!r})") from error


def _line(key: str, record: object) -> bytes:
    if min(key) <= " ":
        raise ValueError(f"publication manifest: {key!r} is no address")
    return f"{key}\t{_json(record)}\n".encode()


def _json(record: object) -> str:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def _entry_record(entry: Entry) -> list[Any]:
    return [
        _stored_record(entry.object),
        entry.content_type,
        entry.changed_at,
        list(entry.query),
        _stored_record(entry.stale) if entry.stale else None,
        entry.valid_until,
        entry.immutable,
        *([True] if entry.refuses else []),  # releases before read lines of seven
    ]


def _stored_record(stored: Stored) -> list[str | int]:
    return [stored.hash, stored.size, stored.gzip_size]
