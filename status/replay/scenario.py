"""A scenario as values: what targets and lines do, what people do, what is true, what must be shown.

Components are 0-based indices here; their names serve reports only. Times are seconds from the scenario's start. What
the core may see is in `Scenario`; `truth` and `expect` are the scorer's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from status.domain.states import Verdict

DEFAULT_LOCATIONS = ("paris", "lyon", "lille")

ANYWHERE = "*"
"""Every location."""

BAD = frozenset({Verdict.DEGRADED, Verdict.DOWN, Verdict.LOCAL, Verdict.UNREACHABLE})
"""Verdicts that say something is wrong with a component."""


@dataclass(frozen=True, slots=True)
class ScenarioComponent:
    """A component with its one check. `latency` is the usual one, over `latency_max` is slow (None: no limit).

    `group` is its merge label, `parents` what it depends on; `by_ip`: probed without a name look-up; `loss`: its
    probe sends a packet series.
    """

    name: str
    kind: str
    group: str
    parents: tuple[int, ...] = ()
    latency: float = 0.08
    latency_max: float | None = None
    loss: bool = False
    by_ip: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What goes wrong between `start` and `end` (None: it stays).

    On targets (`targets` are component indices, seen from `location`), or on the prober at `location` (`targets` is
    None). `p` is a share of requests (or of packets, mode loss); `every`, `on_for`, `shift` make it periodic.
    `amount` is the mode's number: seconds, the ramp's height, or the reference's index.
    """

    mode: str
    start: float
    end: float | None
    targets: frozenset[int] | None
    location: str = ANYWHERE
    p: float | None = None
    every: float | None = None
    on_for: float = 0.0
    shift: float = 0.0
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """A confirmed work on some components; `cancelled_at` when it is called off before or while it runs."""

    components: tuple[int, ...]
    start: float
    end: float
    cancelled_at: float | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person does at `t` to the incidents (or checks) of these components. `lasts`: how long a mute holds."""

    t: float
    action: str
    components: tuple[int, ...]
    lasts: float | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What a perfect observer would say. `must`: it has to be shown; else it may be."""

    name: str
    components: frozenset[int]
    kind: str
    start: float
    end: float
    must: bool = True
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Detection:
    """Truth `truth` is to be shown as one of `states` within `within` seconds."""

    truth: str
    within: float
    states: frozenset[Verdict]


@dataclass(frozen=True, slots=True)
class Never:
    """None of these components may ever show one of these states."""

    components: tuple[int, ...]
    states: frozenset[Verdict]


@dataclass(frozen=True, slots=True)
class Expect:
    """What the product must do. Ranges are inclusive; None: nothing is asked of it."""

    incidents: tuple[float, float] | None = None
    internal: tuple[float, float] | None = None
    detect: tuple[Detection, ...] = ()
    clear: tuple[tuple[str, float], ...] = ()
    never: tuple[Never, ...] = ()
    unknown: bool = False
    open_at_end: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario of format 1. `epoch` is the Unix time of its start in seconds, None where it doesn't matter."""

    name: str
    title: str
    duration: float
    components: tuple[ScenarioComponent, ...]
    effects: tuple[Effect, ...] = ()
    seed: int = 1
    locations: tuple[str, ...] = DEFAULT_LOCATIONS
    epoch: float | None = None
    real: bool = False
    background_fail: float = 0.0
    planned: tuple[PlannedWork, ...] = ()
    human: tuple[Deed, ...] = ()
    truth: tuple[Truth, ...] = ()
    expect: Expect = field(default_factory=Expect)
