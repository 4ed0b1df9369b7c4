"""Leaps over the quiet of a replay that lasts a year, without changing its answers.

The core forgets: failures leave its windows after an hour, a closed incident is not reopened for long. When nothing
was wrong for longer than it remembers, it stands as it would after any other quiet stretch, so the world alone may go
ahead to shortly before the next thing that goes wrong: an effect, or a scheduled check that fails by chance (each is
drawn, none guessed). Leaps are whole multiples of the interval and of the self-test's pace: grid and rounds keep their
places. The core's clocks see no leap. Two references that fail together by chance in a stretch leapt over (one round
in a million) are not drawn: nothing is being looked at that they could void.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Final

from probes.types import Observation, Outcome
from status.domain.detection import Input
from status.domain.rule import Rule
from status.domain.self_test import SelfTestRound
from status.replay.clockwork import Clockwork
from status.replay.ledger import Ledger
from status.replay.prober import TEST_EVERY_MS
from status.replay.recorder import Recorder
from status.replay.scenario import Scenario
from status.replay.setting import Setting
from status.replay.world import World

MARGIN_S: Final = 120.0
"""Added to what the rule remembers: a run under way, a round, a rounding."""

BEFORE_MS: Final = 120_000
"""A leap ends this long before the next thing that goes wrong."""


class Skipper:
    """Knows when the next thing goes wrong. For scenarios without people, works and deaths of processes."""

    def __init__(self, scenario: Scenario, setting: Setting, phase: int) -> None:
        scenario = setting.applied_to(scenario)
        if scenario.human or scenario.planned or any(effect.mode == "process_dead" for effect in scenario.effects):
            raise ValueError("a replay with people, works or deaths of processes can't leap")
        self._effects = sorted((round(e.start * 1000), _end_ms(e.end, scenario)) for e in scenario.effects)
        self._begins = [start for start, _ in self._effects]
        self._end_ms = round(scenario.duration * 1000)
        interval_ms = round(setting.interval_of(scenario) * 1000)
        self._unit_ms = math.lcm(interval_ms, TEST_EVERY_MS)
        world = World(scenario, scenario.seed + phase)
        first = [setting.grid_ms(scenario, location, phase) for location in range(len(scenario.locations))]
        self._lone = [
            _Lone(world, component, location, range(first_ms, self._end_ms + 1, interval_ms))
            for location, first_ms in enumerate(first)
            for component in range(len(scenario.components))
        ]
        rule, self_test = setting.rule, setting.self_test
        self._memory_ms = round(1000 * (_remembered_s(rule) + MARGIN_S))
        self._line_memory_ms = round(1000 * (self_test.share_over_s + self_test.well_for_s + MARGIN_S))
        self._calm_from = self._memory_ms

    def note(self, item: Input, world_ms: int) -> None:
        """Note what a prober delivered; anything but a good answer keeps the calm from beginning."""
        if isinstance(item, SelfTestRound):
            if not all(item.well):
                self._calm_from = max(self._calm_from, world_ms + self._line_memory_ms)
        elif not isinstance(item, Observation) or item.outcome is not Outcome.OK:
            self._calm_from = max(self._calm_from, world_ms + self._memory_ms)

    def leap(self, clock: Clockwork, ledger: Ledger, recorder: Recorder) -> None:
        """Leap when nothing was wrong for long enough."""
        now = clock.world_ms
        if now < self._calm_from:
            return
        if any(record.is_open for record in ledger.records) or not recorder.all_operational():
            self._calm_from = now + self._unit_ms
            return
        units = (self._next_trouble(now) - BEFORE_MS - now) // self._unit_ms
        if units > 0:
            clock.leap(units * self._unit_ms)
        self._calm_from = max(self._calm_from, clock.world_ms + self._unit_ms)

    def _next_trouble(self, ms: int) -> int:
        index = bisect_right(self._begins, ms)
        if any(start <= ms < end for start, end in self._effects[:index]):
            return ms
        following = self._begins[index] if index < len(self._begins) else self._end_ms
        return min([following, *(lone.next_after(ms) for lone in self._lone)])


class _Lone:
    """The scheduled checks of one component at one location that fail by chance, on a grid of milliseconds."""

    def __init__(self, world: World, component: int, location: int, grid: range) -> None:
        self._failures = (ms for ms in grid if world.fails_by_chance(component, location, ms))
        self._end_ms = grid.stop
        self._next = -1

    def next_after(self, ms: int) -> int:
        """Give the next one after `ms`, which only grows; the end when there is none."""
        while self._next <= ms:
            self._next = next(self._failures, self._end_ms)
            if self._next >= self._end_ms:
                break
        return self._next


def _remembered_s(rule: Rule) -> float:
    """Give how long after the last failure of all the core may still act on it."""
    window = max(over_s for over_s, _, _ in rule.share_windows)
    closing = max(rule.share_clear_s, rule.flap_green_after_s) + rule.reopen_within_s
    ended = closing + max(rule.reopen_within_s, rule.closed_by_person_s)
    return max(window, rule.flap_within_s, rule.suspicion_for_s, ended)


def _end_ms(end: float | None, scenario: Scenario) -> int:
    return round((scenario.duration + 1 if end is None else end) * 1000)
