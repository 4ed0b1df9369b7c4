"""What was decided: the present verdict of each component, and every interval of the past."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.states import Verdict
from status.models.base import Base, word


class VerdictInterval(Base):
    """A span of one verdict of one component. Append-only: a correction supersedes, an end is set once.

    `began_at` is the start of the first failing check (or of the first good one), `decided_at` when it was decided.
    """

    __tablename__ = "verdict_interval"
    __table_args__ = (sa.Index("ix_verdict_interval_component_began", "component_id", "began_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"))
    verdict: Mapped[Verdict] = mapped_column(word(Verdict))
    reason: Mapped[str] = mapped_column(sa.String(80), default="")
    began_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    origin: Mapped[str] = mapped_column(sa.String(24))
    rule_point: Mapped[str] = mapped_column(sa.String(24))
    superseded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("verdict_interval.id"))


class DetectionState(Base):
    """The saved state of one check's detection: ages in seconds, never clock readings."""

    __tablename__ = "detection_state"

    check_id: Mapped[int] = mapped_column(sa.ForeignKey("check.id"), primary_key=True)
    saved_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class ComponentState(Base):
    """What detection must remember of one component over a restart (flaps, hushes): ages in seconds."""

    __tablename__ = "component_state"

    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"), primary_key=True)
    saved_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class LatencyHour(Base):
    """How long a check took in one hour (Unix hours): the p95 of its good runs, what "slow" is compared with."""

    __tablename__ = "latency_hour"

    check_id: Mapped[int] = mapped_column(sa.ForeignKey("check.id"), primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    p95_us: Mapped[int]


class Step(Base):
    """One automatic step, append-only: the rule's point, its numbers, the observations it rests on."""

    __tablename__ = "step"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    component_id: Mapped[int | None] = mapped_column(sa.ForeignKey("component.id"), index=True)
    event_uid: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    rule_point: Mapped[str] = mapped_column(sa.String(24))
    action: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[dict[str, Any]]
