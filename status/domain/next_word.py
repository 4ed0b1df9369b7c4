"""How soon the next word on an event is promised, by its severity. Sans-IO."""

from __future__ import annotations

from collections.abc import Sequence


def preset_s(severity: int, minutes: Sequence[int]) -> int:
    """Give after how many seconds the next word is due, by the five `minutes` of severities 1 (very low) to 5.

    The posting screen proposes it, the author decides. Severities outside 1 to 5 count as the nearest one.
    """
    return minutes[max(1, min(5, severity)) - 1] * 60
