"""One process's hold on a lease: of several that could publish, tell or alert, one does, wherever it runs.

    keep ─▶ held: renewed now and then; not held: tried again
    writing, check ─▶ LeaseLost once another took over, so that nothing of this process is written after that

One that was frozen and wakes up, or a second one started by mistake, does nothing while another holds the lease.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.clock import Clock, utc
from status.log import fields
from status.models.engine import Sessions, writing
from status.services import leases
from status.services.life_signs import write_life_sign

log = logging.getLogger(__name__)

LEASE_S: Final = 30.0
RENEW_EVERY_S: Final = 5.0
TRY_EVERY_S: Final = 1.0


class LeaseLost(Exception):
    """Another process has the lease: nothing more is written or sent by this one."""


@dataclass(slots=True)
class Tenure:
    """The hold on the lease `name`; `fence` is None while this process has none."""

    name: str
    sessions: Sessions
    clock: Clock
    holder: str = field(default_factory=leases.this_holder)
    fence: int | None = None
    looked_at: float = float("-inf")

    def keep(self, note: str = "") -> bool:
        """Take or renew the lease when it is time; tell whether this process holds it. Raise SQLAlchemyError.

        With it goes the life sign `name`: `note` while held.
        """
        now = self.clock()
        if now.steady - self.looked_at < (TRY_EVERY_S if self.fence is None else RENEW_EVERY_S):
            return self.fence is not None
        at, had = utc(now.wall), self.fence
        with writing(self.sessions) as session:
            if had is None or not leases.renew(session, self.name, had, at, LEASE_S):
                self.fence = leases.take(session, self.name, self.holder, at, LEASE_S)
            write_life_sign(session, self.name, at, note if self.fence is not None else "waiting for the lease")
        self.looked_at = now.steady
        if had != self.fence:
            log.info("lease_changed", extra=fields(lease=self.name, fence=self.fence, before=had))
        return self.fence is not None

    def take(self) -> bool:
        """Take the lease; False while another lives and has it. Raise SQLAlchemyError."""
        now = self.clock()
        with writing(self.sessions) as session:
            self.fence = leases.take(session, self.name, self.holder, utc(now.wall), LEASE_S)
        self.looked_at = now.steady
        return self.fence is not None

    def renew(self) -> None:
        """Renew it when it is time, without ever taking it anew. Raise LeaseLost, SQLAlchemyError."""
        now = self.clock()
        if now.steady - self.looked_at < RENEW_EVERY_S:
            return
        with writing(self.sessions) as session:
            if self.fence is None or not leases.renew(session, self.name, self.fence, utc(now.wall), LEASE_S):
                raise LeaseLost(self.name)
        self.looked_at = now.steady

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a write transaction in which the lease holds to its end. Raise LeaseLost."""
        with writing(self.sessions) as session:
            self.check(session)
            yield session

    def check(self, session: Session) -> None:
        """Make sure of the lease until the caller's write transaction ends. Raise LeaseLost; the next `keep` tries."""
        if self.fence is None or not leases.check(session, self.name, self.fence):
            self.fence, self.looked_at = None, float("-inf")
            raise LeaseLost(self.name)

    def holds(self, session: Session) -> bool:
        """Whether the lease holds just now."""
        return self.fence is not None and leases.holds(session, self.name, self.fence)

    def leave(self) -> None:
        """Give the lease back, if the database still listens."""
        if self.fence is None:
            return
        try:
            with writing(self.sessions) as session:
                leases.release(session, self.name, self.fence)
        except SQLAlchemyError as error:
            log.warning("lease_not_released", extra=fields(lease=self.name, error=str(error)))
