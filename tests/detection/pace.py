"""The rule on a faster clock: every span of it that is a setting, divided; and what a real machine can't do faster.

Not divided are what a request takes (latencies, limits of slowness) and the constants of the code: the prober's tick of
250 ms, what comes together is gathered for 100 ms, a pending after 3 s. Time-outs stay at a second or more, and a
location may be silent for three: a loaded machine needs that long. `Pace.slack` is what this costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from status.config.model import (
    CheckEntry,
    Component,
    ComponentPublication,
    Detection,
    Monitor,
    PublicationSettings,
    Reference,
    SelfTest,
    Settings,
)
from status.domain.states import Policy
from status.replay.scenario import Scenario
from status.replay.setting import INTERVAL_S, TIMEOUT_S

LASTS_S: Final = 300.0
"""Every scenario is played in this time, so that all of them together take no longer than one."""

SHORTEST_TIMEOUT_S: Final = 1.0
SHORTEST_SILENCE_S: Final = 3.0
SLACK_S: Final = 2.0
"""Real seconds by which the divided rule may be late: four ticks and turns of a loaded machine, a time-out's floor."""

UNDIVIDED: Final = frozenset({"slow_usual_least_s"})
PUBLISH: Final = ComponentPublication(down=Policy.PUBLISH, degraded=Policy.PUBLISH)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a scenario is played: `times` as fast as it is written."""

    scenario: Scenario
    times: float

    @classmethod
    def of(cls, scenario: Scenario) -> Pace:
        return cls(scenario, scenario.duration / LASTS_S)

    @property
    def slack(self) -> float:
        """Scenario seconds by which it may be late."""
        return SLACK_S * self.times

    @property
    def timeout_s(self) -> float:
        """Real seconds a check waits: longer than the slowest answer that is still right."""
        slowest = max((effect.amount for effect in self.scenario.effects if effect.mode == "slow"), default=0.0)
        return max(SHORTEST_TIMEOUT_S, TIMEOUT_S / self.times, slowest * 1.1 + 1 if slowest else 0.0)

    def real(self, seconds: float) -> float:
        return seconds / self.times

    def expected(self) -> Scenario:
        """Give the scenario with its bounds put off by the slack."""
        expect = self.scenario.expect
        detect = tuple(replace(each, within=each.within + self.slack) for each in expect.detect)
        clear = tuple((name, within + self.slack) for name, within in expect.clear)
        return replace(self.scenario, expect=replace(expect, detect=detect, clear=clear))

    def detection(self) -> Detection:
        fields = {name: self._divided(name, value) for name, value in Detection()}
        fields["confirm_timeout_s"] = max(SHORTEST_TIMEOUT_S, fields["confirm_timeout_s"])
        return Detection(**fields)

    def _divided(self, name: str, value: Any) -> Any:
        if name == "share_windows":
            return tuple((span / self.times, share, least) for span, share, least in value)
        if not name.endswith("_s") or name in UNDIVIDED:
            return value
        return tuple(self.real(each) for each in value) if isinstance(value, tuple) else self.real(value)

    def self_test(self, references: Iterable[str]) -> SelfTest:
        found = {name: self._divided(name, value) for name, value in SelfTest() if name != "reference"}
        found["silent_after_s"] = max(SHORTEST_SILENCE_S, found["silent_after_s"])
        timeout_s = max(SHORTEST_TIMEOUT_S, self.real(5.0))
        return SelfTest(
            reference=tuple(Reference(kind="tcp", target=each, timeout_s=timeout_s) for each in references), **found
        )

    def settings(self, folder: str, options: Iterable[dict[str, Any]], references: Iterable[str]) -> Settings:
        """Give the configuration of an installation that watches the scenario's servers; `options` are the checks'."""
        known = self.scenario.components
        names = [f"x{n}" for n in range(len(known))]
        components = tuple(
            Component(
                slug=name, parent="hosting", name={"fr": name, "en": name}, group=each.group, publication=PUBLISH,
                depends_on=tuple(names[index] for index in each.parents),
            )
            for name, each in zip(names, known, strict=True)
        )  # fmt: skip
        checks = tuple(
            CheckEntry(
                name=name, component=name, kind=each.kind, interval_s=self.real(INTERVAL_S), timeout_s=self.timeout_s,
                options=own | ({"slow_ms": round(each.latency_max * 1000)} if each.latency_max else {}),
            )
            for name, each, own in zip(names, known, options, strict=True)
        )  # fmt: skip
        return Settings(
            component=components, check=checks, detection=self.detection(), self_test=self.self_test(references),
            monitor=Monitor(location=self.scenario.locations[0], quiet_batch_s=0.25),
            publication=PublicationSettings(draft_publish_after_s=self.real(600.0)),
        ).model_copy(update={"paths": Settings().paths.model_copy(update={"data": folder})})  # fmt: skip
