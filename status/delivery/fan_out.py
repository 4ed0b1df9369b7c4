"""Fans notices out: whom one concerns is read for several slices at once, and written a slice at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.clock import utc
from status.domain.states import Publication
from status.log import fields
from status.models import Notice
from status.models.engine import reading
from status.queries.concern import Concerned, concerned, touching, unheard
from status.runtime import Runtime
from status.services import fanning
from status.services.fanning import Due
from status.services.tenure import Tenure

log = logging.getLogger(__name__)

SLICE: Final = 250
"""So many subscriptions a notice is fanned out to at once: 5 ms of the processor with the database locked."""

READ: Final = 20 * SLICE
"""So many are read at once: PostgreSQL goes through all that is followed to find the first of them."""


class _Ahead(NamedTuple):
    """Whom a notice concerns behind its cursor, as far as it was read."""

    notice_id: int
    cursor: int
    rest: Sequence[Concerned]


class FanOut:
    """Takes one slice after another, of the oldest notice first."""

    def __init__(self, runtime: Runtime, tenure: Tenure) -> None:
        self._runtime = runtime
        self._tenure = tenure
        self._faulty: set[int] = set()
        self._ahead = _Ahead(0, 0, ())

    def step(self) -> bool:
        """Fan one slice out; tell whether there was one. Raise LeaseLost, SQLAlchemyError: nothing was written then."""
        now = utc(self._runtime.clock().wall)  # `due_at` is `created_at` where news go at once (`outbox.ahead`)
        with reading(self._runtime.sessions) as session:
            notice = fanning.next_notice(session, self._faulty)
            if notice is None:
                return False
            try:
                vain = self._unheard(session, notice)
                k, due = (0, []) if vain else self._due(session, notice, now)
            except SQLAlchemyError:
                raise
            except Exception:  # one notice must not keep all later ones from being told
                log.exception("notice_not_fanned_out", extra=fields(notice=notice.id))
                self._faulty.add(notice.id)
                return True
        with self._tenure.writing() as session:
            if vain:
                fanning.drop_waiting(session, vain)
            elif due:
                fanning.take_slice(session, notice, k, due, now)
            else:
                fanning.end(session, notice, now)
        return True

    def _unheard(self, session: Session, notice: Notice) -> Sequence[int]:
        """Give a slice of what waits of an event that is withdrawn, before anybody is told so: who was told nothing."""
        subject = fanning.subject_of(session, notice) if notice.cursor == 0 else None
        is_withdrawn = subject is not None and subject[0].publication is Publication.WITHDRAWN
        return unheard(session, notice.event_uid, SLICE) if is_withdrawn else ()

    def _due(self, session: Session, notice: Notice, now: datetime) -> tuple[int, list[Due]]:
        """Give the next slice of whom a notice concerns, with the number of its update; none: it is told to its end."""
        subject = fanning.subject_of(session, notice)
        if subject is None or subject[0].publication is Publication.DRAFT:
            return 0, []
        event, update = subject
        found = self._known(notice)
        if not found:
            what = touching(session, event, update, notice.at)
            found = concerned(session, what, self._runtime.settings.site.timezone, notice.cursor, READ)
        some, rest = found[:SLICE], found[SLICE:]
        if some:
            self._ahead = _Ahead(notice.id, some[-1].id, rest)
        return update.k or 0, [Due(one.id, one.channel, one.rhythm.due(now)) for one in some]

    def _known(self, notice: Notice) -> Sequence[Concerned]:
        """Give what was read ahead of a notice: none when its last slice was not written after all."""
        ahead = self._ahead
        return ahead.rest if (ahead.notice_id, ahead.cursor) == (notice.id, notice.cursor) else ()
