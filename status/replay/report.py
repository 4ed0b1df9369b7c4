"""What `travaux simulate` prints: one line per scenario, then what all of it comes to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

from status.replay.batch import Result
from status.replay.outcome import Load

FALSE_A_YEAR: Final = 0.1
FALSE_A_YEAR_ALONE: Final = 2.0
"""False incidents a monitor-year of noise may have: with two or more locations, and with one."""

NOISE_P95_S: Final = 45.0


def lines_of(results: Iterable[Result]) -> Iterable[str]:
    """Give one line per scenario: whether it passed in every phase, and why not."""
    for name, group in _by_scenario(results).items():
        failed = [result for result in group if not result.score.passed]
        passed = len(group) - len(failed)
        line = f"{'pass' if not failed else 'FAIL'}  {name:<12} {passed}/{len(group)}  {group[0].scenario.title}"
        reasons: dict[str, list[int]] = {}
        for result in failed:
            for why in result.score.why:
                reasons.setdefault(why, []).append(result.run.phase)
        told = [f"{why} (phase {', '.join(map(str, phases))})" for why, phases in reasons.items()]
        yield "\n      ".join([line, *told])


@dataclass(frozen=True, slots=True)
class Totals:
    """What all runs come to. Counts are of all runs together; `suites` is how many times the whole was replayed."""

    suites: int
    scenarios: int
    passed: int
    plain: tuple[float, ...]
    outages: tuple[float, ...]
    missed: int
    false: int
    duplicates: int
    severity: int
    load: Load
    interval_load: float

    @classmethod
    def of(cls, results: Sequence[Result], interval_load: float) -> Totals:
        """Add up. `interval_load` is how many checks a monitor-minute the interval alone makes."""
        groups = _by_scenario(results)
        scores = [result.score for result in results]
        return cls(
            suites=max((len(group) for group in groups.values()), default=0),
            scenarios=len(groups),
            passed=sum(all(result.score.passed for result in group) for group in groups.values()),
            plain=tuple(sorted(span for each in scores for span in each.plain)),
            outages=tuple(sorted(span for each in scores for span in each.outages)),
            missed=sum(each.missed for each in scores),
            false=sum(each.false for each in scores),
            duplicates=sum(each.duplicates for each in scores),
            severity=sum(each.severity for each in scores),
            load=reduce(add, (result.run.load for result in results), Load()),
            interval_load=interval_load,
        )

    def lines(self) -> Iterable[str]:
        """Give the totals of scenarios in words."""
        yield f"{self.passed} of {self.scenarios} scenarios pass, in {self.suites} phases each"
        yield f"plain outages detected after {_percentiles(self.plain)}"
        yield from self.noise_lines()
        yield f"severity errors per suite: {self.severity / max(1, self.suites):.1f}"

    def noise_lines(self) -> Iterable[str]:
        """Give what holds for scenarios and for years of noise."""
        yield f"all outages detected after {_percentiles(self.outages)}"
        yield (
            f"in all: missed {self.missed}, false {self.false}, duplicates {self.duplicates},"
            f" severity errors {self.severity}"
        )
        yield (
            f"checks per monitor and minute: {_rate(self.load.quiet, self.load.quiet_s)} in quiet,"
            f" {_rate(self.load.stress, self.load.stress_s)} in stress, {self.interval_load:.2f} by the interval alone"
        )


def year_lines(results: Iterable[Result]) -> Iterable[str]:
    """Give one line per noisy year."""
    for result in results:
        score = result.score
        line = (
            f"{result.scenario.name}: missed {score.missed}, false {score.false}, duplicates {score.duplicates},"
            f" severity errors {score.severity}, outages detected after {_percentiles(sorted(score.outages))}"
        )
        yield "\n      ".join([line, *score.why])


def noise_bars(totals: Totals, years: int, locations: int) -> tuple[str, bool]:
    """Hold years of noise against what is to be reached; give a line and whether it was."""
    most = math.ceil(years * (FALSE_A_YEAR if locations > 1 else FALSE_A_YEAR_ALONE))
    p95 = percentile(totals.outages, 0.95) if totals.outages else 0.0
    well = totals.false <= most and totals.missed == 0 and (locations == 1 or p95 <= NOISE_P95_S)
    p95_bar = f", p95 ≤ {NOISE_P95_S:g} s" if locations > 1 else ""
    return f"{'reached' if well else 'NOT reached'}: ≤ {most} false, none missed{p95_bar}", well


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the value that `share` of the ordered values do not exceed (nearest rank)."""
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def _percentiles(ordered: Sequence[float]) -> str:
    if not ordered:
        return "(none there)"
    p50, p95 = percentile(ordered, 0.5), percentile(ordered, 0.95)
    return f"{p50:.1f} s (p50), {p95:.1f} s (p95), {ordered[-1]:.1f} s (most), of {len(ordered)}"


def _rate(runs: int, seconds: float) -> str:
    return f"{runs / seconds * 60:.2f}" if seconds else "none"


def _by_scenario(results: Iterable[Result]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.scenario.name, []).append(result)
    return groups
