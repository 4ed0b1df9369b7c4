"""The state the public sees: one function for pages, bars, feeds, JSON and badges (SPEC §1 b-e).

A component's own verdict (SPEC §1 a) is detection's: `domain.component_verdict`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from status.domain.event import shown_by, worst_impact
from status.domain.states import WORST_FIRST, Impact, PublicState, Verdict, Visibility

SHOWN_VERDICT: Final = {
    Verdict.OPERATIONAL: PublicState.OPERATIONAL,
    Verdict.DEGRADED: PublicState.DEGRADED,
    Verdict.DOWN: PublicState.DOWN,
    Verdict.MAINTENANCE: PublicState.MAINTENANCE,
    Verdict.UNKNOWN: PublicState.UNKNOWN,
    Verdict.LOCAL: PublicState.OPERATIONAL,
    Verdict.UNREACHABLE: PublicState.DOWN,
}
"""Local (seen from one location only) and unreachable (behind a dead parent) are desk words."""

_BANNER: Final = (PublicState.DOWN, PublicState.DEGRADED, PublicState.UNKNOWN, PublicState.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Node:
    """A component of the tree. `parent_id` is None for an area."""

    id: int
    parent_id: int | None
    slug: str
    has_checks: bool
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True)
class EventImpact:
    """What a published open incident says of one component; `by_person`: a person wrote this impact."""

    uid: str
    n: int | None
    component_id: int
    impact: Impact
    by_person: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All the public state is made of.

    `verdicts` by component (none for a component with checks is unknown); `works` are the component ids, descendants
    included, of works in progress; `drafts` says since when (Unix seconds) a draft waits on a component.
    """

    nodes: tuple[Node, ...]
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    impacts: tuple[EventImpact, ...] = ()
    works: frozenset[int] = frozenset()
    drafts: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeState:
    """A component as shown.

    `own` is its own state (None without checks and events), `shown` the worst of it and its children's sum. `counts`
    are its shown children by state. `events` (uid, number) give its own state; `draft_since` (Unix seconds) is set
    while a draft decides it; `in_work` says a work runs on it, `work_below` on it or anything shown below it.
    """

    id: int
    slug: str
    own: PublicState | None
    shown: PublicState
    counts: Mapping[PublicState, int]
    events: tuple[tuple[str, int | None], ...]
    draft_since: float | None
    in_work: bool
    work_below: bool

    @property
    def unwatched(self) -> bool:
        """Whether nothing is known of it and nothing is meant to be."""
        return self.shown is PublicState.UNWATCHED

    @property
    def children(self) -> int:
        """How many children it is shown with."""
        return sum(self.counts.values())


def worst(states: Iterable[PublicState]) -> PublicState:
    """Give the worst of some states; unwatched of none."""
    return min(states, key=WORST_FIRST.index, default=PublicState.UNWATCHED)


def children_sum(counts: Mapping[PublicState, int]) -> PublicState | None:
    """Sum up how many children are shown as what (SPEC §1 d, first match); None when no watched child is among them."""
    watched = sum(counts.values()) - counts.get(PublicState.UNWATCHED, 0)
    known = watched - counts.get(PublicState.UNKNOWN, 0)
    down = counts.get(PublicState.DOWN, 0)
    if not watched:
        return None
    if known and down == known:
        return PublicState.DOWN
    if down or counts.get(PublicState.DEGRADED, 0):
        return PublicState.DEGRADED
    if 2 * (watched - known) >= watched:
        return PublicState.UNKNOWN
    if counts.get(PublicState.MAINTENANCE, 0):
        return PublicState.MAINTENANCE
    return PublicState.OPERATIONAL


def public_states(
    facts: Facts, visible: Collection[Visibility] = frozenset({Visibility.PUBLIC})
) -> dict[int, NodeState]:
    """Give the shown state of every visible component, by id.

    A component that is not visible is left out and counts nowhere; its visible children count for the nearest visible
    component above it.
    """
    by_id = {node.id: node for node in facts.nodes}
    children: dict[int, list[int]] = {node.id: [] for node in facts.nodes}
    for node in facts.nodes:
        parent = by_id.get(node.parent_id) if node.parent_id is not None else None
        if parent is not None:
            children[parent.id].append(node.id)
    impacts: dict[int, list[EventImpact]] = {}
    for impact in facts.impacts:
        impacts.setdefault(impact.component_id, []).append(impact)
    shown: dict[int, NodeState] = {}
    seen_as: dict[int, list[NodeState]] = {}
    for node in _leaves_first(by_id, children):
        below = [state for child in children[node.id] for state in seen_as[child]]
        if node.visibility not in visible:
            seen_as[node.id] = below
            continue
        shown[node.id] = _node_state(facts, node, impacts.get(node.id, []), below)
        seen_as[node.id] = [shown[node.id]]
    return {node.id: shown[node.id] for node in facts.nodes if node.id in shown}


def banner(areas: Iterable[NodeState]) -> tuple[tuple[PublicState, NodeState], ...]:
    """Name every area that is not operational: outages, degraded, unknown, works, in that order.

    An area in trouble with a work below it is named twice: once for each. An unwatched one is not named.
    """
    lines = []
    for area in areas:
        if area.shown in _BANNER:
            lines.append((area.shown, area))
        if area.work_below and area.shown is not PublicState.MAINTENANCE:
            lines.append((PublicState.MAINTENANCE, area))
    return tuple(sorted(lines, key=lambda line: _BANNER.index(line[0])))


def _leaves_first(by_id: Mapping[int, Node], children: Mapping[int, list[int]]) -> list[Node]:
    order = [node.id for node in by_id.values() if node.parent_id not in by_id]
    for node_id in order:
        order.extend(children[node_id])
    return [by_id[node_id] for node_id in reversed(order)]


def _node_state(facts: Facts, node: Node, impacts: Sequence[EventImpact], below: Sequence[NodeState]) -> NodeState:
    in_work = node.id in facts.works
    deciding = [impact for impact in impacts if impact.by_person] or list(impacts)
    by_person = any(impact.by_person for impact in deciding)
    draft_since = None if by_person else facts.drafts.get(node.id)
    own = _own_state(facts, node, deciding, draft_since)
    counts = Counter(state.shown for state in below)
    total = children_sum(counts)
    return NodeState(
        id=node.id,
        slug=node.slug,
        own=own,
        shown=worst(state for state in (own, total) if state is not None),
        counts=counts,
        events=tuple((impact.uid, impact.n) for impact in deciding),
        draft_since=draft_since,
        in_work=in_work,
        work_below=in_work or any(state.work_below for state in below),
    )


def _own_state(
    facts: Facts, node: Node, deciding: Sequence[EventImpact], draft_since: float | None
) -> PublicState | None:
    """A person's word alone; else the robot's beside what the checks say, where a waiting draft reads as degraded."""
    states = []
    if deciding:
        states.append(shown_by(worst_impact(impact.impact for impact in deciding)))
    if not any(impact.by_person for impact in deciding):
        if draft_since is not None:
            states.append(PublicState.DEGRADED)
        elif node.has_checks:
            states.append(SHOWN_VERDICT[facts.verdicts.get(node.id, Verdict.UNKNOWN)])
    if node.id in facts.works:
        states.append(PublicState.MAINTENANCE)
    return worst(states) if states else None
