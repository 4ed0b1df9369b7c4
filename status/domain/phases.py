"""Where on the grid each location looks: `n` locations share an interval evenly (detection rule, point 1). Sans-IO."""

from __future__ import annotations


def phase_at(phase: float, index: int, count: int) -> float:
    """Give a check's phase (share of its interval, 0 ≤ phase < 1) at location `index` of `count`, counted from 0."""
    shifted = (phase + index / count) % 1.0
    return shifted if shifted < 1.0 else 0.0
