"""Judges a run by the scenario's truth and expectations. It sees the run's verdicts and incidents and nothing else.

- To detect: first bad verdict on a component of the truth minus its start. To clear: last bad verdict minus its end.
- Missed: a truth that must be shown and never was. False: an incident of the robot's opened outside every truth.
- Duplicate: more than one incident for one truth. Severity error: "down" for a degraded or partial truth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from status.domain.states import Origin, Verdict
from status.replay.outcome import ReplayedIncident, Run, Score
from status.replay.scenario import BAD, Detection, Scenario, Truth

SETTLE_S: Final = 60.0
"""A truth reaches so far beyond its end: what is shown or opened then is still about it."""

Spans = list[tuple[float, float]]


def score(scenario: Scenario, run: Run) -> Score:
    """Judge one run."""
    return _Scorer(scenario, run).score()


class _Scorer:
    def __init__(self, scenario: Scenario, run: Run) -> None:
        self.scenario, self.run, self.expect = scenario, run, scenario.expect
        self.why: list[str] = []
        self.standing = [incident for incident in run.incidents if incident.merged_into is None]
        self.public = [incident for incident in self.standing if incident.public]

    def score(self) -> Score:
        truths = self.scenario.truth
        detected = {truth.name: self._detected(truth, BAD) for truth in truths}
        cleared = {truth.name: self._cleared(truth) for truth in truths if detected[truth.name] is not None}
        missed = [truth for truth in truths if truth.must and detected[truth.name] is None]
        false = [incident for incident in self.public if self._is_false(incident)]
        self.why += [f"missed {truth.name}" for truth in missed]
        self.why += [f"false incident opened at {incident.opened:g} s" for incident in false]
        self._judge_counts()
        for detection in self.expect.detect:
            self._judge_detection(detection)
        for name, within in self.expect.clear:
            if cleared.get(name, 0.0) > within:
                took = "never" if cleared[name] == math.inf else f"after {cleared[name]:g} s"
                self.why.append(f"{name} cleared {took}, expected within {within:g} s")
        self._judge_states()
        outages = [truth for truth in truths if truth.kind == "outage" and truth.must]
        return Score(
            why=tuple(self.why),
            detected=detected,
            cleared=cleared,
            plain=self._spans(truth for truth in outages if self._is_plain(truth)),
            outages=self._spans(outages),
            missed=len(missed),
            false=len(false),
            duplicates=sum(max(0, len(self._incidents_of(truth)) - 1) for truth in truths),
            severity=sum(self._is_too_severe(truth) for truth in truths),
        )

    # -- truths ---------------------------------------------------------------------------------------------------

    def _bad(self, component: int, states: frozenset[Verdict]) -> Spans:
        return self.run.verdicts[component].spells(states, self.run.end)

    def _detected(self, truth: Truth, states: frozenset[Verdict]) -> float | None:
        """Give the seconds from the truth's start to the first verdict of `states`; None when there is none."""
        starts = [
            max(start, truth.start)
            for component in truth.components
            for start, end in self._bad(component, states)
            if end > truth.start and start <= truth.end + SETTLE_S
        ]
        return min(starts) - truth.start if starts else None

    def _spans(self, truths: Iterable[Truth]) -> tuple[float, ...]:
        return tuple(took for truth in truths if (took := self._detected(truth, BAD)) is not None)

    def _cleared(self, truth: Truth) -> float:
        """Give the seconds from the truth's end to its last bad verdict's; infinite when that stays."""
        last = truth.start
        for component in truth.components:
            until = self._next_start(truth, component)
            for start, end in self._bad(component, BAD):
                if end > truth.start and start < until:
                    stays = end >= self.run.end and truth.end < self.run.end and until >= self.run.end
                    last = max(last, math.inf if stays else min(end, until))
        return max(0.0, round(last - truth.end, 3)) if last < math.inf else math.inf

    def _next_start(self, truth: Truth, component: int) -> float:
        """Give when the next truth of a component begins; what is shown from then on is about that one."""
        others = (other for other in self.scenario.truth if other is not truth and component in other.components)
        return min((other.start for other in others if other.start > truth.start), default=self.run.end)

    def _is_plain(self, truth: Truth) -> bool:
        """Whether one unperiodic effect on the targets is all there is to it."""
        scenario = self.scenario
        hits = [e for e in scenario.effects if e.targets is not None and e.targets & truth.components]
        on_prober = any(effect.targets is None for effect in scenario.effects)
        if scenario.planned or scenario.human or on_prober or len(hits) != 1:
            return False
        return hits[0].every is None and hits[0].p is None

    def _is_too_severe(self, truth: Truth) -> bool:
        """Whether a degraded or partial truth was shown as down."""
        if truth.kind == "outage":
            return False
        down = frozenset({Verdict.DOWN})
        return any(
            start < truth.end + SETTLE_S and end > truth.start and not self._in_outage(component, start)
            for component in truth.components
            for start, end in self._bad(component, down)
        )

    def _in_outage(self, component: int, at: float) -> bool:
        return any(
            truth.kind == "outage" and component in truth.components and truth.start <= at <= truth.end + SETTLE_S
            for truth in self.scenario.truth
        )

    # -- incidents ------------------------------------------------------------------------------------------------

    def _is_about(self, incident: ReplayedIncident, truth: Truth) -> bool:
        touches = not truth.components.isdisjoint(incident.components) or not incident.components
        return touches and truth.start <= incident.opened <= truth.end + SETTLE_S

    def _incidents_of(self, truth: Truth) -> list[ReplayedIncident]:
        return [incident for incident in self.standing if self._is_about(incident, truth)]

    def _is_false(self, incident: ReplayedIncident) -> bool:
        about = any(self._is_about(incident, truth) for truth in self.scenario.truth)
        return incident.origin is Origin.PROBE and not about

    # -- what is expected -----------------------------------------------------------------------------------------

    def _judge_counts(self) -> None:
        expect = self.expect
        internal = len(self.standing) - len(self.public)
        for what, found, wanted in (
            ("public incidents", len(self.public), expect.incidents),
            ("internal incidents", internal, expect.internal),
        ):
            if wanted is not None and not wanted[0] <= found <= wanted[1]:
                self.why.append(f"{found} {what}, expected {wanted[0]:g} to {wanted[1]:g}")
        still_open = sum(incident.closed is None for incident in self.public)
        if expect.open_at_end is not None and still_open != expect.open_at_end:
            self.why.append(f"{still_open} open at the end, expected {expect.open_at_end}")

    def _judge_detection(self, detection: Detection) -> None:
        truth = next(truth for truth in self.scenario.truth if truth.name == detection.truth)
        words = " or ".join(sorted(state.value for state in detection.states))
        took = self._detected(truth, detection.states)
        if took is None:
            self.why.append(f"{truth.name} never shown as {words}")
        elif took > detection.within:
            self.why.append(f"{truth.name} shown as {words} after {took:.1f} s, expected within {detection.within:g} s")

    def _judge_states(self) -> None:
        for never in self.expect.never:
            for component in never.components:
                for start, _ in self._bad(component, never.states)[:1]:
                    shown = next(v.value for at, v in self.run.verdicts[component].changes if at == start)
                    name = self.scenario.components[component].name
                    self.why.append(f"{name} shown as {shown} at {start:g} s")
        unknown = frozenset({Verdict.UNKNOWN})
        if self.expect.unknown and not any(line.spells(unknown, self.run.end) for line in self.run.verdicts):
            self.why.append("nothing was ever shown as unknown")
