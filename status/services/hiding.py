"""Takes the name of a component out of what was told, when the public may no longer know it (SPEC §4)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import Visibility
from status.models import Component, Event, EventComponent, EventUpdate, Installation, PostMortem, UpdateText
from status.services.letters import take_back

AT_ONCE: Final = 500
"""So many events are looked through by one round of statements."""

Name = Mapping[str, str]


def hide_names(session: Session, components: Sequence[Component]) -> tuple[str, ...]:
    """Take names out of every sentence made from facts, and out of what was kept or is to be sent, as a redaction does.

    The name of the day it was told counts. Words that were written, a title made from names too, are left: give the
    events where they still say one of these names (`FS#42 (title, post 3)`), for a person to redact.
    """
    now = {component.id: component.name for component in components}
    touched = sa.select(EventComponent.event_uid, EventComponent.component_id, EventComponent.name)
    names: dict[str, list[Name]] = defaultdict(list)
    for uid, component_id, name in session.execute(touched.where(EventComponent.component_id.in_(now))):
        names[uid] += [name, now[component_id]]
    uids = list(names)
    still: list[str] = []
    for start in range(0, len(uids), AT_ONCE):
        some = {uid: names[uid] for uid in uids[start : start + AT_ONCE]}
        known = _still_public(session, some)
        gone = {uid: [name for name in theirs if name not in known[uid]] for uid, theirs in some.items()}
        _leave_facts(session, gone)
        still += _still_said(session, gone)
    return tuple(still)


def _still_public(session: Session, uids: Collection[str]) -> Mapping[str, Sequence[Name]]:
    """Give the names of what else an event touches: one that bears the same name goes on bearing it."""
    rows = sa.select(EventComponent.event_uid, EventComponent.name)
    rows = rows.join(Component, Component.id == EventComponent.component_id)
    found: dict[str, list[Name]] = defaultdict(list)
    public = Component.visibility == Visibility.PUBLIC
    for uid, name in session.execute(rows.where(public, EventComponent.event_uid.in_(uids))):
        found[uid].append(name)
    return found


def _leave_facts(session: Session, gone: Mapping[str, Sequence[Name]]) -> None:
    posts = sa.select(EventUpdate.id, EventUpdate.event_uid, EventUpdate.generated)
    changed: list[dict[str, Any]] = []
    told: set[str] = set()
    for id_, uid, generated in session.execute(posts.where(EventUpdate.event_uid.in_(gone))):
        named = generated.get("components", [])
        left = [name for name in named if name not in gone[uid]]
        if len(left) < len(named):
            changed.append({"id": id_, "generated": {**generated, "components": left}})
            told.add(uid)
    if not changed:
        return
    session.execute(sa.update(EventUpdate), changed)
    for uid in sorted(told):
        take_back(session, uid)
    session.execute(sa.update(Installation).values(redactions=Installation.redactions + 1))


def _still_said(session: Session, gone: Mapping[str, Sequence[Name]]) -> Iterator[str]:
    """Name the events whose written words say one of the names, with where they do."""
    numbered = sa.select(Event).where(Event.uid.in_(gone), Event.n.is_not(None)).order_by(Event.n)
    events = session.scalars(numbered).all()
    words: dict[str, list[tuple[str, str]]] = {event.uid: list(_of_event(event)) for event in events}
    posts = sa.select(EventUpdate.event_uid, EventUpdate.k, UpdateText.text).where(EventUpdate.k.is_not(None))
    posts = posts.join(UpdateText, UpdateText.update_id == EventUpdate.id).order_by(EventUpdate.k)
    for uid, k, text in session.execute(posts.where(EventUpdate.event_uid.in_(words))):
        words[uid].append((f"post {k}", text))
    for taught in session.scalars(sa.select(PostMortem).where(PostMortem.event_uid.in_(words))):
        words[taught.event_uid] += [("post-mortem", text) for text in taught.text.values()]
    for event in events:
        spoken = {said for name in gone[event.uid] for said in name.values() if said}
        if not spoken:
            continue
        says = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(spoken)))})(?!\w)", re.IGNORECASE)
        where = dict.fromkeys(place for place, text in words[event.uid] if says.search(text))
        if where:
            yield f"FS#{event.n} ({', '.join(where)})"


def _of_event(event: Event) -> Iterator[tuple[str, str]]:
    for place, said in (("title", event.title), ("advice", event.advice)):
        yield from ((place, text) for text in said.values())
    yield from (("cause", event.cause), ("measures", event.measures), ("reason", event.withdrawn_reason or ""))
