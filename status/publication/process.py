"""The publisher process: holds its lease, says that it lives, and turns until it is told to end.

A full disk or a lost database leaves the public generation as it is; the publisher says so once and tries again.
"""

from __future__ import annotations

import gc
import logging
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from status.life import Pulse
from status.log import fields
from status.models.engine import reading
from status.publication import mailbox
from status.publication.hub import Hub
from status.publication.making import Assets, DatabaseLost
from status.publication.mirroring import Mirrors
from status.publication.publisher import Publisher
from status.publication.types import Render
from status.runtime import Runtime
from status.services.tenure import LeaseLost, Tenure

log = logging.getLogger(__name__)

NAME: Final = "publisher"
LOOK_EVERY_S: Final = 0.2
COLLECT_AFTER: Final = 50_000
"""So many new objects until Python looks for cycles among them: by default it looks each 700, which is a quarter of the
time from a change to its swap at 2,000 components and 20,000 events."""

FIRST_RETRY_S: Final = 0.5
LAST_RETRY_S: Final = 5.0


class Beside(Protocol):
    """What runs beside the publisher while that has the lease."""

    def allow(self, *, allowed: bool) -> None:
        """Let it run, or not. Called at every turn."""

    def end(self) -> None:
        """End it."""


def main(runtime: Runtime, render: Render, assets: Assets, *beside: Beside) -> None:
    """Publish until SIGTERM or SIGINT."""
    gc.set_threshold(COLLECT_AFTER)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(runtime, render, assets, stop, (Mirrors(runtime), *beside))


def run(runtime: Runtime, render: Render, assets: Assets, stop: threading.Event, beside: Sequence[Beside] = ()) -> None:
    """Publish until `stop` is set; then give the lease back."""
    tenure = Tenure(NAME, runtime.sessions, runtime.clock)
    pulse = Pulse(runtime.places, runtime.clock, NAME)

    def check() -> None:
        with reading(runtime.sessions) as session:
            tenure.check(session)

    publisher: Publisher | None = None
    trouble = Trouble()
    mailbox.start(runtime, stop)
    hub = Hub.of(runtime)
    if hub is not None:
        hub.start(stop)
    while not stop.is_set():
        wait_s = LOOK_EVERY_S
        try:
            pulse.beat()
            holds = tenure.keep("publishing")
            _allow(beside, allowed=holds)
            if holds:
                publisher = publisher or Publisher(runtime, render, assets, check, pulse.beat, hub)
                wait_s = 0 if publisher.turn() else LOOK_EVERY_S
                trouble.over()
            else:
                publisher = None
        except LeaseLost:
            publisher = None
            _allow(beside, allowed=False)
        except (SQLAlchemyError, DatabaseLost, OSError) as error:
            wait_s = trouble.met(error)
        stop.wait(wait_s)
    for each in beside:
        each.end()
    tenure.leave()


def _allow(beside: Sequence[Beside], *, allowed: bool) -> None:
    for each in beside:
        each.allow(allowed=allowed)


@dataclass(slots=True)
class Trouble:
    """What keeps the publisher from publishing: told once, and the pause before the next try (seconds)."""

    kind: str = ""
    pause_s: float = FIRST_RETRY_S

    def met(self, error: Exception) -> float:
        """Tell of an error unless it is the one of before; give the pause, longer each time."""
        kind = f"{type(error).__name__} {getattr(error, 'errno', '')}"
        if kind != self.kind:
            event = (
                "publisher_database_lost"
                if isinstance(error, (SQLAlchemyError, DatabaseLost))
                else "publication_not_written"
            )
            log.error(event, extra=fields(error=str(error)))
        self.kind, pause_s = kind, self.pause_s
        self.pause_s = min(self.pause_s * 2, LAST_RETRY_S)
        return pause_s

    def over(self) -> None:
        """Tell, once, that publishing works again."""
        if self.kind:
            log.info("publishing_again")
        self.kind, self.pause_s = "", FIRST_RETRY_S
