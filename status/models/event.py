"""Entries of the travaux list: incidents and works, what they touch, and their public posts (SPEC §2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.states import EventState, EventType, Impact, Origin, Publication
from status.models.base import Base, word


class Event(Base):
    """An incident or a work. `n` is its public number, taken when it is first made public, never reused.

    `version` rises with each change of the row (optimistic locking). `set_by` maps a field's name to the actor's id
    that wrote it last. `planned_history` keeps every announced pair of times. `unstable`: it comes and goes (rule,
    point 10). `internal`: seen from one location only, a draft that is never published by itself (point 7). `series` is
    the RRULE in words of RFC 5545 and `series_uid` the series of an occurrence (one event for each `occurrence_at`),
    `reminded_at` when the last reminder before a work was told.
    """

    __tablename__ = "event"
    __table_args__ = (sa.Index(None, "series_uid", "occurrence_at", unique=True),)

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    n: Mapped[int | None] = mapped_column(unique=True)
    type: Mapped[EventType] = mapped_column(word(EventType))
    title: Mapped[dict[str, str]]
    advice: Mapped[dict[str, str]]
    state: Mapped[EventState] = mapped_column(word(EventState), index=True)
    impact: Mapped[Impact] = mapped_column(word(Impact))
    severity: Mapped[int]
    departments: Mapped[list[str]]
    exchanges: Mapped[list[str]]
    operators: Mapped[list[str]]
    resources: Mapped[list[str]]
    planned_start_at: Mapped[datetime | None]
    planned_end_at: Mapped[datetime | None]
    planned_history: Mapped[list[str]]
    announced_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    detected_at: Mapped[datetime | None]
    expected_end_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_update_at: Mapped[datetime | None]
    progress: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(80), default="")
    cause: Mapped[str] = mapped_column(sa.Text, default="")
    measures: Mapped[str] = mapped_column(sa.Text, default="")
    customers_touched: Mapped[int | None]
    emergency_calls: Mapped[bool | None]
    sla_excluded: Mapped[bool] = mapped_column(default=False)
    sla_excluded_reason: Mapped[str] = mapped_column(sa.Text, default="")
    series: Mapped[str] = mapped_column(sa.Text, default="")
    series_uid: Mapped[str | None] = mapped_column(sa.String(36))
    occurrence_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(sa.ForeignKey("actor.id"))
    acknowledged_at: Mapped[datetime | None]
    assigned_to: Mapped[int | None] = mapped_column(sa.ForeignKey("actor.id"))
    origin: Mapped[Origin] = mapped_column(word(Origin))
    opened_by: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    publication: Mapped[Publication] = mapped_column(word(Publication), index=True)
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(sa.Text, default="")
    merged_into: Mapped[str | None] = mapped_column(sa.ForeignKey("event.uid"))
    work_uid: Mapped[str | None] = mapped_column(sa.ForeignKey("event.uid"))
    merge_label: Mapped[str] = mapped_column(sa.String(120), default="", index=True)
    unstable: Mapped[bool] = mapped_column(default=False)
    internal: Mapped[bool] = mapped_column(default=False)
    split_from: Mapped[str | None] = mapped_column(sa.String(36))
    taken_by: Mapped[int | None] = mapped_column(sa.ForeignKey("actor.id"))
    set_by: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


BEGAN: Final = sa.func.coalesce(Event.started_at, Event.planned_start_at, Event.detected_at, Event.published_at)
"""When an event began, or is planned to: what lists are ordered by and periods are told by. Never NULL in public."""

sa.Index("ix_event_began", BEGAN.desc(), Event.n.desc())


class EventComponent(Base):
    """A component touched by an event, with its own impact now, and its name and path of that day."""

    __tablename__ = "event_component"
    __table_args__ = (sa.Index("ix_event_component_component_id", "component_id", "event_uid"),)

    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"), primary_key=True)
    impact: Mapped[Impact] = mapped_column(word(Impact))
    set_by: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    name: Mapped[dict[str, str]]
    path: Mapped[str] = mapped_column(sa.Text)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class EventUpdate(Base):
    """A dated public post. `k` counts the event's published updates from 1; what it changed is stored with it.

    `generated` is what the robot's first sentence is made from (state, impact, components, times), so that it can be
    written in any language later. `happened_at` is set for a back-dated post; `published_at` is always real.
    """

    __tablename__ = "event_update"
    __table_args__ = (sa.UniqueConstraint("event_uid", "k"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), index=True)
    k: Mapped[int | None]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    written_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    happened_at: Mapped[datetime | None]
    action: Mapped[str] = mapped_column(sa.String(24))
    state: Mapped[EventState] = mapped_column(word(EventState))
    impact: Mapped[Impact] = mapped_column(word(Impact))
    expected_end_at: Mapped[datetime | None]
    next_update_at: Mapped[datetime | None]
    progress: Mapped[int]
    generated: Mapped[dict[str, Any]]


class UpdateText(Base):
    """The words of an update in one language. `uid` is its feed identifier, stored when published.

    `redacted_at`: the words were taken away; `text` is empty then and every reader says so in their place.
    """

    __tablename__ = "update_text"
    __table_args__ = (sa.Index("ix_update_text_published", "language", "published_at"),)

    update_id: Mapped[int] = mapped_column(sa.ForeignKey("event_update.id"), primary_key=True)
    language: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    uid: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    published_at: Mapped[datetime | None]
    modified_at: Mapped[datetime | None]
    redacted_at: Mapped[datetime | None]


class UpdateComponent(Base):
    """The impact an update stated for a component."""

    __tablename__ = "update_component"

    update_id: Mapped[int] = mapped_column(sa.ForeignKey("event_update.id"), primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("component.id"), primary_key=True)
    impact: Mapped[Impact] = mapped_column(word(Impact))


class Note(Base):
    """An internal word on an event; never public."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("actor.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.Text)
