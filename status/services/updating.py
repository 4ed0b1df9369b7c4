"""A person's update: what changes on the event, and the post that says so, in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from status.domain.event import closes, reopens, require_move
from status.domain.refused import Refused
from status.domain.states import EventState, Impact, Publication
from status.domain.work import moves_of
from status.domain.written import clean_text, clean_title, in_utc
from status.models import Actor, Event, EventUpdate
from status.services.changing import change, require_version
from status.services.events import Post, components_of, post, touch
from status.services.instructions import event_changed
from status.wording.languages import LANGUAGES

CLEARABLE: Final = frozenset({"expected_end_at", "next_update_at"})
"""Times that an update may take back."""


@dataclass(frozen=True, slots=True)
class Update:
    """What a person changes; None leaves a thing as it is. `impact` holds for every component, `impacts` for some.

    `cleared` are times (of CLEARABLE) that are promised or expected no more; one that is given as well stands.

    `version` is the event's version he looked at (None: he did not say); another one since then is a conflict.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    state: EventState | None = None
    impact: Impact | None = None
    impacts: Mapping[int, Impact] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)
    expected_end_at: datetime | None = None
    next_update_at: datetime | None = None
    progress: int | None = None
    happened_at: datetime | None = None
    version: int | None = None
    cleared: frozenset[str] = frozenset()


def update(
    session: Session, event: Event, what: Update, author: Actor, now: datetime, *, action: str = "update"
) -> EventUpdate:
    """Change an event and post it. Raise Refused for a move that is not allowed, an empty update or a withdrawn event.

    Setting state or impact of an incident takes it over: the robot then neither rewrites nor closes it.
    """
    require_version(event, what.version)
    if event.publication in (Publication.WITHDRAWN, Publication.MERGED):
        raise Refused("not_open", f"the event is {event.publication.value}: nothing can be added to it")
    values = _values(event, what, author, now)
    impacts = {row.component_id: what.impact for row in components_of(session, event) if what.impact is not None}
    impacts.update(what.impacts)
    texts = {language: clean_text(text) for language, text in what.texts.items()}
    check_words(what.title, texts)
    if not values and not impacts and not any(texts.values()):
        raise Refused("nothing", "the update says nothing: give a text, a state, an impact or a time")
    if impacts:
        _take(values, event, author)
        touch(session, event, impacts, author, now)
    change(session, event, values, author)
    if impacts:
        change(session, event, {"set_by": {**event.set_by, "impact": author.id}})
    written = post(session, event, Post(action, texts, what.happened_at), author, now)
    event_changed(session, author, event, action, now)
    return written


def check_words(title: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """Raise Refused for a language we don't speak."""
    unknown = sorted({*title, *texts} - set(LANGUAGES))
    if unknown:
        raise Refused("language", f"no language {unknown[0]!r}; expected one of {', '.join(LANGUAGES)}")


def _values(event: Event, what: Update, author: Actor, now: datetime) -> dict[str, object]:
    values: dict[str, object] = {}
    if what.state is not None and what.state is not event.state:
        require_move(moves_of(event.type), event.state, what.state)
        values.update(_state_values(event, what.state, what.happened_at or now))
        _take(values, event, author)
    if what.title:
        titles = {key: clean_title(text) for key, text in what.title.items()}
        if not all(titles.values()):
            raise Refused("no_title", "the new title is empty: say what is touched and what happens")
        values["title"] = {**event.title, **titles}
    values.update(_cleared(event, what))
    if what.expected_end_at is not None:
        values["expected_end_at"] = _coming(what.expected_end_at, now, "the expected end")
    if what.next_update_at is not None:
        values["next_update_at"] = _coming(what.next_update_at, now, "the next update")
    elif event.next_update_at is not None and event.next_update_at <= now:
        values["next_update_at"] = None
    if what.progress is not None:
        if not 0 <= what.progress <= 100:  # noqa: PLR2004 - per cent
            raise Refused("progress", f"progress is {what.progress}; expected 0 to 100 (per cent)")
        values["progress"] = what.progress
    if what.happened_at is not None and what.happened_at > now:
        raise Refused("future", f"it cannot have happened at {in_utc(what.happened_at)}: that is still to come")
    return values


def _cleared(event: Event, what: Update) -> dict[str, object]:
    """Give the times that go; one that was not there changes nothing."""
    unknown = sorted(what.cleared - CLEARABLE)
    if unknown:
        raise Refused("cleared", f"{unknown[0]!r} cannot be taken back; only {', '.join(sorted(CLEARABLE))}")
    return {name: None for name in sorted(what.cleared) if getattr(event, name) is not None}


def _state_values(event: Event, state: EventState, at: datetime) -> dict[str, object]:
    values: dict[str, object] = {"state": state}
    if closes(event.state, state):
        values["ended_at"] = max(at, event.started_at) if event.started_at else at
    elif reopens(event.state, state):
        values["ended_at"] = None
    if state is EventState.IN_PROGRESS:
        values["started_at"] = at
    if state is EventState.DONE:
        values["progress"] = 100
    return values


def _take(values: dict[str, object], event: Event, author: Actor) -> None:
    if not event.type.is_work and event.taken_by is None:
        values["taken_by"] = author.id


def _coming(at: datetime, now: datetime, name: str) -> datetime:
    if at <= now:
        raise Refused("past", f"{name} is {in_utc(at)}, which is past: give a time to come")
    return at
