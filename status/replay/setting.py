"""Under which numbers a scenario is replayed, and what the core is told of it: checks, places, orders."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

from probes.types import Order, OrderType
from status.domain.check_state import CheckView
from status.domain.grouping import Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.states import Policy
from status.replay.clockwork import Clockwork
from status.replay.scenario import Scenario

TIMEOUT_S: Final = 10.0
"""A simulated check waits this long."""

INTERVAL_S: Final = 60.0
INTERVAL_ALONE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Setting:
    """How a scenario is replayed: how many times, how often each location looks, by which rule.

    `locations`: only so many of the scenario's, the first ones; None: all. `interval_s` None: 60 s, alone 30 s.
    """

    phases: int = 1
    locations: int | None = None
    interval_s: float | None = None
    rule: Rule = field(default_factory=Rule)
    self_test: SelfTestRule = field(default_factory=SelfTestRule)

    def applied_to(self, scenario: Scenario) -> Scenario:
        """Give the scenario with the locations that are left."""
        return replace(scenario, locations=scenario.locations[: self.locations])

    def interval_of(self, scenario: Scenario) -> float:
        """Give the seconds between two looks of one location."""
        if self.interval_s is not None:
            return self.interval_s
        return INTERVAL_S if len(scenario.locations) > 1 else INTERVAL_ALONE_S

    def grid_ms(self, scenario: Scenario, location: int, phase: int) -> int:
        """Give when a location looks first: phase k stands at (k+½)/N of the interval, locations at even distances.

        Phase k rotates the order of the locations by k.
        """
        count = len(scenario.locations)
        place = (location - phase) % count
        share = ((phase + 0.5) / self.phases + place / count) % 1
        return round(share * self.interval_of(scenario) * 1000)


def check_views(scenario: Scenario, setting: Setting) -> list[CheckView]:
    """Give each component's one check; check and component ids are 1…n."""
    return [
        CheckView(
            check_id=number,
            component_id=number,
            interval_s=setting.interval_of(scenario),
            timeout_s=TIMEOUT_S,
            rule=setting.rule,
            group=component.group,
            slow_s=component.latency_max,
        )
        for number, component in enumerate(scenario.components, 1)
    ]


def places(scenario: Scenario) -> list[Place]:
    """Give the components as grouping takes them; everything is published at once."""
    return [
        Place(
            component_id=number,
            ancestors=(),
            merge_label=component.group,
            policy_down=Policy.PUBLISH,
            policy_degraded=Policy.PUBLISH,
            parents=tuple(index + 1 for index in component.parents),
        )
        for number, component in enumerate(scenario.components, 1)
    ]


def standing_orders(
    scenario: Scenario, setting: Setting, location: int, phase: int, clock: Clockwork
) -> tuple[Order, ...]:
    """Give one location's standing orders."""
    interval_s = setting.interval_of(scenario)
    phase_s = clock.phase_s(setting.grid_ms(scenario, location, phase), round(interval_s * 1000))
    return tuple(
        Order(
            uid="standing",
            check_id=check_id,
            location=scenario.locations[location],
            type=OrderType.STANDING,
            valid_until=math.inf,
            phase_s=phase_s,
            interval_s=interval_s,
        )
        for check_id in range(1, len(scenario.components) + 1)
    )
