"""One component under the rule: its verdict, its flaps, and what a work or a dead parent make of it. Sans-IO."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from probes.types import Instant
from status.domain.rule import Rule
from status.domain.states import Verdict

if TYPE_CHECKING:
    from status.domain.check_state import CheckView

BAD = frozenset({Verdict.DOWN, Verdict.DEGRADED, Verdict.UNREACHABLE})
DOWN = frozenset({Verdict.DOWN, Verdict.UNREACHABLE})


@dataclass(slots=True)
class ComponentState:
    """What is remembered of a component. Times are steady seconds.

    `downs`: when it went down lately; `unstable`: it did so often (point 10); `worse_since`: since when it has been
    down inside a work that announced less (point 11).
    """

    rule: Rule
    check_ids: tuple[int, ...] = ()
    needs: int | None = None
    group: str = ""
    parents: tuple[int, ...] = ()
    verdict: Verdict = Verdict.UNKNOWN
    downs: deque[float] = field(default_factory=deque)
    unstable: bool = False
    worse_since: float | None = None

    def went_down(self, began: float, now: float) -> None:
        """Count a going down; often within the rule's span is unstable. One outage counts once, whatever hid it."""
        if self.downs and began <= self.downs[-1]:
            return
        self.downs.append(now)
        while self.downs[0] < now - self.rule.flap_within_s:
            self.downs.popleft()
        if len(self.downs) >= self.rule.flap_downs:
            self.unstable = True

    def calm_at(self, last_failure: float | None) -> float | None:
        """Give when an unstable component may be green again, without a further failure; None when it is stable."""
        if not self.unstable or last_failure is None:
            return None
        return last_failure + self.rule.flap_green_after_s

    def saved(self, now: Instant) -> dict[str, Any]:
        """Give what must outlive the process, as ages in seconds."""
        return {"downs": [round(now.steady - at, 3) for at in self.downs], "unstable": self.unstable}

    def restore(self, saved: Mapping[str, Any], age_s: float, now: Instant) -> None:
        """Put back what was saved `age_s` ago."""
        self.downs = deque(sorted(now.steady - age_s - float(down) for down in saved["downs"]))
        self.unstable = bool(saved["unstable"])


def gather(
    views: Iterable[CheckView], parents: Mapping[int, tuple[int, ...]], before: Mapping[int, ComponentState]
) -> dict[int, ComponentState]:
    """Make the components of these checks, each with what was remembered of it."""
    checks: dict[int, list[CheckView]] = {}
    for view in views:
        checks.setdefault(view.component_id, []).append(view)
    found = {}
    for component_id, own in checks.items():
        state = before.get(component_id) or ComponentState(own[0].rule)
        state.rule, state.needs, state.group = own[0].rule, own[0].needs, own[0].group
        state.check_ids = tuple(view.check_id for view in own)
        state.parents = parents.get(component_id, ())
        found[component_id] = state
    return found
