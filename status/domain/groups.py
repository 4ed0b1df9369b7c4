"""How much of each merge label is down: in a mass failure the rest needs no confirmation (rule, point 15). Sans-IO."""

from __future__ import annotations

from collections.abc import Iterable

from status.domain.check_state import CheckState
from status.domain.states import Verdict


class Groups:
    """The components of each merge label that are down, and its checks that fail undecided."""

    def __init__(self) -> None:
        self._down: dict[str, set[int]] = {}
        self._failing: dict[str, set[int]] = {}

    def forget(self, state: CheckState) -> None:
        """Let go of a check that left the catalogue, or its label; its component counts anew with the next look."""
        self._failing.get(state.view.group, set()).discard(state.view.check_id)
        self._down.get(state.view.group, set()).discard(state.view.component_id)

    def is_mass(self, state: CheckState) -> bool:
        """Whether members enough of a check's label are down, its own component not counted."""
        view = state.view
        down = self._down.get(view.group) if view.group else None
        if not down:
            return False
        return len(down) - (view.component_id in down) >= view.rule.mass_members

    def note(self, state: CheckState, siblings: Iterable[CheckState]) -> tuple[int, ...]:
        """Count a check as it stands now, `siblings` being its component's checks.

        Give the checks that waited for confirmations, once the label has members enough down that none is needed.
        """
        view = state.view
        if not view.group:
            return ()
        down, failing = self._down.setdefault(view.group, set()), self._failing.setdefault(view.group, set())
        if state.verdict is not Verdict.DOWN:
            if view.component_id in down and not any(sibling.verdict is Verdict.DOWN for sibling in siblings):
                down.discard(view.component_id)
            (failing.add if state.failing else failing.discard)(view.check_id)
            return ()
        failing.discard(view.check_id)
        if view.component_id in down:
            return ()
        down.add(view.component_id)
        return tuple(sorted(failing)) if len(down) == view.rule.mass_members else ()
