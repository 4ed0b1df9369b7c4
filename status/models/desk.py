"""What only the desk works with: drafts of updates, own templates, links between events, older words, post-mortems."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.models.base import Base


class UpdateDraft(Base):
    """An update that is not posted yet. `data` holds the form's values; with `publish_at` it is posted at that time.

    `origin`: desk, mail or api. `failure` says why a deferred one could not be posted; it then waits for a person.
    """

    __tablename__ = "update_draft"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    origin: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    publish_at: Mapped[datetime | None] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]
    failure: Mapped[str] = mapped_column(sa.Text, default="")
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class TextTemplate(Base):
    """A template of the installation's own, or its version of a shipped one (same slug)."""

    __tablename__ = "text_template"

    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    name: Mapped[dict[str, str]]
    area: Mapped[str] = mapped_column(sa.String(80), default="")
    type: Mapped[str] = mapped_column(sa.String(24))
    state: Mapped[str] = mapped_column(sa.String(24))
    title: Mapped[dict[str, str]]
    text: Mapped[dict[str, str]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class EventLink(Base):
    """Two events that have to do with one another; kept once, `event_uid` < `other_uid`."""

    __tablename__ = "event_link"

    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), primary_key=True)
    other_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), primary_key=True, index=True)
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))


class OlderText(Base):
    """The words of an update before they were corrected; the page shows them behind "modifié"."""

    __tablename__ = "older_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(sa.ForeignKey("event_update.id"), index=True)
    language: Mapped[str] = mapped_column(sa.String(8))
    text: Mapped[str] = mapped_column(sa.Text)
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))


class PostMortem(Base):
    """What an incident taught: its own page under the event's once published."""

    __tablename__ = "post_mortem"

    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), primary_key=True)
    text: Mapped[dict[str, str]]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class WorkSeries(Base):
    """Works that come again. `rule` is an RRULE of local time in `zone`; occurrences are events made ahead of time.

    `starts` is the first start as local ISO time without zone; `data` holds title, texts, impacts, type of each work.
    """

    __tablename__ = "work_series"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    rule: Mapped[str] = mapped_column(sa.Text)
    zone: Mapped[str] = mapped_column(sa.String(64))
    starts: Mapped[str] = mapped_column(sa.String(20))
    lasts_s: Mapped[int]
    data: Mapped[dict[str, Any]]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    created_at: Mapped[datetime]
    made_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class ReceivedMail(Base):
    """A mail that was taken in, so that the same one is not taken twice. Only the hash of its Message-ID is kept."""

    __tablename__ = "received_mail"

    message_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(sa.String(40))
