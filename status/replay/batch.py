"""Replays many scenarios many times, on several cores; the results come in the order of the file whatever the cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from status.replay.driver import replay
from status.replay.outcome import Run, Score
from status.replay.scenario import Scenario
from status.replay.score import score
from status.replay.setting import Setting

Task = tuple[Scenario, Setting, int]
"""What to replay, how, and in which phase."""

WORTH_A_PROCESS = 40
"""Fewer replays than this are over before other processes have begun."""


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario replayed once, and judged."""

    scenario: Scenario
    run: Run
    score: Score


def replay_all(scenarios: Iterable[Scenario], setting: Setting, jobs: int | None = None) -> Iterator[Result]:
    """Replay each scenario in each phase. `jobs`: how many processes, None: one a core."""
    tasks = [(scenario, setting, phase) for scenario in scenarios for phase in range(setting.phases)]
    few = len(tasks) < WORTH_A_PROCESS
    return spread(judged, tasks, 1 if few else jobs)


def spread(judge: Callable[[Task], Result], tasks: Sequence[Task], jobs: int | None = None) -> Iterator[Result]:
    """Call `judge` on each task, in `jobs` processes, and give the results in the order of the tasks."""
    jobs = min(jobs or len(os.sched_getaffinity(0)), len(tasks))
    if jobs <= 1:
        yield from map(judge, tasks)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(judge, tasks)


def judged(task: Task) -> Result:
    """Replay one phase of one scenario, and judge it."""
    scenario, setting, phase = task
    run = replay(scenario, setting, phase)
    return Result(scenario, run, score(scenario, run))
