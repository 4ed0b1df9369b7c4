"""The only place that reads the clocks; the composition root hands a `Clock` to whoever needs the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from probes.types import Instant

Clock = Callable[[], Instant]


def system_clock() -> Instant:
    """Give the present moment on both clocks."""
    return Instant(time.monotonic(), time.time())


def utc(wall: float) -> datetime:
    """Turn Unix seconds into an aware UTC datetime."""
    return datetime.fromtimestamp(wall, UTC)


def utc_now() -> datetime:
    """Give the wall clock's present as an aware UTC datetime."""
    return datetime.now(UTC)
