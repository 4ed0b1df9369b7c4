"""Who did something."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.states import ActorType
from status.models.base import Base, word


class Actor(Base):
    """An author: the robot, `cli:user`, an account or an import. `account_uid` is an account's alone."""

    __tablename__ = "actor"

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[ActorType] = mapped_column(word(ActorType))
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    account_uid: Mapped[str | None] = mapped_column(sa.String(36))
