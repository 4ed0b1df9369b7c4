"""What an event does to what a customer has with us: each of his components it touches, with circuits and impact."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.event import worst_impact
from status.domain.states import IMPACT_WORST_FIRST, Impact
from status.models import Component, CustomerComponent, UpdateComponent
from status.queries.components import Place, Places

Impacts = Mapping[int, Impact]
"""The stated impact by component id."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A component of a customer that is touched. `has_other_path`: one redundant with it stands in for it."""

    place: Place
    circuits: tuple[str, ...]
    impact: Impact
    has_other_path: bool


def read_circuits(session: Session, customer_uid: str) -> dict[int, tuple[str, ...]]:
    """Give the circuits of a customer by component id."""
    rows = session.execute(
        sa.select(CustomerComponent.component_id, CustomerComponent.circuits).where(
            CustomerComponent.customer_uid == customer_uid
        )
    )
    return {component_id: tuple(circuits) for component_id, circuits in rows}


def read_impacts(session: Session, update_ids: Collection[int]) -> dict[int, Impact]:
    """Give the worst impact that some updates stated, by component id."""
    stated: dict[int, list[Impact]] = {}
    rows = sa.select(UpdateComponent.component_id, UpdateComponent.impact)
    for component_id, impact in session.execute(rows.where(UpdateComponent.update_id.in_(update_ids))):
        stated.setdefault(component_id, []).append(impact)
    return {component_id: worst_impact(impacts) for component_id, impacts in stated.items()}


def read_twins(session: Session) -> frozenset[int]:
    """Give the components that have another path: either of a pair may say so."""
    rows = session.execute(sa.select(Component.id, Component.slug, Component.redundant_with)).all()
    named = {slug for row in rows for slug in row.redundant_with}
    return frozenset(row.id for row in rows if row.redundant_with or row.slug in named)


def touched_of(
    places: Places, circuits: Mapping[int, tuple[str, ...]], impacts: Impacts, twins: frozenset[int]
) -> tuple[Owned, ...]:
    """Give what of these components is touched, in the order of the tree.

    What is stated of a component holds for all below it; for one above it, of which it is a part, it is degraded at
    worst. What the customer may not know counts for nothing.
    """
    found: list[Owned] = []
    for place in places.by_id.values():
        if place.id not in circuits:
            continue
        within = {place.id, *(each.id for each in places.path(place))}
        below = set(places.ids_below(place))
        felt = {id_: impact for id_, impact in impacts.items() if id_ in within}
        felt |= {id_: _in_part(impact) for id_, impact in impacts.items() if id_ in below}
        if felt:
            other_path = not twins.isdisjoint({place.id, *felt})
            found.append(Owned(place, circuits[place.id], worst_impact(felt.values()), other_path))
    return tuple(found)


def _in_part(impact: Impact) -> Impact:
    is_worse = IMPACT_WORST_FIRST.index(impact) < IMPACT_WORST_FIRST.index(Impact.DEGRADED)
    return Impact.DEGRADED if is_worse else impact
