"""The dead man's switch: asks an address outside after each whole loop, and is silent once a part of it stands."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from probes.types import Outcome
from status.domain import heartbeat
from status.domain.heartbeat import Seen, State
from status.domain.refused import Refused
from status.log import fields
from status.models import Installation, Observation
from status.models.engine import reading
from status.notifiers.addresses import parts_of
from status.notifiers.posting import Postman
from status.notifiers.types import NotSent
from status.publication.manifest import current_path, parse_head
from status.runtime import Runtime

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
NEWEST: Final = 200
"""Among so many of the newest observations one must be that is not our own fault."""


@dataclass(slots=True)
class Heart:
    """Looks at the data each second, in a thread of its own: a slow address outside delays no alert."""

    runtime: Runtime
    state: State | None = None
    told: bool = True
    _head: tuple[str, object] = field(default=("", None))

    def run(self, stop: threading.Event) -> None:
        """Beat until `stop` is set."""
        while not stop.wait(LOOK_EVERY_S):
            try:
                self.turn()
            except Exception:
                log.exception("heartbeat_failed")  # it is silent then, which is what tells

    def turn(self) -> None:
        """Look once; beat if it is time."""
        try:
            seen = self._seen()
        except (SQLAlchemyError, OSError, ValueError) as error:
            log.debug("heartbeat_blind", extra=fields(error=type(error).__name__))
            return
        if self.state is None:
            self.state = heartbeat.begin(seen)
        every_s = self.runtime.settings.heartbeat.every_s
        self.state, due = heartbeat.step(self.state, self.runtime.clock().steady, seen, every_s)
        if due:
            self._beat()

    def _beat(self) -> None:
        settings = self.runtime.settings
        beat, why = settings.heartbeat, ""
        try:
            postman = Postman(beat.timeout_s, None, settings.monitor.resolvers)
            answer = postman.request(beat.method, parts_of(beat.url), b"", {})
            if not answer.is_success:
                why = f"it answered {answer.status}"
        except NotSent as error:
            why = error.why
        except Refused as error:
            why = error.reason  # its words hold the address, which is all it takes to beat in our name
        if why and self.told:
            log.error("heartbeat_not_taken", extra=fields(why=why))
        elif not why and not self.told:
            log.info("heartbeat_taken_again")
        self.told = not why

    def _seen(self) -> Seen:
        with reading(self.runtime.sessions) as session:
            newest = session.execute(
                sa.select(Observation.due_ms, Observation.check_id, Observation.sequence, Observation.outcome)
                .order_by(Observation.due_ms.desc())
                .limit(NEWEST)
            )
            observed = next((tuple(row)[:3] for row in newest if row.outcome != Outcome.BROKEN), None)
            verified = session.scalar(sa.select(Installation.verified_at))
        return Seen(observed, verified, self._published())

    def _published(self) -> object:
        """Give when what the current generation says was verified; its head alone is read, and only when it changed."""
        path = current_path(self.runtime.places.published)
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        mark = f"{found.st_mtime_ns} {found.st_ino} {found.st_size}"
        if mark != self._head[0]:
            self._head = (mark, _verified_at(path))
        return self._head[1]


def _verified_at(path: Path) -> object:
    with path.open("rb") as file:
        first = file.readline()
        file.seek(-1, 2)
        return parse_head(first + file.read(1)).verified_at
