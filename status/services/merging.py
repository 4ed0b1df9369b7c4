"""What people do when incidents are one trouble, or one incident is two: merge and split (SPEC §2).

Neither takes an incident over: who holds it stays the same, and a part that leaves is held as the whole was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import ENDED_STATES, IMPACT_WORST_FIRST, EventState, Publication, Visibility
from status.domain.written import clean_text
from status.models import Actor, Component, Event, EventComponent
from status.services import actors
from status.services.changing import change, line_up, require_version
from status.services.events import Draft, Post, area_of, components_of, create, impact_of, post, touch
from status.services.instructions import event_changed
from status.services.publishing import may_be_public, may_be_shown, publish_event, raise_revision
from status.services.updating import check_words
from status.wording import moving
from status.wording.advice import advice
from status.wording.titles import event_title

Texts = Mapping[str, str]

_OPEN_TO: Final = {Visibility.PUBLIC: "public component", Visibility.CUSTOMERS: "component of customers"}


@dataclass(frozen=True, slots=True)
class Part:
    """What leaves an incident: components, and the words for it. Without a title it is made from the components."""

    component_ids: Collection[int]
    title: Texts = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)


def merge(
    session: Session,
    events: Sequence[Event],
    into: Event,
    author: Actor,
    now: datetime,
    *,
    texts: Texts,
    version: int | None = None,
) -> None:
    """Make open incidents part of another one, which gets one post that names them; `version` is the one of `into`.

    A merged one keeps its number and page, with one last post ("merged"; who is told of `into` need not be told of
    that); a merged draft leaves nothing. Its components join with their impact: one that a person set before the
    robot's, then the worst. Raise Refused for works, for what is not open, and for a public one into a draft or into
    one that only customers may know.
    """
    line_up(session)
    require_version(into, version)
    check_words({}, texts)
    written = {language: clean_text(text) for language, text in texts.items()}
    _require_mergeable(session, events, into)
    came = [(_told_number(session, event), _public_names(session, components_of(session, event))) for event in events]
    for event in events:
        _take_in(session, event, into, now)
        _end(session, event, into, written, author, now=now)
    said = moving.with_words(moving.came_in(came), written)
    if any(said.values()):
        post(session, into, Post("merge", said), author, now)
    else:
        raise_revision(session)
    event_changed(session, author, into, "merge", now)


def split(
    session: Session, event: Event, part: Part, author: Actor, now: datetime, *, version: int | None = None
) -> Event:
    """Let components leave an open incident to a new one, public with a number of its own when the old one is.

    Its history stays with the old one; each gets a post with the other's number. Raise Refused for a component it does
    not touch, for all of them, and for a public one of which either part names nothing that others may know.
    """
    line_up(session)
    require_version(event, version)
    _require_open(event, "split")
    check_words(part.title, part.texts)
    written = {language: clean_text(text) for language, text in part.texts.items()}
    leaving = _leaving(session, event, part.component_ids)
    _require_something_left(session, event, leaving)
    names = _public_names(session, leaving)
    apart = _make_part(session, event, part, leaving, author, now=now)
    post(session, apart, Post("split", moving.with_words(moving.came_from(event.n), written)), author, now)
    if event.publication is Publication.PUBLIC:
        publish_event(session, apart, now)
    for row in leaving:
        row.left_at = now
    change(session, event, {"impact": impact_of(session, event)})
    gone = moving.with_words(moving.went_out(_told_number(session, apart), names), written)
    if any(gone.values()):
        post(session, event, Post("split", gone), author, now)
    event_changed(session, author, event, "split", now)
    event_changed(session, author, apart, "split", now)
    return apart


def _require_mergeable(session: Session, events: Sequence[Event], into: Event) -> None:
    if not events:
        raise Refused("nothing", "name at least one incident to merge")
    _require_open(into, "merged into")
    for event in events:
        if event.uid == into.uid:
            raise Refused("itself", f"{_name(event)} cannot be merged into itself: name another one after --into")
        _require_open(event, "merged")
        if event.n is not None and into.n is None:
            raise Refused(
                "draft", f"{_name(event)} is public and {_name(into)} a draft: publish it first, or merge the other way"
            )
        if event.n is not None and may_be_public(session, event) and not may_be_public(session, into):
            raise Refused(
                "nothing_public",
                f"{_name(event)} is public and {_name(into)} known to customers alone: merge the other way",
            )
    if len({event.uid for event in events}) < len(events):
        raise Refused("twice", "an incident is named twice: name each once")


def _require_open(event: Event, done: str) -> None:
    name = _name(event)
    if event.type.is_work:
        raise Refused("not_an_incident", f"{name} is a {event.type.value}: only an incident can be {done}")
    if event.publication in (Publication.WITHDRAWN, Publication.MERGED):
        raise Refused("not_open", f"{name} is {event.publication.value} already: it cannot be {done}")
    if event.state in ENDED_STATES:
        raise Refused("not_open", f"{name} is {event.state.value}: only an open one can be {done}; reopen it first")


def _take_in(session: Session, event: Event, into: Event, now: datetime) -> None:
    """Let the components join, each with the impact and the setter that win, and the older beginning hold."""
    people = _People(session)
    theirs = {row.component_id: row for row in components_of(session, into)}
    by_setter: dict[int, list[EventComponent]] = {}
    for row in components_of(session, event):
        known = theirs.get(row.component_id)
        if known is None or people.rank(row) < people.rank(known):
            by_setter.setdefault(row.set_by, []).append(row)
    for actor_id, rows in by_setter.items():
        impacts = {row.component_id: row.impact for row in rows}
        touch(session, into, impacts, session.get_one(Actor, actor_id), now)
    values: dict[str, object] = {
        "internal": into.internal and event.internal,
        "impact": impact_of(session, into),
    }
    if event.started_at is not None and into.started_at is not None and event.started_at < into.started_at:
        values["started_at"] = event.started_at
    if into.state is EventState.MONITORING and event.state is not EventState.MONITORING and not people.set_state(into):
        values["state"] = event.state  # it is not over while what comes in is not
    change(session, into, values)


def _end(session: Session, event: Event, into: Event, texts: Texts, author: Actor, *, now: datetime) -> None:
    values = {"publication": Publication.MERGED, "merged_into": into.uid, "next_update_at": None}
    change(session, event, {**values, "state": EventState.RESOLVED, "ended_at": now}, author)
    if event.n is not None:
        post(session, event, Post("merged", texts), author, now)
    event_changed(session, author, event, "merge", now)


def _leaving(session: Session, event: Event, component_ids: Collection[int]) -> list[EventComponent]:
    rows = components_of(session, event)
    strange = sorted(set(component_ids) - {row.component_id for row in rows})
    if strange:
        slug = session.get_one(Component, strange[0]).slug
        touched = ", ".join(row.path.rpartition("/")[2] for row in rows)
        raise Refused("not_in_it", f"{_name(event)} does not touch {slug!r}; it touches {touched}")
    leaving = [row for row in rows if row.component_id in component_ids]
    if not leaving:
        raise Refused("no_component", "name at least one component that leaves")
    if len(leaving) == len(rows):
        raise Refused("all", f"all components of {_name(event)} would leave: name only those that are another trouble")
    return leaving


def _require_something_left(session: Session, event: Event, leaving: Sequence[EventComponent]) -> None:
    """Raise Refused when the public, or customers of what only they may know, would read of nothing any more."""
    if event.publication is not Publication.PUBLIC:
        return
    rows = components_of(session, event)
    ids = [row.component_id for row in rows]
    known = sa.select(Component.id, Component.visibility).where(Component.id.in_(ids))
    seen = {row.id: row.visibility for row in session.execute(known)}
    staying = {seen[row.component_id] for row in rows if row not in leaving}
    open_to = next((each for each in (Visibility.PUBLIC, Visibility.CUSTOMERS) if each in seen.values()), None)
    if open_to is not None and open_to not in staying:
        raise Refused("nothing_public", f"what stays names no {_OPEN_TO[open_to]}: leave one that others may know")


def _make_part(
    session: Session, event: Event, part: Part, leaving: Sequence[EventComponent], author: Actor, *, now: datetime
) -> Event:
    """Make the new incident as a draft, held, acknowledged and set by the same people as the old one."""
    area = area_of(session, leaving[0].component_id)
    draft = Draft(
        type=event.type, state=event.state, origin=event.origin, reason=event.reason, work_uid=event.work_uid,
        title=part.title or event_title(event.reason, _public_names(session, leaving), area), advice=advice(area),
        started_at=event.started_at, detected_at=event.detected_at, expected_end_at=event.expected_end_at,
        next_update_at=event.next_update_at if event.next_update_at and event.next_update_at > now else None,
        internal=event.internal,
    )  # fmt: skip
    apart = create(session, draft, author, now)
    robot_id = actors.robot(session).id
    setters = {name: event.set_by.get(name, robot_id) for name in ("state", "impact")}
    setters |= {"severity": event.set_by["severity"]} if "severity" in event.set_by else {}
    setters["title"] = author.id if part.title else robot_id
    values = {"split_from": event.uid, "taken_by": event.taken_by, "opened_by": event.opened_by, "set_by": setters}
    seen = {"acknowledged_by": event.acknowledged_by, "acknowledged_at": event.acknowledged_at}
    change(session, apart, {**values, **seen, "unstable": event.unstable, "severity": event.severity})
    for row in leaving:
        touch(session, apart, {row.component_id: row.impact}, session.get_one(Actor, row.set_by), now)
    if event.publication is Publication.PUBLIC and not may_be_shown(session, apart):
        raise Refused("nothing_public", "the part names only internal components: add one that others may know")
    return apart


class _People:
    """Who wrote what: a person's word goes before the robot's."""

    def __init__(self, session: Session) -> None:
        self._robot_id = actors.robot(session).id

    def rank(self, row: EventComponent) -> tuple[bool, int]:
        """Order impacts: a person's first, then the worst."""
        return row.set_by == self._robot_id, IMPACT_WORST_FIRST.index(row.impact)

    def set_state(self, event: Event) -> bool:
        """Whether a person set the event's state."""
        return bool(event.set_by.get("state", self._robot_id) != self._robot_id)


def _public_names(session: Session, rows: Sequence[EventComponent]) -> list[Mapping[str, str]]:
    ids = [row.component_id for row in rows]
    public = sa.select(Component.id).where(Component.id.in_(ids), Component.visibility == Visibility.PUBLIC)
    known = set(session.scalars(public))
    return [row.name for row in rows if row.component_id in known]


def _told_number(session: Session, event: Event) -> int | None:
    """Give an event's number where the public may read it: one that customers alone may know answers to nobody else."""
    return event.n if may_be_public(session, event) else None


def _name(event: Event) -> str:
    return f"FS#{event.n}" if event.n else event.uid
