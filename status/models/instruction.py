"""What a person or customer did that supervision must know; read by the decider in the order of `id`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class Instruction(Base):
    """`action` is a slug (event_changed, config_reloaded, run_check); `data` its plain values."""

    __tablename__ = "instruction"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("actor.id"))
    action: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[dict[str, Any]]
    done_at: Mapped[datetime | None] = mapped_column(index=True)


class Notice(Base):
    """A change to be told: one row in the transaction of the change; deliveries are fanned out of it.

    `cursor` is the id of the last subscription that was looked at.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), index=True)
    update_id: Mapped[int] = mapped_column(sa.ForeignKey("event_update.id"))
    action: Mapped[str] = mapped_column(sa.String(24))
    fanned_out_at: Mapped[datetime | None] = mapped_column(index=True)
    cursor: Mapped[int] = mapped_column(default=0, server_default="0")
