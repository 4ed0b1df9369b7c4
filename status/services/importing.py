"""Takes incidents and works of another travaux site in: their numbers stay, readers and subscribers are not told.

They enter lists, history, search and the pages of what they touch, never a feed, a mail or the availability.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.event import default_severity
from status.domain.periods import FIRST_YEAR
from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact, Origin, Publication
from status.models import Actor, Component, Event, EventComponent, EventUpdate, UpdateComponent, UpdateText
from status.services.actors import importer
from status.services.auditing import record
from status.services.changing import line_up
from status.services.events import path_of
from status.services.identifiers import new_uid
from status.services.import_file import THE_FILE, Fault
from status.services.imported import Task
from status.services.indexing import AT_ONCE, index_events
from status.services.publishing import installation

ACTION: Final = "import"
NUMBERS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did: how many events and posts. `homeless` counts, by project, those that touch no component."""

    events: int
    posts: int
    homeless: Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class _Known:
    by_slug: Mapping[str, Component]
    by_project: Mapping[int, Component]
    paths: Mapping[int, str]


def faults_in(session: Session, tasks: Sequence[Task], now: datetime) -> tuple[Fault, ...]:
    """Give what keeps tasks from being taken in.

    Numbers that are taken or not free yet, components that are none, what is not over, and years nothing is shown of.
    """
    free_below = installation(session).next_event_number
    taken = set(session.scalars(sa.select(Event.n).where(Event.n.is_not(None))))
    slugs = set(session.scalars(sa.select(Component.slug)))
    faults: list[Fault] = []
    places: dict[int, str] = {}
    for task in tasks:
        if task.number in places:
            faults.append(Fault(task.place, f"number {task.number} stands at {places[task.number]} already"))
        elif task.number in taken:
            faults.append(Fault(task.place, f"number {task.number} is taken by an event of this site"))
        places.setdefault(task.number, task.place)
        if task.ended_at > now:
            faults.append(Fault(task.place, f"it ends on {task.ended_at:%Y-%m-%d}: only what is over is taken in"))
        if task.began_at.year < FIRST_YEAR:
            begun = f"it begins on {task.began_at:%Y-%m-%d}: list and history show nothing before {FIRST_YEAR}"
            faults.append(Fault(task.place, begun))
        none = (slug for slug in task.components if slug not in slugs)
        faults += [Fault(task.place, f"there is no component {slug!r}") for slug in none]
    highest = max(places, default=0)
    if highest >= free_below:
        message = (
            f"its numbers go up to {highest}, and this site gives its own from {free_below} on: set "
            f"[site] next_event_number to {highest + 1} or more and start travaux once"
        )
        faults.insert(0, Fault(THE_FILE, message))
    return tuple(faults)


def take_in(session: Session, tasks: Sequence[Task], name: str, by: Actor, now: datetime) -> Taken:
    """Write tasks as events that are over, in this transaction. `name` is the file's, for the record.

    Raise Refused when one of them can't be taken in (`faults_in` says which).
    """
    line_up(session)
    if faults_in(session, tasks, now):
        raise Refused("import", "the file can't be taken in")
    author = importer(session, name)
    known = _known(session)
    homeless: dict[int | None, int] = {}
    posts = 0
    for start in range(0, len(tasks), AT_ONCE):
        some = tasks[start : start + AT_ONCE]
        uids = []
        for task in some:
            touched = _touched(task, known)
            if not touched:
                homeless[task.project] = homeless.get(task.project, 0) + 1
            event = _event(task, touched, author, now)
            session.add(event)
            uids.append(event.uid)
            posts += len(task.posts)
            _write(session, task, event, touched, known, author)
        session.flush()
        index_events(session, uids)
        session.expunge_all()
        author, known = session.merge(author), _known(session)
    if tasks:
        told = {"events": len(tasks), "posts": posts, "file": name}
        record(session, session.merge(by), "event.import", "events", now, after=told)
        installation(session).revision += 1
        session.flush()
    return Taken(len(tasks), posts, homeless)


def _known(session: Session) -> _Known:
    components = session.scalars(sa.select(Component).order_by(Component.retired_at.is_not(None), Component.id)).all()
    by_project: dict[int, Component] = {}
    for component in components:
        if component.legacy_project is not None:
            by_project.setdefault(component.legacy_project, component)
    paths = {component.id: path_of(session, component) for component in components}
    return _Known({component.slug: component for component in components}, by_project, paths)


def _touched(task: Task, known: _Known) -> list[Component]:
    named = [known.by_slug[slug] for slug in task.components]
    if not named and task.project is not None and task.project in known.by_project:
        named = [known.by_project[task.project]]
    return named


def _event(task: Task, touched: Iterable[Component], author: Actor, now: datetime) -> Event:
    """Make the row. An incident that is over has no impact now; of a work what was announced stays."""
    work = task.type is not EventType.INCIDENT
    published_at = task.posts[0].at if task.posts else task.began_at
    return Event(
        uid=new_uid(task.began_at), n=task.number, type=task.type, title=dict(task.title), advice={},
        state=EventState.DONE if work else EventState.RESOLVED, impact=task.impact if work else Impact.NONE,
        severity=default_severity(task.impact),
        departments=_with(task.departments, (each.departments for each in touched)),
        exchanges=_with(task.exchanges, (each.exchanges for each in touched)),
        operators=_with(task.operators, (each.operators for each in touched)),
        resources=_with(task.resources, (each.resources for each in touched)),
        planned_start_at=task.began_at if work else None, planned_end_at=task.ended_at if work else None,
        planned_history=[], announced_at=published_at if work else None, started_at=task.began_at,
        detected_at=None, expected_end_at=None, ended_at=task.ended_at, next_update_at=None, progress=100,
        reason="", cause="", measures="", origin=Origin.IMPORT, opened_by=author.id, publication=Publication.PUBLIC,
        published_at=published_at, set_by={}, created_at=now, version=1,
    )  # fmt: skip


def _with(named: Sequence[str], more: Iterable[Sequence[str]]) -> list[str]:
    """Give the places a task names; those of its components where it names none."""
    return list(named) or list(dict.fromkeys(each for some in more for each in some))


def _write(  # noqa: PLR0917 - the parts of one event
    session: Session, task: Task, event: Event, touched: Sequence[Component], known: _Known, author: Actor
) -> None:
    session.add_all(
        EventComponent(
            event_uid=event.uid, component_id=each.id, impact=event.impact, set_by=author.id, name=dict(each.name),
            path=known.paths[each.id], joined_at=task.began_at, left_at=None,
        )
        for each in touched
    )  # fmt: skip
    session.flush()
    last = len(task.posts)
    updates = [
        EventUpdate(
            event_uid=event.uid, k=k, author_id=author.id, written_at=said.at, published_at=said.at, happened_at=None,
            action=ACTION, state=event.state if k == last else _state_before(task), progress=100 if k == last else 0,
            impact=event.impact if k == last else task.impact, expected_end_at=None, next_update_at=None, generated={},
        )
        for k, said in enumerate(task.posts, 1)
    ]  # fmt: skip
    session.add_all(updates)
    session.flush()
    for update, said in zip(updates, task.posts, strict=True):
        session.add_all(
            # Without an identifier it is in no feed: it was told elsewhere, long ago.
            UpdateText(update_id=update.id, language=language, text=text, uid=None, published_at=said.at)
            for language, text in said.texts.items()
        )
        session.add_all(
            UpdateComponent(update_id=update.id, component_id=each.id, impact=update.impact) for each in touched
        )


def _state_before(task: Task) -> EventState:
    return EventState.IN_PROGRESS if task.type is not EventType.INCIDENT else EventState.INVESTIGATING
