"""What the detection core costs: `./travaux bench detection`.

A quiet observation (CPU, beside 30 µs), ten thousand checks that fail at once, seen by three locations and grouped
under ten labels or under one each (the longest step, beside 2 s), and scenarios replayed (observations a second).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

from probes.types import Instant, Observation, Outcome
from status.domain.check_state import CheckView
from status.domain.detection import Input
from status.domain.grouping import Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.self_test import SelfTestRound
from status.domain.states import Policy
from status.domain.supervision import Decided, Supervision
from status.replay.driver import replay
from status.replay.scenario import Expect, Scenario, ScenarioComponent
from status.replay.setting import Setting

CHECKS = 10_000
LOCATIONS = ("paris", "lyon", "lille")
BEGIN = Instant(50_000.0, 1_700_000_000.0)
INTERVAL_S = 60.0


class Core:
    """A supervision with many checks, fed by hand; `longest_s` is the CPU time of its longest step."""

    def __init__(self, groups: int) -> None:
        uids = (f"event-{n}" for n in itertools.count())
        self.supervision = Supervision(
            LOCATIONS, self_tested=LOCATIONS, rule=Rule(), self_test=SelfTestRule(),
            new_uid=lambda _now: next(uids), now=BEGIN,
        )  # fmt: skip
        numbers = range(1, CHECKS + 1)
        views = [CheckView(n, n, INTERVAL_S, 10.0, Rule(), group=f"group-{n % groups}") for n in numbers]
        places = [Place(n, (), f"group-{n % groups}", Policy.PUBLISH, Policy.DRAFT) for n in numbers]
        self.supervision.know(views, places, BEGIN)
        self._sequence = itertools.count(1)
        self.longest_s = 0.0
        self.opened = 0

    def step(self, at: float, inputs: Iterable[Input]) -> Decided:
        """Do a step `at` seconds after the beginning."""
        found = tuple(inputs)
        began = time.process_time()
        decided = self.supervision.step(BEGIN.plus(at), found)
        self.longest_s = max(self.longest_s, time.process_time() - began)
        self.opened += sum(decision.action.value == "open" for decision in decided.decisions)
        return decided

    def all_seen(self, at: float, location: str, outcome: Outcome, *, standing: bool) -> None:
        """Let a location see every check a moment before `at`, then find its own line well."""
        began = BEGIN.plus(at - 0.1)
        reason = "timeout" if outcome is Outcome.FAILED else ""
        self.step(
            at,
            [
                Observation(
                    n, location, next(self._sequence), "s", standing, began, began, 0.05, outcome, reason
                )
                for n in range(1, CHECKS + 1)
            ],
        )  # fmt: skip
        self.step(at + 0.1, [SelfTestRound(location, BEGIN.steady + at, BEGIN.steady + at + 0.05, (True, True, True))])


def quiet_us(core: Core) -> float:
    """Give the CPU microseconds of one quiet observation, after a first round."""
    looks = 0
    for number, (turn, place) in enumerate(itertools.product(range(6), range(3))):
        if number == len(LOCATIONS):
            began = time.process_time()
        core.all_seen(turn * INTERVAL_S + place * 20 + 5, LOCATIONS[place], Outcome.OK, standing=True)
        looks += CHECKS if number >= len(LOCATIONS) else 0
    return (time.process_time() - began) / looks * 1e6


def everything_fails(core: Core) -> tuple[float, int]:
    """Let every check fail at every location until it is decided; give the longest step and the incidents opened."""
    core.longest_s = 0.0
    for offset in (0.0, 8.0, 15.6):
        for location in LOCATIONS:
            core.all_seen(400 + offset, location, Outcome.FAILED, standing=False)
    return core.longest_s, core.opened


def replayed_a_second() -> float:
    """Give how many observations of a quiet half day of twenty services are replayed in a second of CPU."""
    services = tuple(ScenarioComponent(f"service-{n}", "http", "all") for n in range(20))
    quiet = Scenario("quiet", "a quiet half day", 43_200.0, services, locations=LOCATIONS, expect=Expect())
    began = time.process_time()
    run = replay(quiet, Setting(), 0)
    return run.checks / (time.process_time() - began)


def main() -> None:
    """Print the figures."""
    for groups in (10, CHECKS):
        core = Core(groups)
        print(f"{CHECKS} checks, {groups} labels: a quiet observation {quiet_us(core):.1f} µs (to reach: 30)")
        longest_s, opened = everything_fails(core)
        print(f"  all fail at once: {opened} incidents, longest step {longest_s:.2f} s (to reach: 2)")
    print(f"replayed: {replayed_a_second():,.0f} observations a second a core (to reach: 25,000)")


if __name__ == "__main__":
    main()
