"""Writes down what a replay shows: verdicts over time, how many checks ran and when; and hands out the finished run."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from status.domain.states import Verdict
from status.replay.clockwork import Clockwork
from status.replay.ledger import Ledger
from status.replay.outcome import Load, ReplayedIncident, Run, Timeline
from status.replay.scenario import Scenario

SETTLE_S: Final = 600.0
"""Load counts as quiet again this long after anything was wrong."""

STALE_INTERVALS: Final = 3


class Recorder:
    """What is shown, in the world's milliseconds."""

    def __init__(self, scenario: Scenario, interval_s: float) -> None:
        self._scenario = scenario
        self._stale_s = STALE_INTERVALS * interval_s
        self._shown: list[list[tuple[int, Verdict]]] = [[] for _ in scenario.components]
        self._stress = _stress(scenario)
        self._stress_begins = [start for start, _ in self._stress]
        self._quiet_runs = 0
        self._stress_runs = 0

    def show(self, component_id: int, verdict: Verdict, ms: int) -> None:
        """Note what a component is shown as from `ms` on; of several in one moment the last one holds."""
        changes = self._shown[component_id - 1]
        while changes and changes[-1][0] == ms:
            changes.pop()
        if (changes and changes[-1][1] is verdict) or (not changes and verdict is Verdict.UNKNOWN):
            return
        changes.append((ms, verdict))

    def note_run(self, ms: int) -> None:
        """Count a check that began at `ms`."""
        index = bisect_right(self._stress_begins, ms) - 1
        if index >= 0 and ms < self._stress[index][1]:
            self._stress_runs += 1
        else:
            self._quiet_runs += 1

    def all_operational(self) -> bool:
        """Whether every component is shown as operational."""
        return all(changes and changes[-1][1] is Verdict.OPERATIONAL for changes in self._shown)

    def run(self, phase: int, end_ms: int, clock: Clockwork, ledger: Ledger) -> Run:
        """Give the run when it is over."""
        monitors = len(self._scenario.components)
        stress_ms = sum(min(until, end_ms) - start for start, until in self._stress)
        quiet_ms = max(0, end_ms - stress_ms - clock.leapt_ms())
        return Run(
            scenario=self._scenario.name,
            phase=phase,
            end=end_ms / 1000,
            checks=self._quiet_runs + self._stress_runs,
            verdicts=tuple(self._timeline(changes, end_ms) for changes in self._shown),
            incidents=tuple(_incidents(ledger, clock)),
            load=Load(self._quiet_runs, quiet_ms * monitors / 1000, self._stress_runs, stress_ms * monitors / 1000),
        )

    def _timeline(self, changes: list[tuple[int, Verdict]], end_ms: int) -> Timeline:
        """Give what was shown. Before the first look that is nothing; without one for three intervals, unknown."""
        first = changes[0][0] if changes else end_ms
        stale_ms = round(self._stale_s * 1000)
        unknown = [(self._stale_s, Verdict.UNKNOWN)] if first > stale_ms else []
        return Timeline((*unknown, *((ms / 1000, verdict) for ms, verdict in changes)))


def _incidents(ledger: Ledger, clock: Clockwork) -> list[ReplayedIncident]:
    def seconds(ms: int) -> float:
        return clock.in_world(ms) / 1000

    return [
        ReplayedIncident(
            components=tuple(sorted(component_id - 1 for component_id in record.impacts)),
            public=not record.internal,
            origin=record.origin,
            opened=seconds(record.shown),
            closed=None if record.closed is None else seconds(record.closed),
            merged_into=record.merged_into,
        )
        for record in ledger.records
    ]


def _stress(scenario: Scenario) -> list[tuple[int, int]]:
    """Give the times, in milliseconds, in which something is wrong or was shortly before."""
    end = scenario.duration
    spans = [(effect.start, end if effect.end is None else effect.end) for effect in scenario.effects]
    spans += [(work.start, work.end) for work in scenario.planned]
    joined: list[tuple[int, int]] = []
    for start, until in sorted((max(0.0, start), min(end, until + SETTLE_S)) for start, until in spans):
        span = (round(start * 1000), round(max(start, until) * 1000))
        if joined and span[0] <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span[1]))
        else:
            joined.append(span)
    return joined
