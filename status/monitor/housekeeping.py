"""What is thrown away, and when: observations past their time, in slices that never hold the writer long."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from status.models.engine import Sessions, writing
from status.monitor.recording import forget_before

log = logging.getLogger(__name__)

SLICE = 1_000
PAUSE_S = 0.05


def keep_house(sessions: Sessions, before: datetime) -> None:
    """Delete observations due before then (UTC), in slices with a pause between."""
    before_ms = round(before.timestamp() * 1000)
    gone = 0
    while True:
        with writing(sessions) as session:
            count = forget_before(session, before_ms, at_most=SLICE)
        gone += count
        if count < SLICE:
            break
        time.sleep(PAUSE_S)
    if gone:
        log.info("observations_forgotten", extra={"count": gone})
