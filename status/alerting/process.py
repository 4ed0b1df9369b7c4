"""The alerting process: a child of the supervisor, so that it stands when the publisher does not.

run ─▶ lease ─▶ caller (this thread decides and writes) ─▶ posts ─▶ threads of each channel ─▶ mail, web-hook, …
└──▶ heart (a thread of its own): the dead man's switch outside
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.alerting.calendars import Calendars
from status.alerting.caller import Caller, LeaseLost
from status.alerting.heart import Heart
from status.clock import utc
from status.delivery.journal import Journal
from status.delivery.process import OpenWays
from status.delivery.sending import Job, Office, Post, Result, end_threads, start_threads
from status.life import touch_life
from status.log import fields
from status.models.engine import reading, writing
from status.notifiers.registry import channels
from status.queries.alerting import is_wanted
from status.runtime import Runtime
from status.services import leases
from status.services.life_signs import write_life_sign

log = logging.getLogger(__name__)

NAME: Final = "alerting"
LOOK_EVERY_S: Final = 0.5
TOUCH_EVERY_S: Final = 1.0
LEASE_S: Final = 30.0
RENEW_LEASE_EVERY_S: Final = 5.0
TROUBLE_S: Final = 2.0


def main(runtime: Runtime) -> None:
    """Alert until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(runtime, stop)


def run(runtime: Runtime, stop: threading.Event, look_every_s: float = LOOK_EVERY_S) -> None:
    """Alert until `stop` is set."""
    journal = Journal(runtime.places.data / NAME / "journal")
    results: queue.SimpleQueue[Result] = queue.SimpleQueue()
    posts = {name: Post(channel) for name, channel in channels().items()}
    ways = OpenWays(runtime)

    def wanted(job: Job) -> bool:
        with reading(runtime.sessions) as session:
            return is_wanted(session, job.id)

    office = Office(journal, results, threading.Event(), wanted, ways)
    threads = [thread for post in posts.values() for thread in start_threads(post, office)]
    if runtime.settings.heartbeat.url:
        threads.append(threading.Thread(target=Heart(runtime).run, args=(office.stop,), name="heart"))
        threads[-1].start()
    seat = Seat(runtime)
    try:
        caller = Caller(runtime, posts, results, journal, seat.holds)
        _turn(runtime, caller, seat, ways, stop=stop, look_every_s=look_every_s)
    finally:
        end_threads(posts.values(), office, threads)
        seat.leave()
        journal.close()


def _turn(
    runtime: Runtime, caller: Caller, seat: Seat, ways: OpenWays, *, stop: threading.Event, look_every_s: float
) -> None:
    begun, calendars, told = False, Calendars(runtime), False
    while not stop.is_set():
        wait_s = look_every_s
        try:
            seat.touch()
            if seat.hold(caller.on_their_way):
                ways.look()
                if not begun:
                    caller.begin()
                    begun = True
                calendars.look()
                wait_s = caller.turn(look_every_s)
            told = False
        except LeaseLost:
            seat.lose()
        except SQLAlchemyError as error:
            if not told:
                log.error("alerting_database_lost", extra=fields(error=str(error)))  # noqa: TRY400 - expected
            told, wait_s = True, TROUBLE_S
        stop.wait(wait_s)


@dataclass(slots=True)
class Seat:
    """The lease and the life signs: of several machines one alerts."""

    runtime: Runtime
    holder: str = field(default_factory=leases.this_holder)
    fence: int | None = None
    renewed_at: float = float("-inf")
    touched_at: float = float("-inf")

    def touch(self) -> None:
        """Touch the life file, at most once a second."""
        steady = self.runtime.clock().steady
        if steady - self.touched_at >= TOUCH_EVERY_S:
            self.touched_at = steady
            with suppress(OSError):
                touch_life(self.runtime.places, NAME)

    def hold(self, on_their_way: int) -> bool:
        """Take or renew the lease when it is time; tell whether this process holds it."""
        now = self.runtime.clock()
        if now.steady - self.renewed_at < RENEW_LEASE_EVERY_S:
            return self.fence is not None
        at = utc(now.wall)
        with writing(self.runtime.sessions) as session:
            if self.fence is None or not leases.renew(session, NAME, self.fence, at, LEASE_S):
                self.fence = leases.take(session, NAME, self.holder, at, LEASE_S)
            note = f"{on_their_way} on their way" if self.fence is not None else "waiting for the lease"
            write_life_sign(session, NAME, at, note)
        self.renewed_at = now.steady
        return self.fence is not None

    def holds(self, session: Session) -> bool:
        """Whether the fence still holds, until the end of this write transaction."""
        return self.fence is not None and leases.check(session, NAME, self.fence)

    def lose(self) -> None:
        """Take the lease anew at the next look."""
        self.fence, self.renewed_at = None, float("-inf")

    def leave(self) -> None:
        """Give the lease back, if the database still listens."""
        if self.fence is not None:
            with suppress(SQLAlchemyError), writing(self.runtime.sessions) as session:
                leases.release(session, NAME, self.fence)
