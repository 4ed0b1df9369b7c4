"""Keeps the component and check rows as config.toml says, and gives the catalogue the decider works from.

Settings ─match▶ which row each entry is ─guard▶ (Refused) ─sync▶ only what changed is written ─▶ CatalogueChange
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.registry import kinds
from probes.types import Check as ProbeCheck
from status.config.model import CheckEntry, Settings
from status.domain.states import Policy, Visibility
from status.models.component import Check, Component, Location
from status.models.installation import Installation
from status.services.catalogue_guard import guard
from status.services.catalogue_rows import CatalogueChange, read_rows, sync_checks, sync_components
from status.services.catalogue_values import detection_of
from status.services.changing import line_up
from status.services.hiding import hide_names

__all__ = [
    "Catalogue",
    "CatalogueChange",
    "CatalogueCheck",
    "CatalogueComponent",
    "apply",
    "begin",
    "detection_of",
    "probe_check",
    "read_catalogue",
]


@dataclass(frozen=True, slots=True)
class CatalogueComponent:
    """A component as the decider knows it; an area has no parent.

    `path` is the slugs from its area down, joined by `/`. `depends_on` are the declared ones; `dependencies` adds the
    tree parent when that has a check of its own. `needs` is k of "k of n checks"; None: the worst check decides.
    """

    id: int
    slug: str
    parent_id: int | None
    path: str
    name: Mapping[str, str]
    depends_on: tuple[int, ...]
    dependencies: tuple[int, ...]
    merge_label: str
    needs: int | None
    policy_down: Policy
    policy_degraded: Policy
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class CatalogueCheck:
    """A check and the component it speaks for.

    `phase` is its place on the grid (share of the interval, 0 ≤ phase < 1); `detection` its own numbers of the rule,
    by the names of `[check.detection]`: what is left out is inherited from `[detection]`.
    """

    check: ProbeCheck
    component_id: int
    phase: float
    detection: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is not retired: components with parents before children, checks by id."""

    components: tuple[CatalogueComponent, ...]
    checks: tuple[CatalogueCheck, ...]


def apply(session: Session, settings: Settings, now: datetime, *, confirm: bool = False) -> CatalogueChange:
    """Bring components, aliases, checks and the location in line with `settings`; give what changed.

    Entries that left the file are retired, never deleted. Raise Refused before anything is written when that would
    retire a component with an open event or coming work, or more than 20 % of the checks, unless `confirm`. A public
    change raises the installation's revision. The name of a component that is public no more leaves what was told.
    """
    line_up(session)
    rows = read_rows(session, settings)
    if not confirm:
        guard(session, rows)
    public = [row for row in rows.components.values() if row.visibility is Visibility.PUBLIC]
    components = sync_components(session, settings, rows, now)
    hidden = [row for row in public if row.visibility is not Visibility.PUBLIC]
    still_said = hide_names(session, hidden) if hidden else ()
    checks = sync_checks(session, settings, rows, now)
    _ensure_location(session, settings.monitor.location, now)
    change = CatalogueChange(first=rows.is_first, components=components, checks=checks, still_said=still_said)
    if not change.is_empty:
        session.execute(sa.update(Installation).values(revision=Installation.revision + 1))
    return change


def begin(session: Session, settings: Settings, now: datetime) -> None:
    """Apply a new installation's catalogue, so that its first page isn't empty; leave one that exists alone."""
    if session.scalar(sa.select(Component.id).limit(1)) is None:
        apply(session, settings, now)


def read_catalogue(session: Session) -> Catalogue:
    """Read the catalogue of the last `apply`, with each check's options ready for use."""
    rows = list(session.scalars(sa.select(Component).where(Component.retired_at.is_(None))))
    checks = list(session.scalars(sa.select(Check).where(Check.retired_at.is_(None)).order_by(Check.id)))
    checked = {check.component_id for check in checks}
    paths = _paths(rows)
    ids = {row.slug: row.id for row in rows}
    ordered = sorted(rows, key=lambda row: (paths[row.id].count("/"), row.position, row.id))
    return Catalogue(
        components=tuple(_component(row, ids, checked, paths) for row in ordered),
        checks=tuple(_check(row) for row in checks),
    )


def probe_check(entry: CheckEntry, id: int) -> ProbeCheck:  # noqa: A002 - Check's own word
    """Give a valid entry as a prober knows it."""
    options = kinds()[entry.kind].options.model_validate(entry.options)
    return ProbeCheck(id, entry.name, entry.kind, entry.interval_s, entry.timeout_s, options)


def _component(
    row: Component, ids: Mapping[str, int], checked: set[int], paths: Mapping[int, str]
) -> CatalogueComponent:
    declared = tuple(ids[slug] for slug in row.depends_on)
    parents = (row.parent_id,) if row.parent_id in checked and row.parent_id is not None else ()
    return CatalogueComponent(
        id=row.id,
        slug=row.slug,
        parent_id=row.parent_id,
        path=paths[row.id],
        name=row.name,
        depends_on=declared,
        dependencies=tuple(dict.fromkeys((*parents, *declared))),
        merge_label=row.merge_label,
        needs=row.needs,
        policy_down=row.policy_down,
        policy_degraded=row.policy_degraded,
        visibility=row.visibility,
    )


def _check(row: Check) -> CatalogueCheck:
    options = kinds()[row.kind].options.model_validate(row.options)
    check = ProbeCheck(row.id, row.name, row.kind, row.interval_s, row.timeout_s, options)
    return CatalogueCheck(check, row.component_id, row.phase, row.detection)


def _paths(rows: list[Component]) -> dict[int, str]:
    """Map each component to its slugs from the area down, joined by `/`."""
    by_id = {row.id: row for row in rows}
    paths: dict[int, str] = {}
    for row in rows:
        slugs, node = [row.slug], row
        while node.parent_id is not None:
            node = by_id[node.parent_id]
            slugs.append(node.slug)
        paths[row.id] = "/".join(reversed(slugs))
    return paths


def _ensure_location(session: Session, slug: str, now: datetime) -> None:
    if session.scalar(sa.select(Location.id).where(Location.slug == slug)) is None:
        session.add(Location(slug=slug, created_at=now, set_aside_at=None, set_aside_reason=""))
        session.flush()
