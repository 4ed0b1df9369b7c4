"""A component's verdict from its checks (SPEC §1a): the worst, or k of n where configured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from status.domain.states import Verdict

if TYPE_CHECKING:
    from status.domain.check_state import CheckState


def component_verdict(states: Sequence[CheckState], needs: int | None) -> tuple[Verdict, CheckState | None]:
    """Give the verdict and the check that leads to it.

    A check that is unknown counts only when no other check of the component decides. With `needs` = k of n: fewer
    than k well is down, all well is operational, in between is degraded; a check seen failing from one location only,
    or degraded, is well enough for k.
    """
    sorted_: dict[Verdict, list[CheckState]] = {}
    for state in states:
        sorted_.setdefault(state.shown, []).append(state)
    down = sorted_.get(Verdict.DOWN, [])
    standing = [state for state in states if state.shown not in {Verdict.DOWN, Verdict.UNKNOWN}]
    if down:
        leading = min(down, key=lambda state: state.grounds.began)
        if needs is not None and len(standing) >= needs:
            return Verdict.DEGRADED, leading
        if needs is not None and len(states) - len(down) >= needs:
            return Verdict.UNKNOWN, None
        return Verdict.DOWN, leading
    for verdict in (Verdict.DEGRADED, Verdict.LOCAL):
        if found := sorted_.get(verdict):
            return verdict, min(found, key=lambda state: state.told.began)
    if standing:
        return Verdict.OPERATIONAL, max(standing, key=lambda state: state.grounds.began)
    return Verdict.UNKNOWN, None
