"""All the desk knows of one event: posts, notes, drafts, the robot's steps, links, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.permissions import Role
from status.domain.states import ActorType, EventState, Impact, Visibility
from status.models import (
    Account,
    Actor,
    AuditEntry,
    Component,
    Event,
    EventComponent,
    EventLink,
    EventUpdate,
    Note,
    OlderText,
    PostMortem,
    Step,
    UpdateDraft,
    UpdateText,
)
from status.queries.concern import reach
from status.queries.desk_events import plain_name
from status.queries.looks import Looked, Names, looks_of

STEPS: Final = 40
LOOKS_A_STEP: Final = 6
AUDIT_LINES: Final = 100


@dataclass(frozen=True, slots=True)
class Touching:
    """A component the event touches or touched, with who set its impact."""

    component_id: int
    slug: str
    area: str
    name: Mapping[str, str]
    visibility: Visibility
    impact: Impact
    set_by: str
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskText:
    """A post's words in one language. `older` are the words before corrections, the newest first."""

    language: str
    text: str
    modified_at: datetime | None
    redacted_at: datetime | None
    older: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeskPost:
    """A post, public or (`k` None) waiting for the event's publication."""

    id: int
    k: int | None
    author: str
    by_robot: bool
    written_at: datetime
    published_at: datetime | None
    happened_at: datetime | None
    action: str
    state: EventState
    impact: Impact
    generated: Mapping[str, Any]
    texts: tuple[DeskText, ...]


@dataclass(frozen=True, slots=True)
class DeskNote:
    """An internal word."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class DeskStep:
    """An automatic step and the looks it rests on, as far as they are kept."""

    at: datetime
    action: str
    rule_point: str
    reason: str
    numbers: Mapping[str, Any]
    looks: tuple[Looked, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Another event that has to do with this one. `how`: merged-into, work, split-from, merged, part, linked."""

    how: str
    uid: str
    name: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """One event as the desk sees it; `event` is its row, `people` gives an actor's name by id. Posts newest first."""

    event: Event
    people: Mapping[int, str]
    touched: tuple[Touching, ...]
    posts: tuple[DeskPost, ...]
    notes: tuple[DeskNote, ...]
    drafts: tuple[UpdateDraft, ...]
    steps: tuple[DeskStep, ...]
    related: tuple[Related, ...]
    audit: tuple[AuditEntry, ...]
    post_mortem: PostMortem | None
    reach: int

    @property
    def name(self) -> str:
        """Give its number, or the start of its uid while it has none."""
        return name_of(self.event)

    @property
    def areas(self) -> tuple[str, ...]:
        """Give the touched areas, each once."""
        return tuple(dict.fromkeys(each.area for each in self.touched if each.left_at is None))


def name_of(event: Event) -> str:
    """Give an event's number, or the start of its uid while it has none."""
    return f"FS#{event.n}" if event.n else event.uid[:8]


def read_desk_event(session: Session, event: Event) -> DeskEvent:
    """Read everything about an event."""
    actors = session.execute(sa.select(Actor.id, Actor.name)).all()
    people = {id_: plain_name(name) for id_, name in actors}
    notes = session.scalars(sa.select(Note).where(Note.event_uid == event.uid).order_by(Note.id.desc()))
    drafts = sa.select(UpdateDraft).where(UpdateDraft.event_uid == event.uid, UpdateDraft.ended_at.is_(None))
    audit = sa.select(AuditEntry).where(AuditEntry.subject == f"event:{event.uid}").order_by(AuditEntry.n.desc())
    return DeskEvent(
        event=event,
        people=people,
        touched=read_touching(session, event, people),
        posts=read_posts(session, event, people),
        notes=tuple(DeskNote(row.at, people.get(row.author_id, "?"), row.text) for row in notes),
        drafts=tuple(session.scalars(drafts.order_by(UpdateDraft.changed_at.desc()))),
        steps=_steps(session, event),
        related=_related(session, event),
        audit=tuple(session.scalars(audit.limit(AUDIT_LINES))),
        post_mortem=session.get(PostMortem, event.uid),
        reach=reach(session, event),
    )


def read_assignable(session: Session) -> tuple[tuple[str, str], ...]:
    """Give those an event may be handed over to (account uid, name): whoever may post."""
    may_post = [role for role in Role if role is not Role.READER]
    people = sa.select(Account.uid, Account.display_name, Account.name)
    people = people.where(Account.disabled_at.is_(None), Account.role.in_(may_post)).order_by(Account.name)
    return tuple((uid, said or name) for uid, said, name in session.execute(people))


def read_touching(session: Session, event: Event, people: Mapping[int, str]) -> tuple[Touching, ...]:
    """Read the components of an event, those that left last."""
    statement = (
        sa.select(EventComponent, Component.slug, Component.visibility)
        .join(Component, Component.id == EventComponent.component_id)
        .where(EventComponent.event_uid == event.uid)
        .order_by(EventComponent.left_at.is_not(None), EventComponent.joined_at, Component.position, Component.id)
    )
    return tuple(
        Touching(
            component_id=row.component_id, slug=slug, area=row.path.partition("/")[0], name=row.name,
            visibility=visibility, impact=row.impact, set_by=people.get(row.set_by, "?"), left_at=row.left_at,
        )
        for row, slug, visibility in session.execute(statement)
    )  # fmt: skip


def read_posts(session: Session, event: Event, people: Mapping[int, str], *, after: int = 0) -> tuple[DeskPost, ...]:
    """Read the posts of an event, the newest first; only those with an id above `after`."""
    of_event = sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid, EventUpdate.id > after)
    rows = session.scalars(of_event.order_by(EventUpdate.id.desc())).all()
    texts = _texts(session, [row.id for row in rows])
    robots = set(session.scalars(sa.select(Actor.id).where(Actor.type == ActorType.ROBOT)))
    return tuple(
        DeskPost(
            id=row.id, k=row.k, author=people.get(row.author_id, "?"), by_robot=row.author_id in robots,
            written_at=row.written_at, published_at=row.published_at, happened_at=row.happened_at, action=row.action,
            state=row.state, impact=row.impact, generated=row.generated, texts=tuple(texts.get(row.id, ())),
        )
        for row in rows
    )  # fmt: skip


def _texts(session: Session, update_ids: Sequence[int]) -> dict[int, list[DeskText]]:
    older: dict[tuple[int, str], list[str]] = {}
    earlier = sa.select(OlderText).where(OlderText.update_id.in_(update_ids)).order_by(OlderText.id.desc())
    for was in session.scalars(earlier):
        older.setdefault((was.update_id, was.language), []).append(was.text)
    found: dict[int, list[DeskText]] = {}
    rows = sa.select(UpdateText).where(UpdateText.update_id.in_(update_ids)).order_by(UpdateText.language.desc())
    for row in session.scalars(rows):
        before = tuple(older.get((row.update_id, row.language), ()))
        if row.text or row.redacted_at or before:
            text = DeskText(row.language, row.text, row.modified_at, row.redacted_at, before)
            found.setdefault(row.update_id, []).append(text)
    return found


def _steps(session: Session, event: Event) -> tuple[DeskStep, ...]:
    rows = session.scalars(
        sa.select(Step).where(Step.event_uid == event.uid).order_by(Step.id.desc()).limit(STEPS)
    ).all()
    names = Names(session) if rows else None
    return tuple(_step(session, names, row) for row in rows if names is not None)


def _step(session: Session, names: Names, row: Step) -> DeskStep:
    evidence = row.data.get("evidence", [])[:LOOKS_A_STEP]
    keys = [(int(check), names.location_ids.get(location, -1), int(number)) for check, location, number in evidence]
    return DeskStep(
        at=row.at, action=row.action, rule_point=row.rule_point, reason=str(row.data.get("reason", "")),
        numbers=row.data.get("numbers", {}), looks=looks_of(session, names, keys),
    )  # fmt: skip


def _related(session: Session, event: Event) -> tuple[Related, ...]:
    hows = {uid: how for how, uid in _own_relations(event) if uid is not None}
    links = sa.select(EventLink).where((EventLink.event_uid == event.uid) | (EventLink.other_uid == event.uid))
    for link in session.scalars(links):
        hows[link.other_uid if link.event_uid == event.uid else link.event_uid] = "linked"
    others = sa.or_(
        Event.uid.in_(hows), Event.merged_into == event.uid, Event.split_from == event.uid, Event.work_uid == event.uid
    )
    rows = session.scalars(sa.select(Event).where(others).order_by(Event.created_at)).all()
    return tuple(Related(hows.get(row.uid) or _how(event, row), row.uid, name_of(row), row.title) for row in rows)


def _own_relations(event: Event) -> tuple[tuple[str, str | None], ...]:
    return ("merged-into", event.merged_into), ("work", event.work_uid), ("split-from", event.split_from)


def _how(event: Event, other: Event) -> str:
    if other.merged_into == event.uid:
        return "merged"
    return "part" if other.split_from == event.uid else "incident"
