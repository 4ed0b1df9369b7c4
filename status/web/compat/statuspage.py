"""Statuspage's read API, `/api/v2/*.json`: exact shape, filled by the tables of SPEC §2.

    tree ─▶ components: a group for each area, all that hangs below it as its components
    timelines ─▶ incidents, scheduled maintenances (works)

Answers are in the default language. A component that nothing watches is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Final

import sqlalchemy as sa
from flask import Blueprint, Response

from status.domain.identifiers import short_id
from status.domain.states import (
    COMING_WORK_STATES,
    OPEN_INCIDENT_STATES,
    RUNNING_WORK_STATES,
    EventState,
    EventType,
    Publication,
)
from status.models import Event, Installation
from status.models.event import BEGAN
from status.queries.cards import known
from status.queries.snapshot import kept_last
from status.queries.timelines import Timeline, read_timelines
from status.queries.tree import Tree, read_tree
from status.web.compat.outward import Document, milliseconds, present_answer, refusal
from status.web.compat.statuspage_components import Listed, indicator, list_components
from status.web.compat.statuspage_events import as_incident
from status.web.scope import Scope, request_scope

MOST: Final = 50
"""So many incidents or maintenances are listed, the newest (of coming works: the nearest)."""


class _Answering:
    """What one answer is made of, each read once and only when it is needed."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.tree: Tree = read_tree(scope.session, scope.audience)
        installation = scope.session.get(Installation, 1)
        self.born = installation.created_at if installation is not None else scope.at
        self.page_id = short_id("page", installation.authority if installation is not None else "")
        self._moment = (scope.audience, scope.at)
        self.listed: tuple[Listed, ...] = kept_last(scope.session, "statuspage components", self._moment, self._list)

    def page(self) -> Document:
        """Say whose page it is."""
        site = self.scope.settings.site
        return {
            "id": self.page_id, "name": site.name, "url": site.public_url.rstrip("/"), "time_zone": site.timezone,
            "updated_at": milliseconds(self.scope.moment.verified_at),
        }  # fmt: skip

    def status(self) -> Document:
        """Say how it is on the whole."""
        level, words = indicator(self.tree, self.listed, self._incidents_open)
        return {"indicator": level, "description": words}

    def components(self) -> list[Document]:
        """Give every component that is watched, areas as groups."""
        return [listed.document for listed in self.listed]

    def incidents(self) -> list[Document]:
        """Give the newest, open or over."""
        return self._told(self._newest(~_IS_WORK))

    def unresolved(self) -> list[Document]:
        """Give those that go on."""
        return [self._incident(timeline) for timeline in self._incidents_open]

    def works(self) -> list[Document]:
        """Give the newest works, coming, running or over."""
        return self._told(self._newest(_IS_WORK))

    def upcoming(self) -> list[Document]:
        """Give those to come, the nearest first."""
        return self._told(_live(COMING_WORK_STATES).order_by(Event.planned_start_at, Event.n).limit(MOST))

    def active(self) -> list[Document]:
        """Give those in progress."""
        return self._told(_live(RUNNING_WORK_STATES).order_by(Event.planned_start_at, Event.n))

    @cached_property
    def _incidents_open(self) -> tuple[Timeline, ...]:
        open_ones = _live(OPEN_INCIDENT_STATES).order_by(BEGAN.desc(), Event.n.desc())
        read = partial(read_timelines, self.scope.session, self.tree.places, open_ones)
        return kept_last(self.scope.session, "statuspage incidents", self._moment, read)

    def _list(self) -> tuple[Listed, ...]:
        return list_components(self.tree, self._incidents_open, self.page_id, self.born)

    def _newest(self, of_type: sa.ColumnElement[bool]) -> sa.Select[Event]:
        events = sa.select(Event).where(known(self.tree.places), of_type)
        return events.order_by(BEGAN.desc(), Event.n.desc()).limit(MOST)

    def _told(self, events: sa.Select[Event]) -> list[Document]:
        return [self._incident(timeline) for timeline in read_timelines(self.scope.session, self.tree.places, events)]

    def _incident(self, timeline: Timeline) -> Document:
        known = {listed.component_id: listed.document for listed in self.listed}
        return as_incident(timeline, self.page_id, known, self.scope)


_IS_WORK: Final = Event.type != EventType.INCIDENT


def _live(states: tuple[EventState, ...]) -> sa.Select[Event]:
    is_public = sa.and_(Event.publication == Publication.PUBLIC, Event.n.is_not(None))
    return sa.select(Event).where(is_public, Event.state.in_(states))


_DOORS: Final[dict[str, Callable[[_Answering], Document]]] = {
    "summary": lambda said: {
        "components": said.components(), "incidents": said.unresolved(),
        "scheduled_maintenances": [*said.active(), *said.upcoming()], "status": said.status(),
    },
    "status": lambda said: {"status": said.status()},
    "components": lambda said: {"components": said.components()},
    "incidents": lambda said: {"incidents": said.incidents()},
    "incidents/unresolved": lambda said: {"incidents": said.unresolved()},
    "scheduled-maintenances": lambda said: {"scheduled_maintenances": said.works()},
    "scheduled-maintenances/upcoming": lambda said: {"scheduled_maintenances": said.upcoming()},
    "scheduled-maintenances/active": lambda said: {"scheduled_maintenances": said.active()},
}  # fmt: skip
"""By the address below `/api/v2/`: what an answer holds beside `page`."""


def register(compat: Blueprint) -> None:
    """Add the routes."""
    for name, fill in _DOORS.items():
        endpoint = f"statuspage_{name.replace('/', '_').replace('-', '_')}"
        compat.add_url_rule(f"/api/v2/{name}.json", endpoint, partial(_show, fill))


def _show(fill: Callable[[_Answering], Document]) -> Response:
    refused = refusal()
    if refused is not None:
        return refused
    said = _Answering(request_scope())
    return present_answer({"page": said.page(), **fill(said)})
