"""Who changed what: append-only, each row bound to the one before by its hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class AuditEntry(Base):
    """One deed. `n` counts from 1 without a gap; `subject` is `event:uid`, `account:uid`, `check:name` and the like.

    `before` and `after` hold the fields that changed; of posts' words only their SHA-256: redacting leaves no copy.
    """

    __tablename__ = "audit_entry"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("actor.id"))
    actor: Mapped[str] = mapped_column(sa.String(120))
    action: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(160), index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(sa.String(64))
