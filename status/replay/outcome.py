"""What a replay gives: verdicts, incidents, how many checks ran; and what the scorer made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from status.domain.states import Origin, Verdict

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


@dataclass(frozen=True, slots=True)
class ReplayedIncident:
    """An incident of a run. Components are indices, times seconds, `merged_into` is an index of the run's incidents."""

    components: tuple[int, ...]
    public: bool
    origin: Origin
    opened: float
    closed: float | None = None
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a component was shown as: `(since when in seconds, verdict)`, in order. Before the first: nothing yet."""

    changes: tuple[tuple[float, Verdict], ...]

    def spells(self, states: frozenset[Verdict], end: float) -> list[tuple[float, float]]:
        """Give the spans `[from, to)` in which it was shown as one of `states`, neighbours joined."""
        found: list[tuple[float, float]] = []
        ends = [at for at, _ in self.changes[1:]] + [end]
        for (start, verdict), until in zip(self.changes, ends, strict=True):
            if verdict not in states or until <= start:
                continue
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], until)
            else:
                found.append((start, until))
        return found


@dataclass(frozen=True, slots=True)
class Load:
    """How many checks ran in quiet times (nothing was wrong for ten minutes) and else, and for how long those were.

    Spans are in monitor-seconds: seconds times components.
    """

    quiet: int = 0
    quiet_s: float = 0.0
    stress: int = 0
    stress_s: float = 0.0

    def __add__(self, other: Load) -> Load:
        """Add up two runs."""
        return Load(
            self.quiet + other.quiet,
            self.quiet_s + other.quiet_s,
            self.stress + other.stress,
            self.stress_s + other.stress_s,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario replayed once."""

    scenario: str
    phase: int
    end: float
    checks: int
    verdicts: tuple[Timeline, ...]
    incidents: tuple[ReplayedIncident, ...]
    load: Load = field(default_factory=Load)


@dataclass(frozen=True, slots=True)
class Score:
    """What the scorer says of a run. Spans in seconds: `detected` and `cleared` by truth, None: never shown.

    `plain` are the spans of plain outages.
    """

    why: tuple[str, ...]
    detected: Mapping[str, float | None] = field(default_factory=dict)
    cleared: Mapping[str, float] = field(default_factory=dict)
    plain: tuple[float, ...] = ()
    outages: tuple[float, ...] = ()
    missed: int = 0
    false: int = 0
    duplicates: int = 0
    severity: int = 0

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.why


def as_json(run: Run, score: Score, names: tuple[str, ...]) -> dict[str, JSON]:
    """Give a run as the JSON of `travaux simulate` has it; `names` are the components'."""
    return {
        "scenario": run.scenario,
        "phase": run.phase,
        "pass": score.passed,
        "why": list(score.why),
        "checks": run.checks,
        "verdicts": {
            name: [[at, verdict.value] for at, verdict in line.changes]
            for name, line in zip(names, run.verdicts, strict=True)
        },
        "incidents": [
            {
                "components": [names[index] for index in incident.components],
                "visibility": "public" if incident.public else "internal",
                "origin": incident.origin.value,
                "opened": incident.opened,
                "closed": incident.closed,
                "merged_into": incident.merged_into,
            }
            for incident in run.incidents
        ],
    }
