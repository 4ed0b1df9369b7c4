"""Our component tree as Statuspage's two levels: an area is a group, all that hangs below it are its components."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from status.domain.identifiers import short_id
from status.domain.public_state import banner
from status.domain.states import IMPACT_WORST_FIRST, Impact, PublicState
from status.queries.timelines import Timeline
from status.queries.tree import Node, Tree
from status.web.compat.outward import (
    STATUSPAGE_COMPONENT,
    STATUSPAGE_INCIDENT,
    Document,
    milliseconds,
)
from status.web.language import gettext as _
from status.web.language import language, ngettext
from status.wording.languages import pick

OF_STATE: Final = {
    PublicState.OPERATIONAL: "operational",
    PublicState.DEGRADED: "degraded_performance",
    PublicState.UNKNOWN: "degraded_performance",
    PublicState.DOWN: "major_outage",
    PublicState.MAINTENANCE: "under_maintenance",
}
"""By the state the public reads; Statuspage has no word for unknown (SPEC §2)."""

LEVELS: Final = ("critical", "major", "minor", "maintenance", "none")
_LEVEL_OF: Final = {
    "operational": "none",
    "under_maintenance": "maintenance",
    "degraded_performance": "minor",
    "partial_outage": "major",
    "major_outage": "major",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A component as it is told."""

    component_id: int
    document: Document


def component_id_of(slug: str) -> str:
    """Give a component's identifier; it follows its slug."""
    return short_id("component", slug)


def list_components(tree: Tree, incidents: Sequence[Timeline], page_id: str, born: datetime) -> tuple[Listed, ...]:
    """Give every watched component, each area before what hangs below it."""
    partly = _partly_out(incidents)
    listed: list[Listed] = []
    for rank, area in enumerate((area for area in tree.areas if _is_told(area)), start=1):
        below = [node for node in tree.below(area) if _is_told(node)]
        group_id = component_id_of(area.place.slug) if below else None
        head = _document(area, partly, page_id, born) | {"position": rank, "group": bool(below)}
        if below:
            head["components"] = [component_id_of(node.place.slug) for node in below]
        listed.append(Listed(area.id, head))
        for position, node in enumerate(below, start=1):
            document = _document(node, partly, page_id, born)
            listed.append(Listed(node.id, document | {"position": position, "group_id": group_id}))
    return tuple(listed)


def indicator(tree: Tree, listed: Sequence[Listed], incidents: Sequence[Timeline]) -> tuple[str, str]:
    """Give the level of the whole and its sentence: the worst of components and open incidents, an area's own first."""
    levels = {_LEVEL_OF[one.document["status"]] for one in listed}
    levels.update(STATUSPAGE_INCIDENT[timeline.card.impact] for timeline in incidents)
    if any(area.state is PublicState.DOWN for area in tree.areas):
        levels.add("critical")
    level = min(levels, key=LEVELS.index, default="none")
    sentences = list(_sentences(tree))
    if not sentences and incidents:
        sentences = [ngettext("%(num)d incident in progress", "%(num)d incidents in progress", len(incidents))]
    return level, ". ".join(sentences) or _("No known incident")


def _sentences(tree: Tree) -> Iterator[str]:
    for state, area in banner(node.facts for node in tree.areas):
        name = pick(tree.by_id[area.id].place.name, language())[0]
        yield {
            PublicState.DOWN: _("%(area)s: outage in progress", area=name),
            PublicState.DEGRADED: _("%(area)s: degraded", area=name),
            PublicState.UNKNOWN: _("%(area)s: state unknown", area=name),
            PublicState.MAINTENANCE: _("%(area)s: works in progress", area=name),
        }[state]


def _is_told(node: Node) -> bool:
    return node.state is not PublicState.UNWATCHED


def _partly_out(incidents: Sequence[Timeline]) -> frozenset[int]:
    """Give the components whose worst impact in open incidents is that some customers are cut."""
    worst: dict[int, Impact] = {}
    for timeline in incidents:
        for touched in timeline.card.touched:
            if touched.left_at is None:
                worst[touched.component_id] = min(
                    touched.impact, worst.get(touched.component_id, Impact.NONE), key=IMPACT_WORST_FIRST.index
                )
    return frozenset(id_ for id_, impact in worst.items() if impact is Impact.PARTIAL)


def _document(node: Node, partly: frozenset[int], page_id: str, born: datetime) -> Document:
    status = OF_STATE[node.state]
    if node.state is PublicState.DEGRADED and node.id in partly and node.decides:
        status = STATUSPAGE_COMPONENT[Impact.PARTIAL]
    place = node.place
    return {
        "id": component_id_of(place.slug), "name": pick(place.name, language())[0], "status": status,
        "created_at": milliseconds(born), "updated_at": milliseconds(node.since or born), "position": 1,
        "description": pick(place.description, language())[0] or None, "showcase": True, "start_date": None,
        "group_id": None, "page_id": page_id, "group": False, "only_show_if_degraded": False,
    }  # fmt: skip
