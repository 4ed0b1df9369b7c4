"""Tells subscribers: a process beside the publisher, so that no slow mail server ever delays a publication.

notices ─▶ clerk (one thread writes) ─▶ posts ─▶ one or more threads a channel ─▶ mail, web-hook, …
             └── settler ◀── results ◀────────────────────┘
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from status.clock import utc
from status.config.model import Settings
from status.delivery.clerk import Clerk
from status.delivery.freezing import words_of
from status.delivery.journal import Journal
from status.delivery.sending import Job, Office, Post, Result, end_threads, start_threads
from status.delivery.settler import Settler
from status.life import die_with_parent
from status.log import configure, fields
from status.models import Subscription
from status.models.engine import reading, writing
from status.notifiers.registry import channels
from status.places import Places
from status.queries.relays import not_operational
from status.runtime import Runtime, make_runtime
from status.services import outbox
from status.services.life_signs import write_life_sign
from status.services.tenure import LeaseLost, Tenure

log = logging.getLogger(__name__)

NAME: Final = "delivery"
END_S: Final = 5.0
"""So long a message may still be handed over when the process is to end."""

IDLE_S: Final = 0.2
LOOK_AT_WAYS_S: Final = 5.0
SIGN_EVERY_S: Final = 5.0
RESTART_S: Final = 5.0
LOOK_FOR_SUBSCRIBERS_S: Final = 2.0
TROUBLE_S: Final = 2.0
NICER: Final = 5


class Deliveries:
    """The process, as the publisher holds it: allowed to send while that has the lease.

    It is started once somebody subscribed: until then nobody is to be told anything.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._start_at = float("-inf")

    def allow(self, *, allowed: bool) -> None:
        """Start it when it is to run and isn't there; end it when it is not to."""
        if not allowed:
            self.end()
            return
        steady = self._runtime.clock().steady
        if (self._process is None or not self._process.is_alive()) and steady >= self._start_at:
            if self._process is None and not self._is_needed():
                self._start_at = steady + LOOK_FOR_SUBSCRIBERS_S
                return
            if self._process is not None and self._process.exitcode != 0:
                log.error("delivery_ended", extra=fields(code=self._process.exitcode))
            self._start_at = steady + RESTART_S
            arguments = (self._runtime.settings, self._runtime.places, os.getpid())
            self._process = self._context.Process(target=main, args=arguments, name=NAME, daemon=True)
            self._process.start()

    def _is_needed(self) -> bool:
        with reading(self._runtime.sessions) as session:
            return bool(session.scalar(sa.select(sa.exists(sa.select(Subscription.id)))))

    def end(self) -> None:
        """End it, within seconds whatever it waits for; what is on its way and not settled is in its journal."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(END_S)
            if self._process.is_alive():
                log.warning("delivery_killed", extra=fields(seconds=END_S))
                self._process.kill()
                self._process.join()
        self._process = None


def main(settings: Settings, places: Places, parent: int) -> None:
    """Tell subscribers until SIGTERM, or until the publisher is gone."""
    die_with_parent(parent)
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    configure(NAME)
    with suppress(OSError):
        os.nice(NICER)
    spare_the_lock()
    run(make_runtime(settings, places), stop)


def spare_the_lock() -> None:
    """Let the collector leave alone what was imported: a look at all of it takes 90 ms, in a transaction too."""
    gc.collect()
    gc.freeze()


def run(runtime: Runtime, stop: threading.Event) -> None:
    """Tell subscribers until `stop` is set, or until another process took the lease."""
    tenure = Tenure(NAME, runtime.sessions, runtime.clock)
    if not _taken(tenure, stop):
        return
    journal = Journal(runtime.places.data / NAME / "journal")
    results: queue.SimpleQueue[Result] = queue.SimpleQueue()
    posts = {name: Post(channel) for name, channel in channels().items()}
    ways = OpenWays(runtime)

    def is_wanted(job: Job) -> bool:
        with reading(runtime.sessions) as session:
            words = outbox.words_to_send(session, job.outgoing.uid)
            return words is not None and words_of(words) == job.outgoing.words and tenure.holds(session)

    office = Office(journal, results, threading.Event(), is_wanted, ways)
    settler = Settler(runtime, tenure, posts, results, journal)
    clerk = Clerk(runtime, tenure, posts, settler)
    threads = [thread for post in posts.values() for thread in start_threads(post, office)]
    try:
        _turn(_Desk(runtime, tenure, clerk, ways, posts), stop)
        end_threads(posts.values(), office, threads)
        settler.settle()
        tenure.leave()
    except LeaseLost:
        log.warning("delivery_lease_lost")
    except SQLAlchemyError as error:
        log.warning("delivery_not_settled", extra=fields(error=str(error)))
    finally:
        end_threads(posts.values(), office, threads)
        journal.close()


def _taken(tenure: Tenure, stop: threading.Event) -> bool:
    """Take the lease, however long that takes; False when it is to stop first."""
    while not stop.is_set():
        try:
            if tenure.take():
                return True
        except SQLAlchemyError as error:
            log.warning("delivery_database_lost", extra=fields(error=str(error)))
        stop.wait(TROUBLE_S)
    return False


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the clerk's thread turns."""

    runtime: Runtime
    tenure: Tenure
    clerk: Clerk
    ways: OpenWays
    posts: dict[str, Post]


def _turn(desk: _Desk, stop: threading.Event) -> None:
    begun = False
    signed_at = float("-inf")
    while not stop.is_set():
        wait_s = IDLE_S
        try:
            desk.tenure.renew()
            desk.ways.look()
            if not begun:
                desk.clerk.begin()
                begun = True
            if time.monotonic() - signed_at >= SIGN_EVERY_S:
                _sign(desk.runtime, desk.posts)
                signed_at = time.monotonic()
            wait_s = 0.0 if desk.clerk.turn() else IDLE_S
        except SQLAlchemyError as error:
            log.warning("delivery_database_lost", extra=fields(error=str(error)))
            wait_s = TROUBLE_S
        stop.wait(wait_s)


@dataclass(slots=True)
class OpenWays:
    """What ways out can be used: read by the clerk's thread now and then, asked by the senders'."""

    runtime: Runtime
    closed: frozenset[str] = frozenset()
    looked_at: float = field(default=float("-inf"))

    @property
    def settings(self) -> Settings:
        """Give the settings."""
        return self.runtime.settings

    def is_open(self, component: str) -> bool:
        """Whether a way out that rides on this component can be used; "" rides on none."""
        return component not in self.closed

    def look(self) -> None:
        """Read which components are well, when it is time."""
        slugs = {relay.component for relay in self.settings.relay if relay.component}
        if not slugs or time.monotonic() - self.looked_at < LOOK_AT_WAYS_S:
            return
        with reading(self.runtime.sessions) as session:
            self.closed = not_operational(session, slugs)
        self.looked_at = time.monotonic()


def _sign(runtime: Runtime, posts: dict[str, Post]) -> None:
    held = sum(len(post.handed) for post in posts.values())
    with writing(runtime.sessions) as session:
        write_life_sign(session, NAME, utc(runtime.clock().wall), f"{held} on their way")
