"""What the decider does besides deciding: it announces works that come again, reminds, and posts what is deferred."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.config.model import Works
from status.services.drafts import post_due
from status.services.incidents import publish_due
from status.services.reminding import remind_due
from status.services.series import make_due

EVERY_S: Final = 60.0
DUE_EVERY_S: Final = 5.0
"""How late at most something with a time of its own is published."""


class Chores:
    """Knows when it did them last; the first turn after a start does them."""

    def __init__(self, works: Works) -> None:
        self._ahead = timedelta(days=works.announce_days)
        self._before = tuple(timedelta(hours=hours) for hours in works.remind_before_h)
        self._next = self._due = -math.inf

    def do(self, session: Session, now: Instant, *, at_once: bool) -> bool:
        """Do what is due; tell whether supervision must read events and works anew."""
        published = self._publish(session, now)
        return self._see_to_works(session, now, at_once=at_once) or published

    def _publish(self, session: Session, now: Instant) -> bool:
        if now.steady < self._due:
            return False
        self._due = now.steady + DUE_EVERY_S
        events, updates = publish_due(session, utc(now.wall)), post_due(session, utc(now.wall))
        return bool(events or updates)

    def _see_to_works(self, session: Session, now: Instant, *, at_once: bool) -> bool:
        """Once a minute, or at once."""
        if now.steady < self._next and not at_once:
            return False
        self._next = now.steady + EVERY_S
        made = make_due(session, utc(now.wall), self._ahead)
        remind_due(session, utc(now.wall), self._before)
        return bool(made)
