"""Who is alerted at the desk's own address book, who is on duty, and what was sent (docs/on-call.md).

event ─▶ alert (of one rule) ─▶ a try for each person, channel and round ─▶ accepted by the other side
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.alerting import TryKind, TryState
from status.domain.rota import DutyOrigin
from status.models.base import Base, word


class ContactWay(Base):
    """How a person is reached, one for each channel; `position` is his order. `secret` is sealed, or empty."""

    __tablename__ = "contact_way"
    __table_args__ = (sa.UniqueConstraint("account_uid", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"))
    channel: Mapped[str] = mapped_column(sa.String(24))
    address: Mapped[str] = mapped_column(sa.Text)
    secret: Mapped[str] = mapped_column(sa.Text, default="")
    options: Mapped[dict[str, Any]]
    position: Mapped[int]
    created_at: Mapped[datetime]


class Duty(Base):
    """A span in which a person is on duty, whatever the turns of a rota say. `ended_at`: taken back."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(primary_key=True)
    rota: Mapped[str] = mapped_column(sa.String(80), index=True)
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime] = mapped_column(index=True)
    origin: Mapped[DutyOrigin] = mapped_column(word(DutyOrigin))
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Alert(Base):
    """A rule's alert of one event. `answered_at`: somebody was on it; `given_up_at`: nobody was; `ended_at`: over."""

    __tablename__ = "alert"
    __table_args__ = (
        sa.Index(
            "uq_alert_open", "event_uid", "rule", unique=True,
            sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    rule: Mapped[str] = mapped_column(sa.String(80))
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), index=True)
    began_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class AlertTry(Base):
    """One message to one person by one channel. `uid` is its key, the same in every attempt.

    `round`, `group`: of the escalation (`domain.escalation`), 0 for a recovery or a test, which may have no alert.
    `sealed` holds address, secret and words as they were when it was made; sealed, as they carry a link that
    acknowledges, and empty once it is settled. `error` says in our words why the last attempt failed.
    """

    __tablename__ = "alert_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    alert_id: Mapped[int | None] = mapped_column(sa.ForeignKey("alert.id", ondelete="CASCADE"), index=True)
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"))
    channel: Mapped[str] = mapped_column(sa.String(24))
    kind: Mapped[TryKind] = mapped_column(word(TryKind))
    round: Mapped[int]
    group: Mapped[int]
    state: Mapped[TryState] = mapped_column(word(TryState), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.String(300), default="")
    sealed: Mapped[str] = mapped_column(sa.Text, default="")
