"""What incidents and works share: finding, creating, touching components, posting an update."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.event import default_severity, told_impact, worst_impact
from status.domain.refused import Refused
from status.domain.states import ActorType, EventState, EventType, Impact, Origin, Publication, Visibility
from status.domain.written import clean_text, clean_title
from status.models import Actor, Component, Event, EventComponent, EventUpdate, UpdateComponent, UpdateText
from status.services.auditing import note_change
from status.services.changing import change, line_up
from status.services.identifiers import new_uid
from status.services.publishing import publish_update
from status.wording.sentences import Facts
from status.wording.titles import event_title

_TOLD: Final = (Publication.PUBLIC, Publication.WITHDRAWN, Publication.MERGED)
"""An update on these is public at once."""

IDS_A_STATEMENT: Final = 500
"""More ids than this are asked for in several statements."""

Impacts = Mapping[int, Impact]
"""The impact on each component, by its id."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an event begins with. `uid` is given where the core decided it, else made."""

    type: EventType
    state: EventState
    title: Mapping[str, str]
    origin: Origin
    uid: str | None = None
    advice: Mapping[str, str] = field(default_factory=dict)
    severity: int | None = None
    reason: str = ""
    merge_label: str = ""
    work_uid: str | None = None
    planned_start_at: datetime | None = None
    planned_end_at: datetime | None = None
    started_at: datetime | None = None
    detected_at: datetime | None = None
    expected_end_at: datetime | None = None
    next_update_at: datetime | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """An update to be written. `restored_at`: since when the service is back; `happened_at`: a back-dated time."""

    action: str
    texts: Mapping[str, str] = field(default_factory=dict)
    happened_at: datetime | None = None
    restored_at: datetime | None = None


def find(session: Session, reference: str) -> Event:
    """Find an event by `42`, `FS#42` or its uid; raise Refused when there is none."""
    number = re.fullmatch(r"(?:FS#)?(\d{1,9})", reference.strip(), re.IGNORECASE)
    wanted = Event.n == int(number[1]) if number else Event.uid == reference.strip().lower()
    event = session.scalar(sa.select(Event).where(wanted)) if number or reference.isascii() else None
    if event is None:
        raise Refused("no_such_event", f"there is no event {reference!r}; expected a number (42, FS#42) or a uid")
    return event


def create(session: Session, draft: Draft, author: Actor, now: datetime) -> Event:
    """Make an event as a draft; nothing is public yet. Raise Refused without a title."""
    line_up(session)
    titles = {language: clean_title(text) for language, text in draft.title.items()}
    title = {language: text for language, text in titles.items() if text}
    if not title:
        raise Refused("no_title", "the title is empty: say what is touched and what happens")
    planned = _announced(draft.planned_start_at, draft.planned_end_at)
    known = {
        name: author.id for name in ("title", "state", "impact", "severity") if name != "severity" or draft.severity
    }
    event = Event(
        uid=draft.uid or new_uid(now), n=None, type=draft.type, state=draft.state, impact=Impact.NONE,
        title=title, advice=dict(draft.advice),
        severity=draft.severity or default_severity(Impact.NONE),
        departments=[], exchanges=[], operators=[], resources=[],
        planned_start_at=draft.planned_start_at, planned_end_at=draft.planned_end_at, planned_history=planned,
        announced_at=None, started_at=draft.started_at, detected_at=draft.detected_at,
        expected_end_at=draft.expected_end_at, ended_at=None, next_update_at=draft.next_update_at, progress=0,
        reason=draft.reason, cause="", measures="", origin=draft.origin, opened_by=author.id,
        publication=Publication.DRAFT, work_uid=draft.work_uid, merge_label=draft.merge_label,
        internal=draft.internal, set_by=known, created_at=now, version=1,
    )  # fmt: skip
    session.add(event)
    session.flush()
    return event


def touch(session: Session, event: Event, impacts: Impacts, author: Actor, now: datetime) -> None:
    """State the impact on some components (new ones join), then the event's own (see `impact_of`).

    The event takes up the places and resources of the components that join. Its severity rises with the worst impact
    of all, hidden ones too, unless a person set it; where a person set its impact, the robot's leave that as it is.
    """
    line_up(session)
    rows = {row.component_id: row for row in components_of(session, event)}
    stated = {component_id: row.impact for component_id, row in rows.items()}
    note_change(session, f"event:{event.uid}", "impacts", stated, {**stated, **impacts})
    new = impacts.keys() - rows.keys()
    known = _with_ancestors(session, new)
    left = _left(session, event) if new else {}
    joining = []
    for component_id, impact in impacts.items():
        row = rows.get(component_id)
        if row is not None:
            row.impact, row.set_by = impact, author.id
            continue
        component = known[component_id]
        joining.append(component)
        if component_id in left:
            row = rows[component_id] = left[component_id]
            row.left_at, row.joined_at, row.impact, row.set_by = None, now, impact, author.id
            continue
        rows[component_id] = EventComponent(
            event_uid=event.uid, component_id=component_id, impact=impact, set_by=author.id,
            name=dict(component.name), path=path_of(session, component), joined_at=now, left_at=None,
        )  # fmt: skip
        session.add(rows[component_id])
    stands = author.type is ActorType.ROBOT and event.set_by.get("impact", author.id) != author.id
    values: dict[str, object] = {} if stands else {"impact": impact_of(session, event)}
    if "severity" not in event.set_by:
        worst = worst_impact(row.impact for row in rows.values())
        values["severity"] = max(event.severity, default_severity(worst))
    public = [component for component in joining if component.visibility is Visibility.PUBLIC]
    for name in ("departments", "exchanges", "operators", "resources"):
        found = [*getattr(event, name), *(each for component in public for each in getattr(component, name))]
        if len(found) > len(getattr(event, name)):
            values[name] = list(dict.fromkeys(found))
    change(session, event, values)


def impact_of(session: Session, event: Event) -> Impact:
    """Give the impact everybody outside reads: of what an event touches now, only what they may know counts (SPEC §4).

    Who must see the worst of all (alerts, the desk's list, what a work was announced with) asks the components.
    """
    session.flush()
    felt = (
        sa.select(Component.visibility, EventComponent.impact)
        .join(EventComponent, EventComponent.component_id == Component.id)
        .where(EventComponent.event_uid == event.uid, EventComponent.left_at.is_(None))
    )
    return told_impact((visibility, impact) for visibility, impact in session.execute(felt))


def _with_ancestors(session: Session, component_ids: Collection[int]) -> dict[int, Component]:
    """Read components and all above them, held together so that none is read twice."""
    known: dict[int, Component] = {}
    wanted = sorted(component_ids)
    while wanted:
        for start in range(0, len(wanted), IDS_A_STATEMENT):
            some = sa.select(Component).where(Component.id.in_(wanted[start : start + IDS_A_STATEMENT]))
            known.update({row.id: row for row in session.scalars(some)})
        above = {row.parent_id for row in known.values() if row.parent_id is not None}
        wanted = sorted(above - known.keys())
    return known


def _left(session: Session, event: Event) -> dict[int, EventComponent]:
    gone = sa.select(EventComponent).where(EventComponent.event_uid == event.uid, EventComponent.left_at.is_not(None))
    return {row.component_id: row for row in session.scalars(gone)}


def post(session: Session, event: Event, what: Post, author: Actor, now: datetime) -> EventUpdate:
    """Write an update on the event as it now stands; it is public at once when the event is."""
    line_up(session)
    rows = components_of(session, event)
    update = EventUpdate(
        event_uid=event.uid, k=None, author_id=author.id, written_at=now, published_at=None,
        happened_at=what.happened_at, action=what.action, state=event.state, impact=event.impact,
        expected_end_at=event.expected_end_at, next_update_at=event.next_update_at, progress=event.progress,
        generated=facts_of(session, event, now, what.restored_at).as_data(),
    )  # fmt: skip
    session.add(update)
    session.flush()
    texts = {language: clean_text(text) for language, text in what.texts.items()}
    note_change(session, f"event:{event.uid}", "text", {}, texts)
    session.add_all(UpdateText(update_id=update.id, language=key, text=text) for key, text in texts.items() if text)
    session.add_all(UpdateComponent(update_id=update.id, component_id=r.component_id, impact=r.impact) for r in rows)
    session.flush()
    if event.publication in _TOLD and event.n is not None:
        publish_update(session, event, update, now)
    return update


def facts_of(session: Session, event: Event, at: datetime, restored_at: datetime | None = None) -> Facts:
    """Gather what the generated sentence states; of the components only those the public may read."""
    named = (
        sa.select(EventComponent.name)
        .join(Component, Component.id == EventComponent.component_id)
        .where(EventComponent.event_uid == event.uid, EventComponent.left_at.is_(None))
        .where(Component.visibility == Visibility.PUBLIC)
        .order_by(EventComponent.joined_at, Component.position, Component.id)
    )
    return Facts(
        type=event.type, state=event.state, impact=event.impact, components=tuple(session.scalars(named)), at=at,
        since=event.started_at, restored=restored_at, ended=event.ended_at, expected_end=event.expected_end_at,
        next_update=event.next_update_at, planned_start=event.planned_start_at, planned_end=event.planned_end_at,
        withdrawn=event.publication is Publication.WITHDRAWN,
        merged_into=_number_of(session, event.merged_into),
    )  # fmt: skip


def _number_of(session: Session, uid: str | None) -> int | None:
    return session.get_one(Event, uid).n if uid is not None else None


def components_of(session: Session, event: Event) -> list[EventComponent]:
    """Give the components the event touches now."""
    touched = sa.select(EventComponent).where(EventComponent.event_uid == event.uid, EventComponent.left_at.is_(None))
    return list(session.scalars(touched.order_by(EventComponent.joined_at, EventComponent.component_id)))


def path_of(session: Session, component: Component) -> str:
    """Give a component's path by slugs, from its area: `telephony/sip/lille`."""
    slugs = [component.slug]
    while component.parent_id is not None:
        component = session.get_one(Component, component.parent_id)
        slugs.append(component.slug)
    return "/".join(reversed(slugs))


def area_of(session: Session, component_id: int) -> str:
    """Give the slug of a component's area."""
    return path_of(session, session.get_one(Component, component_id)).partition("/")[0]


def default_title(session: Session, impacts: Impacts) -> dict[str, str]:
    """Title an event by its components, where nobody gave it one."""
    wanted = sa.select(Component).where(Component.id.in_(impacts)).order_by(Component.position, Component.id)
    components = session.scalars(wanted).all()
    public = [component.name for component in components if component.visibility is Visibility.PUBLIC]
    return event_title("", public, area_of(session, components[0].id) if components else "")


def planned_values(event: Event, start: datetime, end: datetime) -> dict[str, Any]:
    """Give the values of a newly announced pair of times; every earlier pair is kept."""
    history = [*event.planned_history, *_announced(start, end)]
    return {"planned_start_at": start, "planned_end_at": end, "planned_history": history}


def _announced(start: datetime | None, end: datetime | None) -> list[str]:
    return [f"{start.isoformat()}/{end.isoformat()}"] if start and end else []
