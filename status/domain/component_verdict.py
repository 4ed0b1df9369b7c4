"""A component's verdict from its checks (SPEC §1a): the worst, or k of n where configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from status.domain.states import Verdict

if TYPE_CHECKING:
    from status.domain.check_state import CheckState, CheckView


@dataclass(frozen=True, slots=True)
class ComponentChecks:
    """The checks that decide one component; `needs` of them well keep it from being down (None: all)."""

    check_ids: tuple[int, ...]
    needs: int | None

    @classmethod
    def gather(cls, views: Iterable[CheckView]) -> dict[int, ComponentChecks]:
        """Sort checks by component."""
        found: dict[int, list[int]] = {}
        needs: dict[int, int | None] = {}
        for view in views:
            found.setdefault(view.component_id, []).append(view.check_id)
            needs[view.component_id] = view.needs
        return {component_id: cls(tuple(ids), needs[component_id]) for component_id, ids in found.items()}


def component_verdict(
    states: Sequence[CheckState],
    needs: int | None,
    any_location: bool,  # noqa: FBT001 - a fact, not a switch
) -> tuple[Verdict, CheckState | None]:
    """Give the verdict and the check that leads to it.

    A check that is unknown counts only when no other check of the component decides. With `needs` = k of n: fewer
    than k well is down, all well is operational, in between is degraded.
    """
    if not any_location:
        return Verdict.UNKNOWN, None
    sorted_: Mapping[Verdict, list[CheckState]] = {verdict: [] for verdict in Verdict}
    for state in states:
        sorted_[state.shown].append(state)
    down, well = sorted_[Verdict.DOWN], sorted_[Verdict.OPERATIONAL]
    if down:
        leading = min(down, key=lambda state: state.began)
        if needs is not None and len(well) >= needs:
            return Verdict.DEGRADED, leading
        if needs is not None and len(well) + len(sorted_[Verdict.UNKNOWN]) >= needs:
            return Verdict.UNKNOWN, None
        return Verdict.DOWN, leading
    if well:
        return Verdict.OPERATIONAL, max(well, key=lambda state: state.began)
    return Verdict.UNKNOWN, None
