"""The component tree with the state the reader sees, by the one function that says it (`domain.public_state`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import Audience
from status.domain.public_state import EventImpact, Facts, NodeState, public_states
from status.domain.public_state import Node as FactNode
from status.domain.states import (
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    WORST_FIRST,
    ActorType,
    EventState,
    EventType,
    Origin,
    Publication,
    PublicState,
)
from status.models import Actor, Check, Event, EventComponent, Location, VerdictInterval
from status.queries.components import Place, Places, read_places
from status.queries.snapshot import kept

TROUBLED = (PublicState.DOWN, PublicState.DEGRADED, PublicState.UNKNOWN, PublicState.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Node:
    """A component as shown. `since` is the start of its present state, None when nothing was ever decided."""

    place: Place
    state: PublicState
    facts: NodeState
    since: datetime | None
    draft_since: datetime | None

    @property
    def id(self) -> int:
        """Give the component's id."""
        return self.place.id

    @property
    def rank(self) -> int:
        """Give its place in the order of worst first."""
        return WORST_FIRST.index(self.state)

    @property
    def is_troubled(self) -> bool:
        """Whether it is anything but operational or unwatched."""
        return self.state in TROUBLED

    @property
    def decides(self) -> bool:
        """Whether its state is its own, not only the sum of what hangs below it."""
        return self.facts.own is self.state

    @property
    def not_well(self) -> int:
        """Count its children that are down or degraded."""
        return self.facts.counts.get(PublicState.DOWN, 0) + self.facts.counts.get(PublicState.DEGRADED, 0)

    @property
    def unknown(self) -> int:
        """Count its children whose state is unknown."""
        return self.facts.counts.get(PublicState.UNKNOWN, 0)


@dataclass(frozen=True, slots=True)
class Tree:
    """All components in service that a reader may know, with their states."""

    places: Places
    by_id: Mapping[int, Node]
    blind_since: datetime | None = None
    """Since when none of our locations sees anything, where a state is unknown; None while one does."""

    @property
    def areas(self) -> tuple[Node, ...]:
        """Give the areas in their fixed order."""
        return tuple(self.by_id[place.id] for place in self.places.areas if place.id in self.by_id)

    def children_of(self, node: Node) -> tuple[Node, ...]:
        """Give the direct children in the order they are shown."""
        return tuple(self.by_id[place.id] for place in self.places.children.get(node.id, ()))

    def below(self, node: Node) -> Iterator[Node]:
        """Give all descendants."""
        return (self.by_id[place.id] for place in self.places.below(node.place))


@dataclass(frozen=True, slots=True)
class _Touch:
    uid: str
    n: int | None
    component_id: int
    impact: EventImpact
    type: EventType
    state: EventState
    publication: Publication
    origin: Origin
    since: datetime | None

    @property
    def is_robots_draft(self) -> bool:
        """Whether a detected failure waits for a person; what a person drafts is nobody's business yet."""
        return self.publication is Publication.DRAFT and self.origin is Origin.PROBE and self.type is EventType.INCIDENT


def read_tree(session: Session, audience: Audience) -> Tree:
    """Read the tree as `audience` sees it.

    Four statements for the public, five where a state is unknown, whatever the number of components.
    """
    return kept(session, ("tree", audience), lambda: _read_tree(session, audience))


def _read_tree(session: Session, audience: Audience) -> Tree:
    places = read_places(session, audience)
    watched = frozenset(session.scalars(sa.select(Check.component_id).where(Check.retired_at.is_(None)).distinct()))
    open_intervals = session.scalars(
        sa.select(VerdictInterval).where(VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None))
    ).all()
    touches = _touches(session, places)
    drafts = {touch.component_id: touch.since for touch in touches if touch.is_robots_draft and touch.since is not None}
    nodes = _in_service(places, watched)
    states = public_states(
        Facts(
            nodes=nodes,
            verdicts={row.component_id: row.verdict for row in open_intervals},
            impacts=tuple(touch.impact for touch in touches if _is_open_incident(touch)),
            works=_worked_on(places, touches),
            drafts={component_id: since.timestamp() for component_id, since in drafts.items()},
        )
    )
    began = {row.component_id: row.began_at for row in open_intervals}
    since = _since(places, states, began, touches)
    by_id = {
        node.id: Node(
            place=places.by_id[node.id],
            state=states[node.id].shown,
            facts=states[node.id],
            since=since.get(node.id),
            draft_since=drafts.get(node.id) if _is_told_as_draft(states[node.id]) else None,
        )
        for node in nodes
    }
    doubt = any(node.state is PublicState.UNKNOWN for node in by_id.values())
    return Tree(places, by_id, _blind_since(session) if doubt else None)


def _blind_since(session: Session) -> datetime | None:
    """Give when the last of our locations was set aside; None while one sees, or when there is none."""
    set_aside = session.scalars(sa.select(Location.set_aside_at)).all()
    times = [at for at in set_aside if at is not None]
    return max(times) if times and len(times) == len(set_aside) else None


def _is_told_as_draft(state: NodeState) -> bool:
    """Whether a draft is all the public knows of a component; a published incident speaks for itself."""
    return state.draft_since is not None and not state.events


def _in_service(places: Places, watched: frozenset[int]) -> tuple[FactNode, ...]:
    family = [place for area in places.areas for place in (area, *places.below(area))]
    return tuple(FactNode(place.id, place.parent_id, place.slug, place.id in watched) for place in family)


def _touches(session: Session, places: Places) -> tuple[_Touch, ...]:
    running = Event.state.in_((*OPEN_INCIDENT_STATES, *RUNNING_WORK_STATES))
    shown = Event.publication.in_((Publication.PUBLIC, Publication.DRAFT))
    statement = (
        sa.select(Event, EventComponent, Actor.type)
        .join(EventComponent, EventComponent.event_uid == Event.uid)
        .join(Actor, Actor.id == EventComponent.set_by)
        .where(running, shown, Event.internal.is_(False), EventComponent.left_at.is_(None))
    )
    found = []
    for event, touch, actor in session.execute(statement).all():
        if touch.component_id in places.by_id:
            by_person = actor is not ActorType.ROBOT
            impact = EventImpact(event.uid, event.n, touch.component_id, touch.impact, by_person)
            since = event.started_at or event.detected_at
            draft = _Touch(
                event.uid,
                event.n,
                touch.component_id,
                impact,
                event.type,
                event.state,
                event.publication,
                event.origin,
                since,
            )
            found.append(draft)
    return tuple(found)


def _is_open_incident(touch: _Touch) -> bool:
    return touch.publication is Publication.PUBLIC and not touch.type.is_work


def _worked_on(places: Places, touches: tuple[_Touch, ...]) -> frozenset[int]:
    worked: set[int] = set()
    for touch in touches:
        if touch.type.is_work and touch.publication is Publication.PUBLIC:
            worked.add(touch.component_id)
            worked.update(place.id for place in places.below(places.by_id[touch.component_id]))
    return frozenset(worked)


def _since(
    places: Places,
    states: Mapping[int, NodeState],
    began: Mapping[int, datetime],
    touches: tuple[_Touch, ...],
) -> dict[int, datetime]:
    """Say since when each component is what it is: its verdict or event where its own state shows, else its children's.

    Of children the earliest counts among those that made the sum.
    """
    incidents, works = _starts(places, touches)
    since: dict[int, datetime] = {}
    for place in reversed(list(places.by_id.values())):
        state = states.get(place.id)
        if state is None:
            continue
        if state.own is state.shown:
            events = works if state.shown is PublicState.MAINTENANCE else incidents
            own = _own_since(state, began.get(place.id), events.get(place.id))
            if own is not None:
                since[place.id] = own
            continue
        made_it = [child.id for child in places.children[place.id] if _shares(states[child.id].shown, state.shown)]
        times = [since[child] for child in made_it if child in since]
        if times:
            since[place.id] = max(times) if state.shown is PublicState.OPERATIONAL else min(times)
    return since


def _starts(places: Places, touches: tuple[_Touch, ...]) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """Give the earliest start of an incident or draft, and of a work, by component; a work's reach goes down."""
    incidents: dict[int, datetime] = {}
    works: dict[int, datetime] = {}
    for touch in touches:
        if touch.since is None:
            continue
        place = places.by_id[touch.component_id]
        starts = works if touch.type.is_work else incidents
        for reached in (place, *(places.below(place) if touch.type.is_work else ())):
            starts[reached.id] = min(starts.get(reached.id, touch.since), touch.since)
    return incidents, works


def _own_since(state: NodeState, verdict: datetime | None, event: datetime | None) -> datetime | None:
    if state.shown in (PublicState.OPERATIONAL, PublicState.UNKNOWN):
        return verdict
    return event or verdict


def _shares(child: PublicState, shown: PublicState) -> bool:
    if shown is PublicState.DEGRADED:
        return child in (PublicState.DEGRADED, PublicState.DOWN)
    return child is shown
