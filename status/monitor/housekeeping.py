"""What is thrown away, and when: observations past their time, in slices that never hold the writer long; sign-ins."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from status.config.model import Desk
from status.models.engine import Sessions, writing
from status.monitor.recording import forget_before
from status.services.forgetting import forget_sign_ins

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


def keep_door(sessions: Sessions, desk: Desk, now: datetime) -> None:
    """Forget what no rule looks at any more of sign-ins, sessions, links and kept forms."""
    with writing(sessions) as session:
        gone = forget_sign_ins(session, desk, now)
    if gone:
        log.info("sign_ins_forgotten", extra={"count": gone})
