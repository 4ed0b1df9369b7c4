"""One row of the table of routes: what the Flask rules, the OpenAPI document and the tests' matrix are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from status.domain.permissions import Deed, Person
from status.models import Actor, Check, Component, Event
from status.runtime import Runtime
from status.services import allowing
from status.web.api import finding
from status.web.api.shapes.base import NoQuery, Query
from status.web.api.shapes.events import EventAnswer

Model = TypeVar("Model", bound=BaseModel)

PREFIX: Final = "/api/v1"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE: Final = "GET"


@dataclass(frozen=True, slots=True)
class Told:
    """What a view answers. `version` becomes the ETag, `location` the address of what was made.

    `kept` is what is kept for a repetition under the same Idempotency-Key where the answer holds a secret.
    """

    body: BaseModel | None = None
    version: int | None = None
    location: str | None = None
    kept: BaseModel | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request, let in and read. `author` is the person as an author of deeds; `require_version` from If-Match."""

    session: Session
    runtime: Runtime
    person: Person
    author: Actor | None
    now: datetime
    deed: Deed
    path: Mapping[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=NoQuery)
    body: BaseModel | None = None

    @property
    def by(self) -> Actor:
        """Give the author. Only where something is written."""
        assert self.author is not None, "a reading route writes"
        return self.author

    def given(self, model: type[Model]) -> Model:
        """Give the body."""
        assert isinstance(self.body, model)
        return self.body

    def asked(self, model: type[Model]) -> Model:
        """Give the query."""
        assert isinstance(self.query, model)
        return self.query

    def event(self) -> Event:
        """Give the event of the path, which he may do this deed to; a work's needs what planning one needs."""
        event = finding.event(self.session, self.path["event"])
        self.require_on(event)
        return event

    def require_on(self, event: Event) -> None:
        """Raise Refused when he may not do this deed to an event."""
        if self.deed is Deed.READ:
            return
        if event.type.is_work:
            self.person.require(Deed.PLAN)
        allowing.require_on_event(self.session, self.person, self.deed, event)

    def may_state(self, component_ids: list[int]) -> None:
        """Raise Refused when he states the impact of a component that is not in an area of his."""
        allowing.require_on_components(self.session, self.person, self.deed, component_ids)

    def check(self) -> Check:
        """Give the check of the path, which he may do this deed to."""
        check = finding.check(self.session, self.path["check"])
        if self.deed is not Deed.READ:
            allowing.require_on_check(self.session, self.person, self.deed, check)
        return check

    def component(self) -> Component:
        """Give the component of the path."""
        return finding.component(self.session, self.path["component"])


View = Callable[[Call], Told]
Guard = Callable[[Call], int | None]
"""Gives the version of what an edit changes; None where there is nothing yet that somebody could have changed."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method on a path below `/api/v1`. `body` None: none is taken; `answer` None: none is given (204).

    `edits`: it changes what somebody may have changed since, so If-Match is required: with the version of the path's
    event, or the one its `guard` gives. `makes`: it also makes what is not there yet, and then needs no If-Match.
    """

    method: str
    path: str
    name: str
    deed: Deed
    view: View
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    query: type[Query] = NoQuery
    status: int = 200
    edits: bool = False
    versioned: bool = False
    guard: Guard | None = None
    makes: bool = False

    def __post_init__(self) -> None:
        """Refuse a row that would answer without asking who may."""
        if not isinstance(self.deed, Deed):
            raise TypeError(f"{self.method} {self.path}: a route names the deed it needs, found {self.deed!r}")
        if self.method not in METHODS:
            raise ValueError(f"{self.path}: {self.method!r} is none of {', '.join(METHODS)}")
        if self.edits and self.guard is None and "{event}" not in self.path:
            raise ValueError(f"{self.path}: If-Match goes with an event's version, or with a guard's")

    @property
    def writes(self) -> bool:
        """Whether it needs a write transaction."""
        return self.method != SAFE

    @property
    def parameters(self) -> tuple[str, ...]:
        """Give the names of the path's parameters."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def rule(self) -> str:
        """Give the path as Flask writes it."""
        return PREFIX + re.sub(r"{(\w+)}", r"<\1>", self.path)

    def statuses(self) -> tuple[int, ...]:
        """Give every status it may answer with, refusals too; the OpenAPI document names them."""
        found = {self.status, 400, 401, 403, 422, 429, 500, 503}
        if self.parameters:
            found.add(404)
        if self.writes:
            found |= {409, 413}
        if self.body is not None:
            found.add(415)
        if self.edits:
            found.add(428)
        if self.method == "POST" or self.edits or (self.writes and "event" in self.parameters):
            found.add(412)
        return tuple(sorted(found))


def event_step(
    name: str, deed: Deed, view: View, summary: str, body: type[BaseModel] | None = None, *, of: str = "events",
    answer: type[BaseModel] = EventAnswer,
) -> Route:  # fmt: skip
    """Give the route of a step on an event, which If-Match guards."""
    path = f"/{of}/{{event}}/{name}"
    return Route("POST", path, f"{name}-{of}", deed, view, summary, answer, body, edits=True, versioned=True)
