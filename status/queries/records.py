"""Events with everything around them, for programs with a token: nothing is left out, drafts neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import EventState, EventType, Publication
from status.models import (
    Actor,
    Component,
    Event,
    EventComponent,
    EventLink,
    EventUpdate,
    OlderText,
    UpdateComponent,
    UpdateText,
)

_BEGAN: Final = sa.func.coalesce(Event.started_at, Event.planned_start_at, Event.detected_at, Event.created_at)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None asks for everything. Those with a part in `since` (included) to `until` (not included)."""

    area: str | None = None
    type: EventType | None = None
    states: tuple[EventState, ...] | None = None
    publication: Publication | None = None
    component_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_uid: str | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event, the components it touched (those that left too) with their slugs, and the uids it is linked with."""

    event: Event
    touched: tuple[tuple[EventComponent, str], ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """An update with its words by language, earlier words, and the impacts it stated by component slug."""

    update: EventUpdate
    texts: tuple[UpdateText, ...]
    older: tuple[OlderText, ...]
    impacts: tuple[tuple[UpdateComponent, str], ...]


def actor_names(session: Session) -> Mapping[int, str]:
    """Give every author's name by id."""
    return dict(session.execute(sa.select(Actor.id, Actor.name)).all())


def list_events(session: Session, wanted: Wanted, limit: int) -> tuple[EventRecord, ...]:
    """Give at most `limit` events, the one made last first."""
    statement = sa.select(Event).where(*_conditions(wanted)).order_by(Event.uid.desc()).limit(limit)
    return records(session, session.scalars(statement).all())


def records(session: Session, events: Sequence[Event]) -> tuple[EventRecord, ...]:
    """Give events with what is around them. Two statements, whatever their number."""
    uids = [event.uid for event in events]
    rows = session.execute(
        sa.select(EventComponent, Component.slug)
        .join(Component, Component.id == EventComponent.component_id)
        .where(EventComponent.event_uid.in_(uids))
        .order_by(EventComponent.joined_at, EventComponent.component_id)
    )
    touched: dict[str, list[tuple[EventComponent, str]]] = {}
    for row, slug in rows:
        touched.setdefault(row.event_uid, []).append((row, slug))
    links: dict[str, list[str]] = {}
    either = EventLink.event_uid.in_(uids) | EventLink.other_uid.in_(uids)
    for link in session.scalars(sa.select(EventLink).where(either).order_by(EventLink.at)):
        links.setdefault(link.event_uid, []).append(link.other_uid)
        links.setdefault(link.other_uid, []).append(link.event_uid)
    return tuple(
        EventRecord(event, tuple(touched.get(event.uid, ())), tuple(links.get(event.uid, ()))) for event in events
    )


def list_updates(session: Session, which: sa.ColumnElement[bool], limit: int) -> tuple[UpdateRecord, ...]:
    """Give at most `limit` updates, the oldest first. Four statements."""
    updates = session.scalars(sa.select(EventUpdate).where(which).order_by(EventUpdate.id).limit(limit)).all()
    ids = [update.id for update in updates]
    texts: dict[int, list[UpdateText]] = {}
    for text in session.scalars(sa.select(UpdateText).where(UpdateText.update_id.in_(ids))):
        texts.setdefault(text.update_id, []).append(text)
    older: dict[int, list[OlderText]] = {}
    for old in session.scalars(sa.select(OlderText).where(OlderText.update_id.in_(ids)).order_by(OlderText.id)):
        older.setdefault(old.update_id, []).append(old)
    stated: dict[int, list[tuple[UpdateComponent, str]]] = {}
    rows = session.execute(
        sa.select(UpdateComponent, Component.slug)
        .join(Component, Component.id == UpdateComponent.component_id)
        .where(UpdateComponent.update_id.in_(ids))
        .order_by(UpdateComponent.component_id)
    )
    for row, slug in rows:
        stated.setdefault(row.update_id, []).append((row, slug))
    return tuple(
        UpdateRecord(
            update, tuple(texts.get(update.id, ())), tuple(older.get(update.id, ())), tuple(stated.get(update.id, ()))
        )
        for update in updates
    )


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.before_uid is not None:
        found.append(Event.uid < wanted.before_uid)
    if wanted.type is not None:
        found.append(Event.type == wanted.type)
    if wanted.states is not None:
        found.append(Event.state.in_(wanted.states))
    if wanted.publication is not None:
        found.append(Event.publication == wanted.publication)
    if wanted.since is not None:
        found.append(Event.ended_at.is_(None) | (Event.ended_at >= wanted.since))
    if wanted.until is not None:
        found.append(wanted.until > _BEGAN)
    touching = sa.select(EventComponent.event_uid)
    if wanted.component_id is not None:
        found.append(Event.uid.in_(touching.where(EventComponent.component_id == wanted.component_id)))
    if wanted.area is not None:
        inside = (EventComponent.path == wanted.area) | EventComponent.path.startswith(wanted.area + "/")
        found.append(Event.uid.in_(touching.where(inside)))
    return found
