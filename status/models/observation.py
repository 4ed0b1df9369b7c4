"""What probes saw. Rows are small (≤ 35 bytes on SQLite) and kept 48 h; failures keep their evidence beside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class Observation(Base):
    """One run. `due_ms` is Unix milliseconds; `late_ms` = began - due; `outcome` as `probes.types.Outcome`."""

    __tablename__ = "observation"
    __table_args__ = (
        sa.Index("ix_observation_due_ms", "due_ms"),
        {"sqlite_with_rowid": False},
    )

    check_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    due_ms: Mapped[int] = mapped_column(sa.BigInteger)
    late_ms: Mapped[int]
    duration_us: Mapped[int]
    outcome: Mapped[int] = mapped_column(sa.SmallInteger)
    reason_id: Mapped[int] = mapped_column(sa.SmallInteger)
    standing: Mapped[bool]


class Reason(Base):
    """A reason's number, so that observations stay small. Row 0 is the empty reason."""

    __tablename__ = "reason"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)


class Evidence(Base):
    """What a run that was not ok left: detail, phase times, codes, the last lines of its trace."""

    __tablename__ = "evidence"

    check_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]


class Counter(Base):
    """A persisted counter, reserved in blocks: observation sequences per location."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    next: Mapped[int] = mapped_column(sa.BigInteger)
