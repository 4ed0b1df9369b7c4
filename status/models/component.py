"""The component tree as configured: retired, never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.states import HoldAction, Policy, Visibility
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
    """Where checks run from. `token_hash` (SHA-256, hex) is an agent's; None: the monitor itself looks from there.

    `tested_at` is the end of its last self-test with references: `tested_well` of `tested_of` answered.
    `agent_version` is the release the agent says to be; None: it does not say.
    """

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    created_at: Mapped[datetime]
    set_aside_at: Mapped[datetime | None]
    set_aside_reason: Mapped[str] = mapped_column(sa.Text, default="")
    tested_at: Mapped[datetime | None]
    tested_well: Mapped[int | None]
    tested_of: Mapped[int | None]
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    heard_at: Mapped[datetime | None]
    agent_version: Mapped[str | None] = mapped_column(sa.String(40))
    retired_at: Mapped[datetime | None]


class Hold(Base):
    """A person's word on a check: `mute` (no alert, no opening) or `disable` (it decides nothing), until it ends.

    `until` None: until a person ends it. `ended_at` is set by that person or when the time has come.
    """

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(sa.ForeignKey("check.id"), index=True)
    action: Mapped[HoldAction] = mapped_column(word(HoldAction))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    began_at: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("actor.id"))
