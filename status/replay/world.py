"""The simulated world: what a probe of a component from a location sees at a moment, and how its self-test goes.

Every draw is a hash of (seed, component, location, time, salt), so the same scenario and seed give the same answers in
any order of asking. Times come in whole milliseconds from the scenario's start.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from status.replay.scenario import ANYWHERE, Effect, Scenario

LATE: Final = frozenset({"timeout", "stall"})
HARD: Final = {
    "refuse": 0.01, "http500": 0.06, "badbody": 0.08, "nxdomain": 0.02, "tls": 0.05, "http503": 0.03,
    "sip503": 0.02, "heartbeat_late": 0.0, "auth_fail": 0.05,
}  # fmt: skip
"""Failures that answer, and after how many seconds."""

DNS_WAIT_S: Final = 5.0
SERIES: Final = 10
"""Packets of a series."""
REFERENCES: Final = 3
SLOW_REFERENCE_S: Final = 2.0
"""A line this much slower makes the references fail."""

BACKGROUND_SALT: Final = 9

TIMED_OUT: Final = ("timeout", math.inf)
"""A failure that never answers."""

NOTHING_LEFT: Final = 0.9
"""A series that lost so much is a failure."""

Seen = tuple[bool, float, str, float]
"""Whether it went well, seconds taken, the reason, the share of packets lost."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Which effects hold from each point in time on (seconds)."""

    points: list[float]
    active: list[tuple[Effect, ...]]

    @classmethod
    def of(cls, effects: Iterable[Effect], forever: float) -> Segments:
        """Cut time where any of the effects begins or ends."""
        effects = tuple(effects)
        ends = {id(effect): forever if effect.end is None else effect.end for effect in effects}
        points = sorted({0.0} | {effect.start for effect in effects} | set(ends.values()))
        active = [tuple(e for e in effects if e.start <= point < ends[id(e)]) for point in points]
        return cls(points, active)

    def at(self, t: float) -> tuple[Effect, ...]:
        """Give the effects that hold at `t`."""
        index = bisect_right(self.points, t) - 1
        return self.active[index] if index >= 0 else ()


@dataclass(slots=True)
class _Look:
    """A probe as effects change it: its latency in seconds, packets lost, and a failure with when it answers."""

    latency: float
    loss: float = 0.0
    failure: tuple[str, float] | None = None


class World:
    """A scenario's world under one seed. Components and locations are indices into the scenario's tuples."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._seed = seed
        self._components = scenario.components
        self._background = scenario.background_fail
        forever = scenario.duration + 1
        effects = scenario.effects
        self._lines = [
            Segments.of([e for e in effects if e.targets is None and e.location in (ANYWHERE, location)], forever)
            for location in scenario.locations
        ]
        cut: dict[tuple[int, ...], Segments] = {}
        self._targets: list[list[Segments]] = []
        for component in range(len(scenario.components)):
            row = []
            for location in scenario.locations:
                hits = [n for n, e in enumerate(effects) if _hits(e, component, location)]
                row.append(cut.setdefault(tuple(hits), Segments.of([effects[n] for n in hits], forever)))
            self._targets.append(row)

    def probe(self, component: int, location: int, ms: int, timeout_s: float) -> Seen:
        """Say what a probe begun at `ms` sees, waiting `timeout_s` at most."""
        t = ms / 1000
        of = self._components[component]
        prefix = f"({self._seed}, {component}, {location}, {int(t * 1000)}, "
        look = _Look(of.latency * (0.8 + 0.5 * _draw(prefix, 0)))
        if self._background and _draw(prefix, BACKGROUND_SALT) < self._background:
            look.failure = TIMED_OUT
        for effect in self._lines[location].at(t):
            _on_line(look, effect, prefix, by_ip=of.by_ip)
        for effect in self._targets[component][location].at(t):
            _at_target(look, effect, prefix, t)
        if look.failure is not None:
            reason, answers_s = look.failure
            return False, min(timeout_s, answers_s), reason, 1.0
        if look.latency >= timeout_s:
            return False, timeout_s, "timeout", look.loss
        return True, look.latency, "ok", look.loss

    def references(self, location: int, ms: int) -> tuple[bool, ...]:
        """Say which references answer a self-test begun at `ms`; they are apart from everything monitored."""
        t = ms / 1000
        effects = self._lines[location].at(t)
        if not effects and not self._background:
            return (True,) * REFERENCES
        key = int(t * 1000)
        return tuple(self._answers(effects, location, key, index) for index in range(REFERENCES))

    def _answers(self, effects: tuple[Effect, ...], location: int, key: int, index: int) -> bool:
        well = True
        for effect in effects:
            mode = effect.mode
            if (
                mode in {"uplink_down", "dns_down"}
                or (mode == "loss" and _draw(f"({self._seed}, 999, {location}, {key}, ", index) < (effect.p or 0))
                or (mode == "latency_add" and effect.amount > SLOW_REFERENCE_S)
                or (mode == "canary_ref_down" and effect.amount == index)
            ):
                well = False
        lone = self._background and _draw(f"({self._seed}, 998, {location}, {key}, ", index) < self._background
        return well and not lone

    def sends_series(self, component: int) -> bool:
        """Say whether a component's probe sends a packet series."""
        return self._components[component].loss

    def fails_by_chance(self, component: int, location: int, ms: int) -> bool:
        """Say whether a probe begun at `ms` is one of the lone failures of the background."""
        prefix = f"({self._seed}, {component}, {location}, {int(ms / 1000 * 1000)}, "
        return _draw(prefix, BACKGROUND_SALT) < self._background


def _on_line(look: _Look, effect: Effect, prefix: str, *, by_ip: bool) -> None:
    """Let a trouble of the prober's own line change what it sees."""
    if effect.mode == "uplink_down":
        look.failure = TIMED_OUT
    elif effect.mode == "dns_down" and not by_ip:
        look.failure = ("nxdomain", DNS_WAIT_S)
    elif effect.mode == "loss":
        share = effect.p or 0.0
        if _draw(prefix, 1) < share:
            look.failure = TIMED_OUT
        look.loss = max(look.loss, share)
    elif effect.mode == "latency_add":
        look.latency += effect.amount


def _at_target(look: _Look, effect: Effect, prefix: str, t: float) -> None:
    """Let a trouble of the target, or of the path to it, change what is seen."""
    mode, share = effect.mode, effect.p
    if effect.every is not None and not (t - effect.start - effect.shift) % effect.every < effect.on_for:
        return
    if mode == "loss":
        look.loss = sum(_draw(prefix, 20 + n) < (share or 0.0) for n in range(SERIES)) / SERIES
        if look.loss >= NOTHING_LEFT:
            look.failure = TIMED_OUT
    elif share is not None and _draw(prefix, 2) >= share:
        return
    elif mode in LATE:
        look.failure = TIMED_OUT
    elif mode in HARD:
        look.failure = look.failure or (mode, HARD[mode])
    elif mode == "slow":
        look.latency += effect.amount * (0.9 + 0.2 * _draw(prefix, 3))
    elif effect.end is not None:
        look.latency += effect.amount * (t - effect.start) / (effect.end - effect.start)


def draw(*key: int) -> float:
    """Give a number from 0 to 1: the first 8 bytes of BLAKE2b over the key's repr. Each key has its own."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest(), "big") / 2**64


def _draw(prefix: str, salt: int) -> float:
    """Do what `draw` does, for a key whose text but the salt is written already."""
    return int.from_bytes(blake2b(f"{prefix}{salt})".encode(), digest_size=8).digest(), "big") / 2**64


def _hits(effect: Effect, component: int, location: str) -> bool:
    return effect.targets is not None and component in effect.targets and effect.location in (ANYWHERE, location)
