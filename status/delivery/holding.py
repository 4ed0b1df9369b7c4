"""The delivery's lease: one process tells subscribers at a time, wherever it runs.

Its fence is checked in the transaction of whatever the clerk writes, and before each message is handed over. A second
publisher, or one that was frozen and wakes up, sends nothing while another holds it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.clock import utc
from status.log import fields
from status.models.engine import writing
from status.runtime import Runtime
from status.services import leases

log = logging.getLogger(__name__)

NAME: Final = "delivery"
LEASE_S: Final = 30.0
RENEW_EVERY_S: Final = 5.0


class LeaseLost(Exception):
    """Another process tells subscribers now: nothing more is written or sent by this one."""


@dataclass(slots=True)
class Holding:
    """This process's hold on the lease; `fence` is None before it was taken."""

    runtime: Runtime
    holder: str = field(default_factory=leases.this_holder)
    fence: int | None = None
    renewed_at: float = float("-inf")

    def take(self) -> bool:
        """Take the lease; False while another lives and has it. Raise SQLAlchemyError."""
        now = self.runtime.clock()
        with writing(self.runtime.sessions) as session:
            self.fence = leases.take(session, NAME, self.holder, utc(now.wall), LEASE_S)
        self.renewed_at = now.steady
        return self.fence is not None

    def renew(self) -> None:
        """Renew it when it is time. Raise LeaseLost, SQLAlchemyError."""
        now = self.runtime.clock()
        if now.steady - self.renewed_at < RENEW_EVERY_S:
            return
        with writing(self.runtime.sessions) as session:
            if self.fence is None or not leases.renew(session, NAME, self.fence, utc(now.wall), LEASE_S):
                raise LeaseLost
        self.renewed_at = now.steady

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a write transaction in which the lease holds to its end. Raise LeaseLost."""
        with writing(self.runtime.sessions) as session:
            if self.fence is None or not leases.check(session, NAME, self.fence):
                raise LeaseLost
            yield session

    def holds(self, session: Session) -> bool:
        """Whether the lease holds just now."""
        return self.fence is not None and leases.holds(session, NAME, self.fence)

    def leave(self) -> None:
        """Give the lease back, if the database still listens."""
        if self.fence is None:
            return
        try:
            with writing(self.runtime.sessions) as session:
                leases.release(session, NAME, self.fence)
        except SQLAlchemyError as error:
            log.warning("lease_not_released", extra=fields(error=str(error)))
