"""One push of the current generation to one target: only what changed, what others name first, removals last.

read emergency.json ─▶ assets, pages, overviews ─▶ read it again ─▶ fronts ─▶ mirror.json ─▶ read it again ─▶ removals

Another's emergency message is never overwritten: read between, what carries it is made again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from status.log import fields
from status.publication.manifest import Manifest, read_current
from status.publication.mirror import DESCRIPTION, Copy, Phase, Piece, Site
from status.publication.mirror_emergency import as_document, carries
from status.publication.objects import Objects
from status.publication.push_ledger import Ledger, Sent, body_hash
from status.publication.push_targets import PushFailed, Target
from status.publication.standalone import MISSING
from status.services.emergency import FILE, Emergency, parse

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""So many files are handed to the target together."""

LOOKED_AT_AGAIN: Final = 2_000
"""So many pages a push makes again only because addresses changed; the next one goes on."""

TRIES: Final = 3
"""So often a push begins its fronts anew because an emergency message came between."""

Taken = Callable[[Emergency], int | None]
"""Gives the number of the event that holds every message of an emergency; None while the monitor has not taken it."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. `more`: it did not come to the end of what it had to look at."""

    number: int
    written: int
    removed: int
    more: bool


class Pusher:
    """Pushes to one target, again and again; `ledger` remembers what stands there."""

    def __init__(self, published: Path, target: Target, ledger: Ledger, site: Site, taken: Taken) -> None:
        self._published = published
        self._target = target
        self._ledger = ledger
        self._site = site
        self._taken = taken
        self._written = 0

    def push(self, now: datetime) -> Pushed:
        """Push the current generation. Raise PushFailed, with all that arrived remembered, and OSError."""
        with self._ledger.held():
            manifest = self._current()
            self._written = 0
            try:
                return self._push(manifest, now)
            except FileNotFoundError as error:
                # Its generation was collected under a slow push: the newer one is pushed at once.
                if self._current().number == manifest.number:
                    raise PushFailed(f"a published object is missing: {error.filename}") from error
                return Pushed(manifest.number, self._written, 0, more=True)
            finally:
                self._ledger.save()

    def _push(self, manifest: Manifest, now: datetime) -> Pushed:
        self._recognise()
        copy = Copy(manifest, Objects(self._published / "objects"), self._site)
        emergency = self._emergency(manifest, now)
        self._send_bodies({copy.script: copy.script_body(), MISSING: copy.missing_page()})
        pieces = list(copy.pieces(emergency))
        for phase in (Phase.ASSETS, Phase.REST, Phase.OVERVIEWS):
            self._send(copy, self._changed(pieces, phase), emergency)
        emergency = self._send_fronts(copy, emergency, now)
        more = self._look_again(copy, list(copy.pieces(emergency)), emergency)
        removed = 0 if more else self._remove(copy, pieces)
        return Pushed(manifest.number, self._written, removed, more)

    def _send_fronts(self, copy: Copy, emergency: Emergency | None, now: datetime) -> Emergency | None:
        """Push the fronts with the message that stands there when they have arrived."""
        for _ in range(TRIES):
            before, emergency = emergency, self._emergency(copy.manifest, now)
            pieces = list(copy.pieces(emergency))
            if before != emergency:
                self._send(copy, self._changed([piece for piece in pieces if piece.is_carrier]), emergency)
            self._send(copy, self._changed(pieces, Phase.FRONTS), emergency)
            if self._emergency(copy.manifest, now) == emergency:
                break
        if self._written:
            token = secrets.token_hex(8)
            self._target.write({DESCRIPTION: copy.description(token)})
            self._ledger.token = token
        return emergency

    def _recognise(self) -> None:
        """Forget what we know of the target when somebody else pushed there since, or emptied it."""
        said = self._target.read(DESCRIPTION)
        if self._ledger.token and (said is None or self._ledger.token.encode() not in said):
            log.info("mirror_changed_by_others", extra=fields(files=len(self._ledger.files)))
            self._ledger.files = {file: Sent("", "", "") for file in self._ledger.files}

    def _emergency(self, manifest: Manifest, now: datetime) -> Emergency | None:
        """Read the message at the target; one that is over, or on our own pages by now, is taken away."""
        text = self._target.read(FILE)
        self._notice(text or b"")
        try:
            found = parse(text)
        except ValueError as error:
            log.warning("emergency_not_read", extra=fields(why=str(error)))
            return None
        if text is None:
            self._write_none()
        if found is None:
            return None
        number = self._taken(found)
        page = f"/{manifest.languages[0]}/travaux/{number}"
        if not found.is_over(now) and (number is None or page not in manifest.entries):
            return found
        log.info("emergency_taken_away", extra=fields(uuid=found.posts[0].uuid, event=number))
        self._write_none()
        return None

    def _write_none(self) -> None:
        body = as_document(None)
        self._target.write({FILE: body})
        self._notice(body)

    def _notice(self, text: bytes) -> None:
        """Forget what carries a message when somebody wrote or ended one: he rewrote those files too."""
        seen = body_hash(text)
        if seen != self._ledger.emergency:
            self._ledger.emergency = seen
            languages = self._current().languages
            for file in [file for file in self._ledger.files if carries(file, languages)]:
                self._ledger.files[file] = Sent("", "", "")

    def _changed(self, pieces: Iterable[Piece], phase: Phase | None = None) -> list[Piece]:
        known = self._ledger.files
        return [
            piece
            for piece in pieces
            if (phase is None or piece.phase is phase)
            and ((sent := known.get(piece.file)) is None or sent.key != piece.key)
        ]

    def _look_again(self, copy: Copy, pieces: Iterable[Piece], emergency: Emergency | None) -> bool:
        """Make pages again whose links may lead elsewhere now; tell whether some are left."""
        known = self._ledger.files
        old = [piece for piece in pieces if piece.sheet is not None and known[piece.file].linked != copy.linked]
        self._send(copy, old[:LOOKED_AT_AGAIN], emergency)
        return len(old) > LOOKED_AT_AGAIN

    def _send(self, copy: Copy, pieces: list[Piece], emergency: Emergency | None) -> None:
        for some in _slices(pieces):
            bodies = {piece.file: copy.body(piece, emergency) for piece in some}
            self._send_bodies(bodies, {piece.file: (piece.key, copy.linked) for piece in some})

    def _send_bodies(self, bodies: dict[str, bytes], keys: dict[str, tuple[str, str]] | None = None) -> None:
        """Hand over those whose bytes are not there already, and remember all."""
        sent = {file: Sent(*(keys or {}).get(file, ("", "")), body_hash(body)) for file, body in bodies.items()}
        known = self._ledger.files
        new = {file: body for file, body in bodies.items() if file not in known or known[file].body != sent[file].body}
        if new:
            self._target.write(new)
            self._written += len(new)
        known.update(sent)

    def _remove(self, copy: Copy, pieces: Iterable[Piece]) -> int:
        kept = {piece.file for piece in pieces} | {copy.script, MISSING}
        gone = sorted(self._ledger.files.keys() - kept)
        for some in _slices(gone):
            self._target.remove(some)
            for file in some:
                del self._ledger.files[file]
        return len(gone)

    def _current(self) -> Manifest:
        try:
            manifest = read_current(self._published)
        except ValueError as error:
            raise PushFailed(f"the publication is damaged: {error}") from error
        if manifest is None:
            raise PushFailed("nothing was published yet")
        return manifest


def _slices(items: list[Piece] | list[str]) -> Iterator[list]:  # type: ignore[type-arg]
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
