"""What people decided about the past: impacts they set, and false alarms they withdrew (SPEC §1 f, §2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.availability import Span, combine, overlay
from status.domain.event import shown_by
from status.domain.public_state import worst
from status.domain.states import ActorType, EventType, Impact, Origin, Publication, PublicState
from status.models import Actor, Event, EventComponent, EventUpdate, UpdateComponent

_BAD = (PublicState.DOWN, PublicState.DEGRADED)
_Touch = tuple[Event, EventComponent]


class Decided:
    """The words of people on the time since `begin`; what was brought in from elsewhere says nothing of what was seen.

    One statement; two where a person set an impact.
    """

    def __init__(self, session: Session, begin: datetime, until: datetime) -> None:
        people = sa.select(Actor.id).where(Actor.type != ActorType.ROBOT)
        withdrawn = Event.publication == Publication.WITHDRAWN
        told = Event.publication.in_((Publication.PUBLIC, Publication.MERGED)) & EventComponent.set_by.in_(people)
        rows = session.execute(
            sa.select(Event, EventComponent)
            .join(EventComponent, EventComponent.event_uid == Event.uid)
            .where(Event.type == EventType.INCIDENT, withdrawn | told, Event.origin != Origin.IMPORT)
            .where(Event.ended_at.is_(None) | (Event.ended_at > begin))
        ).all()
        self._until = until
        self._denied: dict[int, list[Event]] = {}
        theirs: list[_Touch] = []
        for event, touch in rows:
            if event.publication is Publication.WITHDRAWN:
                self._denied.setdefault(touch.component_id, []).append(event)
            else:
                theirs.append((event, touch))
        self._spans = _spans(session, theirs, until)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._spans or self._denied)

    def applied(self, component_id: int, line: Sequence[Span]) -> tuple[Span, ...]:
        """Give a component's line with what people decided over what was detected; a false alarm's time is unwatched.

        A false alarm reaches as far as the run of failures it belongs to.
        """
        spans = self._spans.get(component_id)
        over = combine([(span,) for span in spans], lambda counts: worst(counts.elements())) if spans else ()
        line = overlay(line, over)
        for event in self._denied.get(component_id, ()):
            line = overlay(line, _taken_out(event, line))
        return tuple(line)


def _taken_out(event: Event, line: Sequence[Span]) -> tuple[Span, ...]:
    began, ended = event.started_at or event.created_at, event.ended_at
    if ended is None:
        return ()
    run = [span for span in line if span.state in _BAD and span.began < ended and span.ended > began]
    began, ended = min([began, *(span.began for span in run)]), max([ended, *(span.ended for span in run)])
    return (Span(PublicState.UNWATCHED, began, ended),) if ended > began else ()


def _spans(session: Session, touches: Sequence[_Touch], until: datetime) -> dict[int, list[Span]]:
    """Give the spans of the impacts that people set: each from its update to the next one, or to the event's end."""
    stated = _stated(session, {event.uid for event, _ in touches})
    found: dict[int, list[Span]] = {}
    for event, touch in touches:
        ends = min([until, *(at for at in (event.ended_at, touch.left_at) if at is not None)])
        # Stated nowhere: it came with an incident that was merged in, of which nothing could be told.
        moves = stated.get((event.uid, touch.component_id)) or [(touch.joined_at, touch.impact)]
        following = [at for at, _ in moves[1:]]
        for (at, impact), after in zip(moves, [*following, ends], strict=True):
            span = Span(shown_by(impact), at, min(after, ends))
            if span.ended > span.began:
                found.setdefault(touch.component_id, []).append(span)
    return found


def _stated(session: Session, uids: set[str]) -> Mapping[tuple[str, int], list[tuple[datetime, Impact]]]:
    """Give what updates stated since a person's first one, by event and component, in order."""
    if not uids:
        return {}
    rows = session.execute(
        sa.select(EventUpdate, UpdateComponent, Actor.type, Event.started_at)
        .join(UpdateComponent, UpdateComponent.update_id == EventUpdate.id)
        .join(Actor, Actor.id == EventUpdate.author_id)
        .join(Event, Event.uid == EventUpdate.event_uid)
        .where(EventUpdate.event_uid.in_(uids))
        .order_by(EventUpdate.id)
    )
    found: dict[tuple[str, int], list[tuple[datetime, Impact]]] = {}
    for update, component, author, started_at in rows:
        key = (update.event_uid, component.component_id)
        if key not in found and author is ActorType.ROBOT:
            continue
        at = update.happened_at or update.written_at
        if update.action == "open" and started_at is not None:
            at = started_at
        moves = found.setdefault(key, [])
        moves.append((max(at, moves[-1][0]) if moves else at, component.impact))
    return found
