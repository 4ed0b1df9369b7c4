"""The component tree as configured: retired, never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.states import Policy, Visibility
from status.models.base import Base, word


class Component(Base):
    """A node. The four areas are rows without a parent. `name` and `description` map language to text."""

    __tablename__ = "component"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("component.id"), index=True)
    name: Mapped[dict[str, str]]
    description: Mapped[dict[str, str]]
    symptoms: Mapped[list[str]]
    resources: Mapped[list[str]]
    departments: Mapped[list[str]]
    exchanges: Mapped[list[str]]
    operators: Mapped[list[str]]
    depends_on: Mapped[list[str]]
    redundant_with: Mapped[list[str]]
    needs: Mapped[int | None]
    position: Mapped[int]
    merge_label: Mapped[str] = mapped_column(sa.String(120))
    visibility: Mapped[Visibility] = mapped_column(word(Visibility))
    legacy_project: Mapped[int | None]
    policy_down: Mapped[Policy] = mapped_column(word(Policy))
    policy_degraded: Mapped[Policy] = mapped_column(word(Policy))
    retired_at: Mapped[datetime | None]


class ComponentAlias(Base):
    """A slug a component had before (`was`); old addresses redirect by it."""

    __tablename__ = "component_alias"

    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"))


class Check(Base):
    """A configured probe. `phase` (0 ≤ phase < 1, share of the interval) is set once and kept over renames."""

    __tablename__ = "check"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    interval_s: Mapped[float]
    timeout_s: Mapped[float]
    options: Mapped[dict[str, Any]]
    detection: Mapped[dict[str, Any]]
    phase: Mapped[float]
    retired_at: Mapped[datetime | None]


class Location(Base):
    """Where checks run from."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    created_at: Mapped[datetime]
    set_aside_at: Mapped[datetime | None]
    set_aside_reason: Mapped[str] = mapped_column(sa.Text, default="")
