"""What public pages are made of, as marks: where two readings differ, a page that shows it may differ.

Everything a page can show of an event is in its mark, whatever changed it: a new post, a corrected or redacted word,
a component that joined, a link, a post-mortem. A component's mark is its state as shown and its past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.models import (
    Component,
    ComponentAlias,
    Event,
    EventComponent,
    EventLink,
    EventPlace,
    EventUpdate,
    OlderText,
    PostMortem,
    UpdateText,
    VerdictInterval,
)
from status.models import Place as PlaceRow
from status.queries.cards import SHOWN
from status.queries.tree import Node, read_tree

_Rows = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class EventMark:
    """A public event: `mark` differs when anything of it does.

    `components` are the ids it touches or touched, `relatives` the uids of events its page may name, `places` what it
    names (`departments/59`).
    """

    n: int
    mark: int
    components: tuple[int, ...]
    relatives: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Marks:
    """All of one state. When `everything` differs, so may any page.

    Events are by uid, components (`nodes`, `pasts`) by id; `places` are the names of the known ones in service by
    their address (`exchanges/lil59`).
    """

    everything: Hashable
    events: Mapping[str, EventMark]
    nodes: Mapping[int, Node]
    pasts: Mapping[int, int]
    places: Mapping[str, str]


def read_marks(session: Session, audience: Audience, since: datetime) -> Marks:
    """Read the marks of what `audience` may know. `since` is where the bars begin: what ended before shows in none.

    Eleven statements, whatever the number of events; 20,000 of them take some 0.3 s.
    """
    tree = read_tree(session, audience)
    connection = session.connection()  # plain rows, all at once: a session takes twice as long to give them
    return Marks(
        everything=(_structure(connection), tree.blind_since),
        events=_events(connection),
        nodes=tree.by_id,
        pasts=_pasts(connection, since),
        places=_known_places(connection),
    )


def read_quiet_places(session: Session) -> dict[str, str]:
    """Give the names of the known places no event names, by their address: nothing is on there, and never was."""
    named = sa.select(_raw(EventPlace.kind), EventPlace.slug).join(Event, Event.uid == EventPlace.event_uid)
    shown = named.where(Event.publication.in_(SHOWN), Event.n.is_not(None)).distinct()
    connection = session.connection()
    busy = {f"{kind}/{slug}" for kind, slug in connection.execute(shown).all()}
    return {place: name for place, name in _known_places(connection).items() if place not in busy}


def _structure(connection: sa.Connection) -> int:
    """Mark the components as configured, and their former slugs: all pages name some of them."""
    components = connection.execute(sa.select(*(_raw(column) for column in Component.__table__.columns))).all()
    aliases = connection.execute(sa.select(ComponentAlias.slug, ComponentAlias.component_id)).all()
    return hash((frozenset(map(repr, components)), frozenset(map(tuple, aliases))))


def _known_places(connection: sa.Connection) -> dict[str, str]:
    row = PlaceRow
    known = sa.select(_raw(row.kind), row.slug, row.code, row.name).where(row.retired_at.is_(None))
    return {f"{kind}/{slug}": name or code for kind, slug, code, name in connection.execute(known).all()}


def _pasts(connection: sa.Connection, since: datetime) -> dict[int, int]:
    """Mark the spans each bar is drawn from, and when each component was first watched."""
    row = VerdictInterval
    spans: dict[int, list[Hashable]] = defaultdict(list)
    begun = sa.select(row.component_id, sa.func.min(row.id), _raw(sa.func.min(row.began_at))).group_by(row.component_id)
    shown = sa.select(
        row.component_id, row.id, _raw(row.verdict), _raw(row.began_at), _raw(row.ended_at), row.superseded_by
    ).where(row.ended_at.is_(None) | (row.ended_at > since))
    for statement in (begun, shown.order_by(row.id)):
        for row_ in connection.execute(statement).all():
            spans[row_[0]].append(tuple(row_[1:]))
    return {component_id: hash(tuple(marks)) for component_id, marks in spans.items()}


def _events(connection: sa.Connection) -> dict[str, EventMark]:
    related = (Event.merged_into, Event.work_uid, Event.split_from)
    rows = connection.execute(
        sa.select(Event.uid, Event.n, Event.version, _raw(Event.publication), *related).where(
            Event.publication.in_(SHOWN), Event.n.is_not(None)
        )
    ).all()
    marks: dict[str, list[Hashable]] = {row[0]: [tuple(row)] for row in rows}
    relatives = {row[0]: {uid for uid in row[4:] if uid is not None} for row in rows}
    components: dict[str, list[int]] = defaultdict(list)
    for uid, component_id, *mark in connection.execute(_touches()).all():
        components[uid].append(component_id)
        _add(marks, uid, (component_id, *mark))
    for statement in (_posts(), _older_words(), _post_mortems()):
        for uid, *mark in connection.execute(statement).all():
            _add(marks, uid, tuple(mark))
    for one, other in connection.execute(sa.select(EventLink.event_uid, EventLink.other_uid)).all():
        for uid, linked in ((one, other), (other, one)):
            _add(marks, uid, linked)
            relatives.get(uid, set()).add(linked)
    places = _places(connection)
    return {
        row[0]: EventMark(
            n=row[1] or 0,
            mark=hash((tuple(marks[row[0]]), places.get(row[0], ()))),
            components=tuple(components.get(row[0], ())),
            relatives=tuple(relatives[row[0]]),
            places=places.get(row[0], ()),
        )
        for row in rows
    }


def _touches() -> _Rows:
    row = EventComponent
    return sa.select(row.event_uid, row.component_id, _raw(row.impact), _raw(row.left_at), row.set_by).order_by(
        row.event_uid, row.component_id
    )


def _posts() -> _Rows:
    """Sum up an event's published posts: how many in how many languages, how long, what was touched last."""
    text = UpdateText
    return (
        sa.select(
            EventUpdate.event_uid,
            sa.func.count(),
            sa.func.max(EventUpdate.id),
            sa.func.sum(sa.func.length(text.text)),
            _raw(sa.func.max(text.modified_at)),
            _raw(sa.func.max(text.redacted_at)),
            _raw(sa.func.max(text.published_at)),
        )
        .join(text, text.update_id == EventUpdate.id)
        .where(EventUpdate.k.is_not(None))
        .group_by(EventUpdate.event_uid)
    )


def _older_words() -> _Rows:
    count, newest = sa.func.count(), sa.func.max(OlderText.id)
    joined = sa.select(EventUpdate.event_uid, count, newest).join(OlderText, OlderText.update_id == EventUpdate.id)
    return joined.group_by(EventUpdate.event_uid)


def _post_mortems() -> _Rows:
    published = PostMortem.published_at
    return sa.select(PostMortem.event_uid, PostMortem.version, _raw(published)).where(published.is_not(None))


def _places(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    rows = connection.execute(sa.select(EventPlace.event_uid, _raw(EventPlace.kind), EventPlace.slug)).all()
    for uid, kind, slug in rows:
        found[uid].append(f"{kind}/{slug}")
    return {uid: tuple(sorted(names)) for uid, names in found.items()}


def _add(marks: dict[str, list[Hashable]], uid: str, mark: Hashable) -> None:
    if uid in marks:
        marks[uid].append(mark)


def _raw(column: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[str]:
    """Read a column as the database has it: nothing of it is shown, and reading it is three times as fast."""
    return sa.type_coerce(column, sa.String)


def differing(old: Mapping[str, EventMark], new: Mapping[str, EventMark]) -> Iterable[str]:
    """Give the uids of events that came, left or changed."""
    return [uid for uid in {*old, *new} if old.get(uid) != new.get(uid)]
