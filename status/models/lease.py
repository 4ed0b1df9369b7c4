"""Who may decide, probe for a location, or publish. The fence rises with every taking."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class Lease(Base):
    """One row a role (`decider`, `prober:{location}`, `publisher`)."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(200))
    fence: Mapped[int]
    expires_at: Mapped[datetime]


class LifeSign(Base):
    """A process says it lives, and in one line what it is doing."""

    __tablename__ = "life_sign"

    process: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    pid: Mapped[int]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(sa.Text, default="")
