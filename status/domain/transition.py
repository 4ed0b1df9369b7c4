"""A change of verdict, with its grounds: what detection hands to the book, and what is written down for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.types import Instant
from status.domain.states import Verdict


@dataclass(frozen=True, slots=True)
class Transition:
    """A component's verdict changed. `began` is when the evidence began, `decided` when it sufficed.

    `unstable`: it comes and goes (point 10). `location` is where alone a local failure is seen from. `work_uid` is set
    when it fails still, or worse than announced, because of a work (point 11).
    """

    component_id: int
    before: Verdict
    after: Verdict
    reason: str
    began: Instant
    decided: Instant
    rule_point: str
    evidence: tuple[tuple[int, str, int], ...] = ()
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    unstable: bool = False
    location: str = ""
    work_uid: str | None = None
