"""How a process says that it lives, and how it ends with its supervisor.

A life sign goes two ways: a row (`status.services.life_signs`), for people and `doctor`; and a file in `places.run`,
touched each second, for the supervisor, which must see a hung process also when the database is locked or gone.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from status.clock import Clock
from status.log import fields
from status.places import Places

log = logging.getLogger(__name__)

SUPERVISOR_VARIABLE = "TRAVAUX_SUPERVISOR"
"""The environment variable by which a child knows its supervisor's pid."""

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2)."""

TOUCH_EVERY_S: Final = 1.0


def supervisor_pid() -> int | None:
    """Give the pid of the supervisor that started this process; None when it was started alone."""
    value = os.environ.get(SUPERVISOR_VARIABLE, "")
    return int(value) if value.isdigit() else None


def die_with_parent(expected_parent: int | None) -> None:
    """Have the kernel kill this process (SIGKILL) when its parent dies; leave at once when it is dead already.

    Call it first of all, before any thread. None means started alone: nothing is done. Children of this process
    don't inherit it (prctl(2)): each calls it for itself.
    """
    if expected_parent is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if os.getppid() != expected_parent:
        os.kill(os.getpid(), signal.SIGKILL)


def life_file(places: Places, process: str) -> Path:
    """Give the path of a process's life file."""
    return places.run / f"{process}.alive"


def touch_life(places: Places, process: str) -> None:
    """Touch this process's life file; call it each second from what must not hang. Raises OSError on a broken disk."""
    life_file(places, process).touch()


@dataclass(slots=True)
class Pulse:
    """Touches the life file of a process that turns faster than once a second."""

    places: Places
    clock: Clock
    process: str
    touched_at: float = float("-inf")

    def beat(self) -> None:
        """Touch it, at most once a second; a broken disk is met where it matters."""
        steady = self.clock().steady
        if steady - self.touched_at < TOUCH_EVERY_S:
            return
        self.touched_at = steady
        try:
            touch_life(self.places, self.process)
        except OSError as error:
            log.debug("life_file_not_touched", extra=fields(error=str(error)))
