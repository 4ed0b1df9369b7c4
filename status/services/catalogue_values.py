"""What the rows of the catalogue hold for each entry of config.toml; reads and writes no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from probes.registry import kinds
from status.config.model import CheckEntry, Component, Detection, Settings
from status.domain.states import AREAS, Visibility

AREA_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "hosting": {"fr": "Hébergement", "en": "Hosting"},
    "email": {"fr": "E-mail", "en": "Email"},
    "telephony": {"fr": "Téléphonie", "en": "Telephony"},
    "xdsl": {"fr": "xDSL", "en": "xDSL"},
}

_LISTS: Final = ("symptoms", "resources", "departments", "exchanges", "operators", "depends_on", "redundant_with")


def phase_of(name: str) -> float:
    """Give a check's place on the grid as a share of its interval, 0 ≤ phase < 1: a stable hash of its name."""
    return (int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") >> 11) / 2**53


def detection_of(settings: Settings, entry: CheckEntry) -> Detection:
    """Give the rule of one check: its own numbers over those of `[detection]`."""
    return settings.detection.model_copy(update=entry.detection.model_dump(exclude_none=True))


def positions_of(entries: Sequence[Component]) -> dict[str, int]:
    """Number siblings from 0 by `order`, then by their place in the file."""
    siblings: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: entry.order):
        siblings.setdefault(entry.parent, []).append(entry.slug)
    return {slug: position for slugs in siblings.values() for position, slug in enumerate(slugs)}


def area_values(area: str, position: int, settings: Settings) -> dict[str, Any]:
    """Give an area's row: a root, in its fixed place, with nothing to configure but the policy."""
    lists: dict[str, Any] = {key: [] for key in _LISTS}
    return {
        **lists,
        "slug": area,
        "parent_id": None,
        "name": dict(AREA_NAMES[area]),
        "description": {},
        "needs": None,
        "position": position,
        "merge_label": area,
        "visibility": Visibility.PUBLIC,
        "legacy_project": None,
        "policy_down": settings.publication.down,
        "policy_degraded": settings.publication.degraded,
        "retired_at": None,
    }


def component_values(
    entry: Component, ids: Mapping[str, int], positions: Mapping[str, int], settings: Settings
) -> dict[str, Any]:
    """Give a component's row. Without a `group` its merge label is its parent; below an area, itself."""
    own_label = entry.slug if entry.parent in AREAS else entry.parent
    return {
        **{key: list(getattr(entry, key)) for key in _LISTS},
        "slug": entry.slug,
        "parent_id": ids[entry.parent],
        "name": dict(entry.name),
        "description": dict(entry.description),
        "needs": entry.needs,
        "position": positions[entry.slug],
        "merge_label": entry.group or own_label,
        "visibility": entry.visibility,
        "legacy_project": entry.legacy_project,
        "policy_down": entry.publication.down or settings.publication.down,
        "policy_degraded": entry.publication.degraded or settings.publication.degraded,
        "retired_at": None,
    }


def check_values(entry: CheckEntry, component_id: int) -> dict[str, Any]:
    """Give a check's row. Options and the check's own numbers of the rule stand as written, secrets as references."""
    options = kinds()[entry.kind].options.model_validate(entry.options)
    return {
        "name": entry.name,
        "component_id": component_id,
        "kind": entry.kind,
        "interval_s": entry.interval_s,
        "timeout_s": entry.timeout_s,
        "options": options.model_dump(mode="json", exclude_unset=True),
        "detection": entry.detection.model_dump(mode="json", exclude_none=True),
        "retired_at": None,
    }
