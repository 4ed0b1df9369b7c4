"""What is true of this installation for ever, and the two counters everybody reads."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class Installation(Base):
    """One row (id 1). `authority` and `year` make feed identifiers and never follow `public_url`.

    `next_event_number` is the number the next public event takes; `revision` rises with each change the public may
    see, `redactions` with each one that must be gone from every kept copy; `verified_at` is the time of the decider's
    last commit.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authority: Mapped[str] = mapped_column(sa.String(255))
    year: Mapped[int]
    demonstration: Mapped[bool]
    created_at: Mapped[datetime]
    next_event_number: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    redactions: Mapped[int] = mapped_column(default=0, server_default="0")
    verified_at: Mapped[datetime | None]
