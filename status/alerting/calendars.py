"""Duties out of the files that `[[rota]] ical` names: taken in at the start, and whenever a file changes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.clock import utc
from status.config.model import RotaEntry
from status.domain.refused import Refused
from status.log import fields
from status.models import Account
from status.models.engine import writing
from status.runtime import Runtime
from status.services import actors, duties
from status.services.duty_calendar import LIMIT_BYTES, read_calendar

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 60.0
AGAIN_S: Final = 86_400.0
"""A calendar is read again after a day in any case: what comes again is known for a year ahead."""

AFTER_REFUSAL_S: Final = 600.0
"""One that was refused is read again sooner: the account it named may be there by now."""


class Calendars:
    """Looks at the files now and then. One that can't be taken in is told of once, until why or the file changes."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._look_at = float("-inf")
        self._next: dict[str, tuple[str, float]] = {}
        self._refused: dict[str, tuple[str, str]] = {}

    def look(self) -> None:
        """Take in what changed, when it is time to look."""
        steady = self._runtime.clock().steady
        if steady < self._look_at:
            return
        self._look_at = steady + LOOK_EVERY_S
        for entry in self._runtime.settings.rota:
            if entry.ical:
                self._look_into(entry, steady)

    def _look_into(self, entry: RotaEntry, steady: float) -> None:
        state = _state_of(Path(entry.ical))
        before, at = self._next.get(entry.name, ("", steady))
        if before == state and steady < at:
            return
        try:
            with Path(entry.ical).open("rb") as file:
                text = file.read(LIMIT_BYTES + 1)
            with writing(self._runtime.sessions) as session:
                gone, new = import_calendar(session, self._runtime, entry.name, text, Path(entry.ical).name)
        except (OSError, Refused) as error:
            why = error.message if isinstance(error, Refused) else error.strerror or str(error)
            self._next[entry.name] = (state, steady + AFTER_REFUSAL_S)
            if self._refused.get(entry.name) != (state, why):
                log.error("rota_not_imported", extra=fields(rota=entry.name, why=why))  # noqa: TRY400 - expected
            self._refused[entry.name] = (state, why)
            return
        self._next[entry.name] = (state, steady + AGAIN_S)
        self._refused.pop(entry.name, None)
        if gone or new:
            log.info("rota_imported", extra=fields(rota=entry.name, new=new, gone=gone))


def import_calendar(session: Session, runtime: Runtime, rota: str, text: bytes, file: str) -> tuple[int, int]:
    """Take the duties of a calendar in for a rota of the configuration; give how many went and came. Raise Refused."""
    entry = next((each for each in runtime.settings.rota if each.name == rota), None)
    if entry is None:
        raise Refused("rota", f"there is no [[rota]] {rota[:80]!r} in config.toml")
    now = utc(runtime.clock().wall)
    people = session.scalars(sa.select(Account).where(Account.disabled_at.is_(None))).all()
    spans = read_calendar(text, people, entry.zone or runtime.settings.site.timezone, now)
    return duties.bring_in(session, rota, spans, actors.importer(session, file), now)


def _state_of(path: Path) -> str:
    try:
        found = path.stat()
    except OSError as error:
        return str(error.errno)
    return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
