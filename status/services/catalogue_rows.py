"""Matches the entries of config.toml with component and check rows, and writes what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.config.model import Settings
from status.domain.states import AREAS
from status.models.component import Check, Component, ComponentAlias
from status.services.catalogue_values import area_values, check_values, component_values, phase_of, positions_of
from status.services.indexing import index_touching
from status.services.places import name_anew, named_by


@dataclass(frozen=True, slots=True)
class RowChange:
    """What happened to rows of one table, by slug or name. `changed` leaves out those in the other lists."""

    added: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    revived: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """What one `apply` did. `first`: there was no check before.

    `still_said`: where written words still say the name of a component that is public no more (`services.hiding`).
    """

    first: bool
    components: RowChange
    checks: RowChange
    still_said: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the rows already were as the file says."""
        return self.components == RowChange() and self.checks == RowChange()


@dataclass(slots=True)
class Rows:
    """All rows, retired ones too, and which row each entry of the file already is (by slug or name)."""

    components: dict[int, Component]
    aliases: dict[str, ComponentAlias]
    checks: dict[int, Check]
    component_of: dict[str, int]
    check_of: dict[str, int]

    @property
    def is_first(self) -> bool:
        """Whether no check was active before."""
        return all(check.retired_at is not None for check in self.checks.values())

    def leaving_components(self) -> list[Component]:
        """Give the active components that left the file."""
        kept = set(self.component_of.values())
        return [
            row
            for row in self.components.values()
            if row.id not in kept and row.retired_at is None and row.slug not in AREAS
        ]

    def leaving_checks(self) -> list[Check]:
        """Give the active checks that left the file."""
        kept = set(self.check_of.values())
        return [row for row in self.checks.values() if row.id not in kept and row.retired_at is None]


class _Notes:
    """Gathers a RowChange; a row new, renamed or revived is named once only."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def note(self, word: str, name: str) -> None:
        self._names.setdefault(word, []).append(name)

    def change(self) -> RowChange:
        return RowChange(**{word: tuple(names) for word, names in self._names.items()})


def read_rows(session: Session, settings: Settings) -> Rows:
    """Read both tables whole and match them with the file."""
    components = {row.id: row for row in session.scalars(sa.select(Component))}
    aliases = {row.slug: row for row in session.scalars(sa.select(ComponentAlias))}
    checks = {row.id: row for row in session.scalars(sa.select(Check))}
    slugs = {row.slug: row.id for row in components.values()}
    former = {slug: alias.component_id for slug, alias in aliases.items()}
    entries = [*((area, ()) for area in AREAS), *((one.slug, one.was) for one in settings.component)]
    return Rows(
        components=components,
        aliases=aliases,
        checks=checks,
        component_of=match(entries, slugs, former),
        check_of=match([(one.name, one.was) for one in settings.check], {c.name: c.id for c in checks.values()}, {}),
    )


def match(
    entries: Iterable[tuple[str, Sequence[str]]], present: Mapping[str, int], former: Mapping[str, int]
) -> dict[str, int]:
    """Map each entry (name, former names) to the row it already is; entries that are new are left out.

    Its own name finds a row first, a retired one too; then the former names, among rows that no entry claims.
    """
    entries = list(entries)
    found = {name: present[name] for name, _ in entries if name in present}
    taken = set(found.values())
    for name, was in entries:
        if name in found:
            continue
        candidates = (present.get(old, former.get(old)) for old in was)
        row = next((row for row in candidates if row is not None and row not in taken), None)
        if row is not None:
            found[name] = row
            taken.add(row)
    return found


def sync_components(session: Session, settings: Settings, rows: Rows, now: datetime) -> RowChange:
    """Write areas and components, parents first, then aliases and retirements, and the places they name."""
    notes = _Notes()
    leaving = rows.leaving_components()
    named = named_by(rows.components.values())
    known = {row.id: _findable(row) for row in rows.components.values()}
    areas = [
        _write_component(session, rows, area, area_values(area, position, settings), notes)
        for position, area in enumerate(AREAS)
    ]
    session.flush()
    ids = {row.slug: row.id for row in areas}
    positions = positions_of(settings.component)
    waiting = list(settings.component)
    while waiting:
        ready = [entry for entry in waiting if entry.parent in ids]
        assert ready, "config.load has checked parents and loops"
        written = [
            (
                entry.slug,
                _write_component(session, rows, entry.slug, component_values(entry, ids, positions, settings), notes),
            )
            for entry in ready
        ]
        session.flush()
        ids.update({slug: row.id for slug, row in written})
        waiting = [entry for entry in waiting if entry.slug not in ids]
    rows.component_of.update(ids)
    _write_aliases(session, settings, rows)
    _retire(leaving, [row.slug for row in leaving], now, notes)
    session.flush()
    name_anew(session, named, named_by(session.scalars(sa.select(Component))), now)
    index_touching(session, [row.id for row in rows.components.values() if known.get(row.id) != _findable(row)])
    return notes.change()


def _findable(row: Component) -> tuple[object, ...]:
    """Give what of a component is found by a search, and whether it may be."""
    return dict(row.name), row.visibility, list(row.departments), list(row.exchanges), list(row.resources)


def sync_checks(session: Session, settings: Settings, rows: Rows, now: datetime) -> RowChange:
    """Write checks and retirements. A row's phase is set once and never again."""
    notes = _Notes()
    leaving = rows.leaving_checks()
    for entry in settings.check:
        values = check_values(entry, rows.component_of[entry.component])
        row = rows.checks.get(rows.check_of.get(entry.name, -1))
        if row is None:
            session.add(Check(**values, phase=phase_of(entry.name)))
            notes.note("added", entry.name)
        else:
            _write(row, values, entry.name, renamed=row.name != entry.name, notes=notes)
    _retire(leaving, [row.name for row in leaving], now, notes)
    session.flush()
    return notes.change()


def _write_component(session: Session, rows: Rows, slug: str, values: Mapping[str, Any], notes: _Notes) -> Component:
    row = rows.components.get(rows.component_of.get(slug, -1))
    if row is None:
        row = Component(**values)
        session.add(row)
        notes.note("added", slug)
    else:
        _write(row, values, slug, renamed=row.slug != slug, notes=notes)
    return row


def _write(row: Component | Check, values: Mapping[str, Any], name: str, *, renamed: bool, notes: _Notes) -> None:
    differing = {key: value for key, value in values.items() if getattr(row, key) != value}
    if not differing:
        return
    if renamed:
        notes.note("renamed", name)
    elif row.retired_at is not None:
        notes.note("revived", name)
    else:
        notes.note("changed", name)
    for key, value in differing.items():
        setattr(row, key, value)


def _retire(leaving: Sequence[Component | Check], names: Sequence[str], now: datetime, notes: _Notes) -> None:
    for row, name in zip(leaving, names, strict=True):
        row.retired_at = now
        notes.note("retired", name)


def _write_aliases(session: Session, settings: Settings, rows: Rows) -> None:
    """Point every former slug at its component; a slug in use again is no longer a former one."""
    for slug, alias in rows.aliases.items():
        if slug in rows.component_of:
            session.delete(alias)
    for entry in settings.component:
        for former in entry.was:
            known = rows.aliases.get(former)
            component_id = rows.component_of[entry.slug]
            if known is None:
                session.add(ComponentAlias(slug=former, component_id=component_id))
            elif known.component_id != component_id:
                known.component_id = component_id
