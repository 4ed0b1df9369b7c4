"""What passes between the decider and the agents: the web process writes and reads it, the decider too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class Inbox(Base):
    """One batch an agent posted, as it came; the decider takes it out in the transaction that stores it."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(sa.ForeignKey("location.id"))
    received_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class OrderOut(Base):
    """A single order waiting for its agent; dropped when it has expired."""

    __tablename__ = "order_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(sa.ForeignKey("location.id"), index=True)
    valid_until: Mapped[datetime] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]
