"""What a copy of a publication is made of: every file with its phase, what its bytes depend on, and how it is made.

    manifest ─▶ pieces: assets ─▶ pages, feeds, twins ─▶ lists, areas, JSON ─▶ fronts

Then `mirror.json`, which describes the copy, and removals.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from status.clock import utc
from status.publication.manifest import Entry, Manifest
from status.publication.mirror_addresses import HTML, address_of, file_of, is_page, twin_of
from status.publication.mirror_emergency import carries, carry
from status.publication.mirror_pages import Claim, Rules, Sheet, copy_page
from status.publication.objects import Objects, Stored
from status.publication.standalone import missing_page
from status.services.emergency import Emergency

FORM: Final = 1
"""Raised when copies are made otherwise than before: all are made anew then."""

DESCRIPTION: Final = "mirror.json"
BADGES: Final = "/badges/"


class Phase(IntEnum):
    """In what order files are pushed: what others name before what names it, what is looked at first at the end."""

    ASSETS = 0
    REST = 1
    OVERVIEWS = 2
    FRONTS = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a copy. `key` names all its bytes depend on but for the addresses of other files."""

    file: str
    phase: Phase
    key: str
    stored: Stored
    sheet: Sheet | None
    is_carrier: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Whose copy it is: the main site's address, its time zone, and where the copy itself is read (may be empty)."""

    public_url: str
    timezone: str
    url: str = ""

    @property
    def prefix(self) -> str:
        """Give the path that the copy stands below, without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def base(self) -> str:
        """Give the address that an emergency's items lead to."""
        return (self.url or self.public_url).rstrip("/")


@dataclass(frozen=True)
class Copy:
    """The copy of one generation."""

    manifest: Manifest
    objects: Objects
    site: Site
    _script: bytes = field(default_factory=(files("status") / "static" / "mirror.js").read_bytes)

    @cached_property
    def script(self) -> str:
        """The file of the pages' own script, named by its content."""
        return f"static/mirror.{hashlib.sha256(self._script).hexdigest()[:12]}.js"

    @cached_property
    def rules(self) -> Rules:
        """What holds for each of its pages."""
        prefix, placed = self.site.prefix, self._placed
        local = {path: prefix + address_of(file) for path, (file, _) in placed.items()}
        return Rules(self.site.public_url.rstrip("/"), prefix, local, f"{prefix}/{self.script}", self.site.timezone)

    @cached_property
    def linked(self) -> str:
        """Name all that links depend on: when it changes, pages are looked at again."""
        said = json.dumps([FORM, self.site.public_url, self.site.url, self.script, sorted(self.rules.local.items())])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def pieces(self, emergency: Emergency | None) -> Iterator[Piece]:
        """Give every file but the script and the description."""
        mark = hashlib.sha256(repr(emergency).encode()).hexdigest()[:12] if emergency else ""
        for path, (file, entry) in self._placed.items():
            phase = self._phase(path, entry)
            if entry.stale is not None and not entry.refuses:
                sheet = Sheet(Claim.TWIN) if is_page(file) else None
                yield self._piece(twin_of(file), phase, entry.stale, sheet, mark)
            yield self._piece(file, phase, entry.object, self._sheet(entry, file), mark)

    def body(self, piece: Piece, emergency: Emergency | None) -> bytes:
        """Make a file. Raise FileNotFoundError when its object was collected meanwhile."""
        body = self.objects.body(piece.stored.hash)
        if piece.sheet is not None:
            body = copy_page(body.decode(), piece.sheet, self.rules).encode()
        return carry(piece.file, body, emergency, self.site.base) if emergency and piece.is_carrier else body

    def script_body(self) -> bytes:
        """Give the script."""
        return self._script

    def missing_page(self) -> bytes:
        """Give the page for addresses that the copy does not hold."""
        url, languages = self.rules.public_url, self.manifest.languages
        return missing_page(urlsplit(url).hostname or "", url, self.site.prefix, languages)

    def description(self, token: str) -> bytes:
        """Write `mirror.json`: what `travaux emergency` and `run --mirror` must know; `token` names this push."""
        until = self.manifest.valid_until
        said = {
            "format": FORM,
            "pushed": token,
            "number": self.manifest.number,
            "valid_until": utc(until).isoformat() if until is not None else None,
            "languages": self.manifest.languages,
            "timezone": self.site.timezone,
            "public_url": self.site.public_url,
            "base": self.site.base,
            "carriers": sorted(piece.file for piece in self.pieces(None) if piece.is_carrier),
        }
        return json.dumps(said, separators=(",", ":")).encode()

    @cached_property
    def _placed(self) -> dict[str, tuple[str, Entry]]:
        # A picture can't say until when it holds: a host that runs nothing of ours would show a green one for ever.
        entries = ((path, entry) for path, entry in self.manifest.entries.items() if not path.startswith(BADGES))
        placed = ((path, file_of(path, entry.content_type), entry) for path, entry in entries)
        return {path: (file, entry) for path, file, entry in placed if file is not None}

    def _piece(self, file: str, phase: Phase, stored: Stored, sheet: Sheet | None, mark: str) -> Piece:
        is_carrier = carries(file, self.manifest.languages)
        of_sheet = f"{sheet.claim.value}:{sheet.made_at}:{sheet.until}" if sheet else ""
        key = hashlib.sha256(f"{stored.hash}|{of_sheet}|{mark if is_carrier else ''}".encode()).hexdigest()[:16]
        return Piece(file, phase, key, stored, sheet, is_carrier)

    def _phase(self, path: str, entry: Entry) -> Phase:
        if entry.immutable:
            return Phase.ASSETS
        if path in {"/", "/status.json"} or path.removeprefix("/") in self.manifest.languages:
            return Phase.FRONTS
        return Phase.OVERVIEWS if entry.valid_until is not None else Phase.REST

    def _sheet(self, entry: Entry, file: str) -> Sheet | None:
        if not entry.content_type.startswith(HTML):
            return None
        # When it was rendered is not kept; when its bytes were first public is at least not later than that.
        made_at = utc(entry.changed_at)
        if entry.stale is None:
            return Sheet(Claim.NONE, made_at=made_at)
        twin = twin_of(file).rpartition("/")[2]
        if entry.valid_until:  # without an hour of its own, or held back, it only says what was
            return Sheet(Claim.RENEWED, until=utc(entry.valid_until), twin=twin)
        return Sheet(Claim.KEPT, made_at=made_at, twin=twin)
