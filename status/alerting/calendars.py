"""Duties out of the files that `[[rota]] ical` names: taken in at the start, and whenever a file changes.

    a thread of its own: file ─▶ accounts ─▶ spans ─▶ queue ─▶ the alerting's thread writes them down, in slices

A large calendar takes seconds to read: meanwhile nothing is locked, and alerts go out.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from status.clock import utc
from status.config.model import RotaEntry
from status.domain.refused import Refused
from status.log import fields
from status.models import Account
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import actors, duties
from status.services.duty_calendar import LIMIT_BYTES, Span, read_calendar

log = logging.getLogger(__name__)

WAKE_EVERY_S: Final = 1.0
LOOK_EVERY_S: Final = 60.0
AGAIN_S: Final = 86_400.0
"""A calendar is read again after a day in any case: what comes again is known for a year ahead."""

AFTER_REFUSAL_S: Final = 600.0
"""One that was refused is read again sooner: the account it named may be there by now."""

SLICE: Final = 100
"""So many duties are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Read:
    """The duties of a rota as its file has them."""

    rota: str
    spans: Sequence[Span]
    file: str


class Calendars:
    """Looks at the files now and then. One that can't be taken in is told of once, until why or the file changes."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._look_at = float("-inf")
        self._next: dict[str, tuple[str, float]] = {}
        self._refused: dict[str, tuple[str, str]] = {}
        self._read: queue.SimpleQueue[Read] = queue.SimpleQueue()
        self._to_write: dict[str, Read] = {}

    def run(self, stop: threading.Event) -> None:
        """Read what changes until `stop` is set."""
        while not stop.wait(WAKE_EVERY_S):
            try:
                self.look()
            except Exception:
                log.exception("calendars_failed")

    def look(self) -> None:
        """Read what changed, when it is time to look; write nothing."""
        steady = self._runtime.clock().steady
        if steady < self._look_at:
            return
        self._look_at = steady + LOOK_EVERY_S
        for entry in self._runtime.settings.rota:
            if entry.ical:
                self._look_into(entry, steady)

    def take_in(self) -> None:
        """Write down what was read. What meets a database that is away is written the next time."""
        with suppress(queue.Empty):
            while True:
                read = self._read.get_nowait()
                self._to_write[read.rota] = read
        for read in list(self._to_write.values()):
            gone, new = bring_in(self._runtime, read)
            del self._to_write[read.rota]
            if gone or new:
                log.info("rota_imported", extra=fields(rota=read.rota, new=new, gone=gone))

    def _look_into(self, entry: RotaEntry, steady: float) -> None:
        state = _state_of(Path(entry.ical))
        before, at = self._next.get(entry.name, ("", steady))
        if before == state and steady < at:
            return
        try:
            with Path(entry.ical).open("rb") as file:
                text = file.read(LIMIT_BYTES + 1)
            self._read.put(read_duties(self._runtime, entry.name, text, Path(entry.ical).name))
        except SQLAlchemyError as error:
            log.debug("calendar_without_accounts", extra=fields(error=type(error).__name__))
            return
        except (OSError, Refused) as error:
            why = error.message if isinstance(error, Refused) else error.strerror or str(error)
            self._next[entry.name] = (state, steady + AFTER_REFUSAL_S)
            if self._refused.get(entry.name) != (state, why):
                log.error("rota_not_imported", extra=fields(rota=entry.name, why=why))  # noqa: TRY400 - expected
            self._refused[entry.name] = (state, why)
            return
        self._next[entry.name] = (state, steady + AGAIN_S)
        self._refused.pop(entry.name, None)


def read_duties(runtime: Runtime, rota: str, text: bytes, file: str) -> Read:
    """Read the duties of a calendar for a rota of the configuration, outside any transaction. Raise Refused."""
    entry = next((each for each in runtime.settings.rota if each.name == rota), None)
    if entry is None:
        raise Refused("rota", f"there is no [[rota]] {rota[:80]!r} in config.toml")
    with reading(runtime.sessions) as session:
        people = session.scalars(sa.select(Account).where(Account.disabled_at.is_(None))).all()
    now = utc(runtime.clock().wall)
    return Read(rota, read_calendar(text, people, entry.zone or runtime.settings.site.timezone, now), file)


def bring_in(runtime: Runtime, read: Read) -> tuple[int, int]:
    """Let what was read hold, instead of what was brought in before; give how many duties went and came.

    In slices, by when they begin. Cut short, it is made whole when the calendar is read again.
    """
    now = utc(runtime.clock().wall)
    with reading(runtime.sessions) as session:
        changes = duties.changes(session, read.rota, read.spans, now)
    gone = new = 0
    for start in range(0, len(changes), SLICE):
        with writing(runtime.sessions) as session:
            author = actors.importer(session, read.file)
            went, came = duties.bring_in(session, read.rota, changes[start : start + SLICE], author, now)
        gone, new = gone + went, new + came
    return gone, new


def _state_of(path: Path) -> str:
    try:
        found = path.stat()
    except OSError as error:
        return str(error.errno)
    return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
