"""Puts components and events of a story at places, for the tests of their pages."""

from __future__ import annotations

from sqlalchemy.orm import Session

from status.domain.states import PlaceKind
from status.models import Component, Event, EventPlace, Place
from status.services.places import know
from tests.status.web.builder import Story


def put(
    story: Story,
    slug: str,
    departments: tuple[str, ...] = (),
    exchanges: tuple[str, ...] = (),
    resources: tuple[str, ...] = (),
) -> None:
    """Let a component name places, as the catalogue would."""
    row = story.session.get_one(Component, story.ids[slug])
    row.departments, row.exchanges, row.resources = list(departments), list(exchanges), list(resources)
    know(story.session, PlaceKind.EXCHANGE, exchanges)
    know(story.session, PlaceKind.RESOURCE, resources)
    story.session.flush()


def name(session: Session, event: Event, kind: PlaceKind, code: str) -> None:
    """Let an event name a place, as its index says."""
    session.add(EventPlace(event_uid=event.uid, kind=kind, slug=know(session, kind, [code])[code]))
    session.flush()


def locate(session: Session, code: str, called: str, insee: str, department: str) -> None:
    """Say where an exchange is, as an import does."""
    row = session.get_one(Place, (PlaceKind.EXCHANGE, know(session, PlaceKind.EXCHANGE, [code])[code]))
    row.name, row.insee, row.department = called, insee, department
    session.flush()
