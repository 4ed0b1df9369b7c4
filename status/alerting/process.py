"""The alerting process: a child of the supervisor, so that it stands when the publisher does not.

run ─▶ lease ─▶ caller (this thread decides and writes) ─▶ posts ─▶ threads of each channel ─▶ mail, web-hook, …
├──▶ heart (a thread of its own): the dead man's switch outside
└──▶ calendars (one too): reads the files of duties, and hands what is in them to this thread
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from status.alerting.calendars import Calendars
from status.alerting.caller import Caller
from status.alerting.heart import Heart
from status.clock import utc
from status.delivery.journal import Journal
from status.delivery.process import OpenWays
from status.delivery.sending import Job, Office, Post, Result, end_threads, start_threads
from status.life import Pulse
from status.log import fields
from status.models.engine import reading
from status.notifiers.registry import channels
from status.queries.alerting import When, when_wanted
from status.runtime import Runtime
from status.services.tenure import LeaseLost, Tenure

log = logging.getLogger(__name__)

NAME: Final = "alerting"
LOOK_EVERY_S: Final = 0.5
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
            return when_wanted(session, job.id, utc(runtime.clock().wall)) is When.NOW

    office = Office(journal, results, threading.Event(), wanted, ways)
    threads = [thread for post in posts.values() for thread in start_threads(post, office)]
    if runtime.settings.heartbeat.url:
        threads.append(threading.Thread(target=Heart(runtime).run, args=(office.stop,), name="heart"))
        threads[-1].start()
    calendars = Calendars(runtime)
    if any(entry.ical for entry in runtime.settings.rota):
        threads.append(threading.Thread(target=calendars.run, args=(office.stop,), name="calendars"))
        threads[-1].start()
    tenure = Tenure(NAME, runtime.sessions, runtime.clock)
    try:
        caller = Caller(runtime, posts, results, journal, tenure)
        _turn(runtime, (caller, calendars), tenure, ways, stop=stop, look_every_s=look_every_s)
    finally:
        end_threads(posts.values(), office, threads)
        tenure.leave()
        journal.close()


def _turn(
    runtime: Runtime, work: tuple[Caller, Calendars], tenure: Tenure, ways: OpenWays, *, stop: threading.Event,
    look_every_s: float,
) -> None:  # fmt: skip
    (caller, calendars), begun, told = work, False, False
    pulse = Pulse(runtime.places, runtime.clock, NAME)
    while not stop.is_set():
        wait_s = look_every_s
        try:
            pulse.beat()
            if tenure.keep(f"{caller.on_their_way} on their way"):
                ways.look()
                if not begun:
                    caller.begin()
                    begun = True
                calendars.take_in()
                wait_s = caller.turn(look_every_s)
            told = False
        except LeaseLost:
            wait_s = 0.0
        except SQLAlchemyError as error:
            if not told:
                log.error("alerting_database_lost", extra=fields(error=str(error)))  # noqa: TRY400 - expected
            told, wait_s = True, TROUBLE_S
        stop.wait(wait_s)
