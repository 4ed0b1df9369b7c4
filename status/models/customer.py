"""Business customers, what they have with us, and their private addresses; filled by import, never by config."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class Customer(Base):
    """A customer; an Audience is its uid."""

    __tablename__ = "customer"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    external_ref: Mapped[str] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    language: Mapped[str] = mapped_column(sa.String(8))
    retired_at: Mapped[datetime | None]


class CustomerComponent(Base):
    """A component a customer depends on, with his circuit identifiers."""

    __tablename__ = "customer_component"

    customer_uid: Mapped[str] = mapped_column(sa.ForeignKey("customer.uid"), primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"), primary_key=True, index=True)
    circuits: Mapped[list[str]]


class CustomerToken(Base):
    """What opens a customer's private pages: kept as its hash; `start` is how it begins, for lists."""

    __tablename__ = "customer_token"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    customer_uid: Mapped[str] = mapped_column(sa.ForeignKey("customer.uid"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    start: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
