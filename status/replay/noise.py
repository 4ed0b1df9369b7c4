"""Years of a seeded, noisy world, each a scenario: what goes wrong on lines and paths, and what really fails.

Per year and location: line losses, path troubles, overloads; for the one component: blips, real outages, partial
failures; and single checks that fail by chance all the time. Everything is drawn from the seed.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from status.replay.batch import Result, Task
from status.replay.driver import Replay
from status.replay.leaping import Skipper
from status.replay.scenario import DEFAULT_LOCATIONS, Effect, Expect, Scenario, ScenarioComponent, Truth
from status.replay.score import score
from status.replay.world import draw

YEAR_S: Final = 365 * 86_400
BACKGROUND_FAIL: Final = 0.0005
APART_S: Final = 2000
"""Two effects are at least this far apart, so that it can be told what an incident was about."""

OUTAGE_LEAST_S: Final = 90
"""The shortest real outage: a shorter one may be shown or not."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of trouble: how many a year (of each location, or in all) and how long one lasts in seconds."""

    mode: str
    a_year: int
    mean_s: float
    everywhere: bool
    shortest_s: float = 1.0
    longest_s: float = math.inf
    p: float | None = None
    amount: float = 0.0
    truth: str | None = None


_LINES: Final = (
    _Kind("uplink_down", 6, 120, everywhere=False),
    _Kind("latency_add", 4, 300, everywhere=False, shortest_s=300, longest_s=300, amount=15.0),
)
_PATHS: Final = (_Kind("timeout", 6, 180, everywhere=False),)
_TARGETS: Final = (
    _Kind("refuse", 25, 8.5, everywhere=True, shortest_s=2, longest_s=15),
    _Kind("timeout", 25, 8.5, everywhere=True, shortest_s=2, longest_s=15),
    _Kind("refuse", 6, 600 / math.log(2), everywhere=True, shortest_s=OUTAGE_LEAST_S, truth="outage"),
    _Kind("timeout", 6, 600 / math.log(2), everywhere=True, shortest_s=OUTAGE_LEAST_S, truth="outage"),
    _Kind("http500", 4, 1800, everywhere=True, shortest_s=1800, longest_s=1800, p=0.3, truth="degraded"),
)


def noisy_year(seed: int, year: int, locations: tuple[str, ...] = DEFAULT_LOCATIONS) -> Scenario:
    """Make one year of noise; `year` counts from 0."""
    draws = (draw(seed, year, number) for number in itertools.count())
    taken: list[tuple[float, float]] = []
    effects: list[Effect] = []
    truths: list[Truth] = []
    for kind, where, on_line in _kinds(locations):
        for _ in range(kind.a_year):
            start, end = _place(kind, draws, taken)
            effects.append(
                Effect(
                    mode=kind.mode,
                    start=start,
                    end=end,
                    targets=None if on_line else frozenset({0}),
                    location=where,
                    p=kind.p,
                    amount=kind.amount,
                )
            )
            if kind.truth is not None:
                truths.append(Truth(f"T{len(truths) + 1}", frozenset({0}), kind.truth, start, end))
    return Scenario(
        name=f"noise-{seed}-{year + 1}",
        title=f"a year of noise, seed {seed}",
        duration=YEAR_S,
        components=(ScenarioComponent("service", "http", "service"),),
        effects=tuple(effects),
        seed=int(draw(seed, year, -1) * 2**31),
        locations=locations,
        background_fail=BACKGROUND_FAIL,
        truth=tuple(truths),
        expect=Expect(),
    )


def judged_year(task: Task) -> Result:
    """Replay one year in one phase, and judge it."""
    scenario, setting, phase = task
    scenario = setting.applied_to(scenario)
    run = Replay(scenario, setting, phase, Skipper(scenario, setting, phase)).run()
    return Result(scenario, run, score(scenario, run))


def _kinds(locations: tuple[str, ...]) -> Iterator[tuple[_Kind, str, bool]]:
    for kind in _TARGETS:
        yield kind, "*", False
    for location in locations:
        for kind in _LINES:
            yield kind, location, True
        for kind in _PATHS:
            yield kind, location, False


def _place(kind: _Kind, draws: Iterator[float], taken: list[tuple[float, float]]) -> tuple[float, float]:
    """Draw when it happens, apart from all that was drawn before, and how long it lasts; whole milliseconds."""
    if kind.longest_s < math.inf:
        lasts = kind.shortest_s + (kind.longest_s - kind.shortest_s) * next(draws)
    else:
        lasts = max(kind.shortest_s, -kind.mean_s * math.log(1 - next(draws)))
    while True:
        start = 3600 + next(draws) * (YEAR_S - 7200 - lasts)
        span = (round(start, 3), round(start + lasts, 3))
        index = bisect_left(taken, span)
        before = taken[index - 1][1] if index else -math.inf
        after = taken[index][0] if index < len(taken) else math.inf
        if span[0] - before >= APART_S and after - span[1] >= APART_S:
            taken.insert(index, span)
            return span
