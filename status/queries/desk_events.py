"""The desk's list of events: open ones, drafts, works to come, ended ones, whoever may read them in public."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import (
    COMING_WORK_STATES,
    ENDED_STATES,
    ActorType,
    EventState,
    EventType,
    Impact,
    Publication,
)
from status.models import Actor, Event, EventComponent, UpdateDraft
from status.queries.felt import felt_by_all, worst_first

PAGE_SIZE: Final = 50


class Shelf(Enum):
    """The desk's parts of the list."""

    OPEN = "open"
    DRAFTS = "drafts"
    SCHEDULED = "scheduled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; None asks for everything. `page` counts from 1."""

    shelf: Shelf = Shelf.OPEN
    area: str | None = None
    type: EventType | None = None
    person: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the desk lists it, with the worst impact of all it touches.

    `person` holds it: who it is assigned to, else who took it; '' the robot's.
    """

    uid: str
    n: int | None
    type: EventType
    title: Mapping[str, str]
    state: EventState
    impact: Impact
    publication: Publication
    by_robot: bool
    internal: bool
    began_at: datetime | None
    ended_at: datetime | None
    next_update_at: datetime | None
    publish_at: datetime | None
    person: str
    areas: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """Give its number, or the start of its uid while it has none."""
        return f"FS#{self.n}" if self.n else self.uid[:8]


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """An update somebody has written and not posted yet. `failure` says why a deferred one could not be."""

    uid: str
    event_uid: str
    event_name: str
    author: str
    origin: str
    changed_at: datetime
    publish_at: datetime | None
    failure: str


@dataclass(frozen=True, slots=True)
class DeskList:
    """One page of a shelf, how many are on each, and the people to filter by (actor id, name)."""

    lines: tuple[Line, ...]
    total: int
    counts: Mapping[Shelf, int]
    people: tuple[tuple[int, str], ...]
    drafts: tuple[WaitingDraft, ...]
    page: int

    @property
    def pages(self) -> int:
        """Give the number of pages, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


_WHEN = sa.func.coalesce(Event.started_at, Event.planned_start_at, Event.created_at)
_HOLDER = sa.func.coalesce(Event.assigned_to, Event.taken_by)
_DRAFT = Event.publication.in_((Publication.DRAFT, Publication.SCHEDULED))
_OVER = sa.or_(Event.state.in_(ENDED_STATES), Event.publication.in_((Publication.WITHDRAWN, Publication.MERGED)))
_ON = {
    Shelf.OPEN: sa.and_(~_DRAFT, ~_OVER, Event.state.not_in(COMING_WORK_STATES)),
    Shelf.DRAFTS: sa.and_(_DRAFT, ~_OVER),
    Shelf.SCHEDULED: sa.and_(~_DRAFT, ~_OVER, Event.state.in_(COMING_WORK_STATES)),
    Shelf.ENDED: _OVER,
}


def read_list(session: Session, wanted: Wanted) -> DeskList:
    """Read one page of a shelf. A fixed number of statements."""
    conditions = _conditions(wanted)
    by_shelf = {
        shelf: session.scalar(sa.select(sa.func.count()).select_from(Event).where(on, *conditions)) or 0
        for shelf, on in _ON.items()
    }
    page = sa.select(Event).where(_ON[wanted.shelf], *conditions).order_by(*_order(wanted.shelf))
    rows = session.scalars(page.limit(PAGE_SIZE).offset((wanted.page - 1) * PAGE_SIZE)).all()
    holders = sa.select(Actor.id, Actor.name).where(Actor.id.in_(sa.select(_HOLDER))).order_by(Actor.name)
    people = tuple((id_, plain_name(name)) for id_, name in session.execute(holders))
    drafts = _drafts(session) if wanted.shelf is Shelf.DRAFTS else ()
    return DeskList(
        _lines(session, rows, dict(people)), by_shelf[wanted.shelf], by_shelf, people, drafts, wanted.page
    )  # fmt: skip


def _order(shelf: Shelf) -> tuple[sa.ColumnElement[Any], ...]:
    """Give a shelf's order: open ones the worst first, incidents before works; works to come the nearest first."""
    if shelf is Shelf.SCHEDULED:
        return _WHEN.asc(), Event.uid.asc()
    latest = _WHEN.desc(), Event.uid.desc()
    if shelf is not Shelf.OPEN:
        return latest
    return (Event.type != EventType.INCIDENT).asc(), Event.severity.desc(), worst_first().asc(), *latest


def find_number(session: Session, text: str) -> str | None:
    """Give the uid of the event with this number (`42`, `FS#42`); None when there is none."""
    found = re.fullmatch(r"(?:FS)?#?\s*(\d{1,9})", text.strip(), re.IGNORECASE)
    return session.scalar(sa.select(Event.uid).where(Event.n == int(found[1]))) if found else None


def plain_name(actor: str) -> str:
    """Give an actor's name without what kind of actor it is."""
    return actor.partition(":")[2] or actor


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.type is not None:
        conditions.append(Event.type == wanted.type)
    if wanted.person is not None:
        conditions.append(_HOLDER.is_not_distinct_from(wanted.person))
    if wanted.area is not None:
        below = sa.or_(EventComponent.path == wanted.area, EventComponent.path.startswith(f"{wanted.area}/"))
        conditions.append(Event.uid.in_(sa.select(EventComponent.event_uid).where(below)))
    return conditions


def _lines(session: Session, events: Sequence[Event], people: Mapping[int, str]) -> tuple[Line, ...]:
    paths = sa.select(EventComponent.event_uid, EventComponent.path).order_by(EventComponent.path)
    areas: dict[str, dict[str, None]] = {}
    for uid, path in session.execute(paths.where(EventComponent.event_uid.in_([row.uid for row in events]))):
        areas.setdefault(uid, {})[path.partition("/")[0]] = None
    felt = felt_by_all(session, events)
    robots = set(session.scalars(sa.select(Actor.id).where(Actor.type == ActorType.ROBOT)))
    return tuple(
        Line(
            uid=row.uid, n=row.n, type=row.type, title=row.title, state=row.state, impact=felt[row.uid],
            publication=row.publication, by_robot=row.opened_by in robots, internal=row.internal,
            began_at=row.started_at or row.planned_start_at or row.detected_at or row.created_at,
            ended_at=row.ended_at, next_update_at=row.next_update_at, publish_at=row.publish_at,
            person=people.get(row.assigned_to or row.taken_by or 0, ""), areas=tuple(areas.get(row.uid, ())),
        )
        for row in events
    )  # fmt: skip


def _drafts(session: Session) -> tuple[WaitingDraft, ...]:
    statement = (
        sa.select(UpdateDraft, Event.n, Actor.name)
        .join(Event, Event.uid == UpdateDraft.event_uid)
        .join(Actor, Actor.id == UpdateDraft.author_id)
        .where(UpdateDraft.ended_at.is_(None))
        .order_by(UpdateDraft.changed_at.desc())
    )
    return tuple(
        WaitingDraft(
            uid=row.uid, event_uid=row.event_uid, event_name=f"FS#{n}" if n else row.event_uid[:8],
            author=plain_name(name), origin=row.origin, changed_at=row.changed_at, publish_at=row.publish_at,
            failure=row.failure,
        )
        for row, n, name in session.execute(statement)
    )  # fmt: skip
