"""How soon the next word on an event is promised, by its severity. Sans-IO."""

from __future__ import annotations

from typing import Final

PRESETS_MIN: Final = {5: 20, 4: 30, 3: 60, 2: 120, 1: 240}
"""Minutes by severity, 5 critical to 1 very low; the posting screen proposes them, the author decides."""


def preset_s(severity: int) -> int:
    """Give after how many seconds the next word is due; severities outside 1 to 5 count as the nearest one."""
    return PRESETS_MIN[max(1, min(5, severity))] * 60
