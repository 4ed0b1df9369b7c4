"""Whether a person may do a deed to this very thing: role and scopes, then his areas. Asked by desk, API and mail."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from status.domain.permissions import Deed, Person
from status.models import Check, Event
from status.services.events import area_of, components_of


def require_on_event(session: Session, person: Person, deed: Deed, event: Event) -> None:
    """Raise Refused when he may not do this to the event: one touched component must be in an area of his.

    An event that touches nothing is everybody's.
    """
    person.require(deed)
    areas = {row.path.partition("/")[0] for row in components_of(session, event)}
    if areas:
        person.require_area(areas)


def require_on_components(session: Session, person: Person, deed: Deed, component_ids: Iterable[int]) -> None:
    """Raise Refused when one of these components, whose impact he states, is in no area of his."""
    person.require(deed)
    for component_id in component_ids:
        person.require_area({area_of(session, component_id)})


def require_on_check(session: Session, person: Person, deed: Deed, check: Check) -> None:
    """Raise Refused when he may not do this to the check: its component must be in an area of his."""
    require_on_components(session, person, deed, [check.component_id])
