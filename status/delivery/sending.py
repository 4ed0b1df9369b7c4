"""The threads that hand messages over: each holds a carrier of its channel open and takes one message after another.

    clerk ─▶ Post.todo ─▶ still wanted? ─▶ carrier ─▶ journal ─▶ results ─▶ clerk

They read the database (a stop wins until the last moment) and never write to it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from status.delivery.journal import Journal
from status.log import fields
from status.notifiers.types import Carrier, Channel, NotSent, Outgoing, Ways

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
OUR_FAULT: Final = "a fault of ours: the log says more"


@dataclass(frozen=True, slots=True)
class Job:
    """A frozen message given to a thread; `id` is its row's."""

    id: int
    channel: str
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job: accepted, not sent and why, or not tried as nobody wants it any more."""

    job: Job
    accepted: bool = False
    not_sent: NotSent | None = None


@dataclass(slots=True, eq=False)
class Post:
    """One channel: what its threads are to send, and what they hold. `closed_until` (steady): its way out is closed.

    `todo` is no SimpleQueue: of several threads that wait there for a time one may wait for ever (Python 3.11: its time
    left falls below 0 when another takes the item), and a process that is told to end would not.
    """

    channel: Channel
    todo: queue.Queue[Job] = field(default_factory=queue.Queue)
    handed: set[int] = field(default_factory=set)
    closed_until: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Office:
    """What the threads share."""

    journal: Journal
    results: queue.SimpleQueue[Result]
    stop: threading.Event
    is_wanted: Callable[[int], bool]
    ways: Ways


def start_threads(post: Post, office: Office) -> list[threading.Thread]:
    """Start a channel's threads."""
    threads = [
        threading.Thread(target=_work, args=(post, office), name=f"{post.channel.name}-{n}")
        for n in range(post.channel.threads)
    ]
    for thread in threads:
        thread.start()
    return threads


def _work(post: Post, office: Office) -> None:
    carrier: Carrier | None = None
    while not office.stop.is_set():
        try:
            job = post.todo.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            continue
        try:
            if not office.is_wanted(job.id):
                office.results.put(Result(job))
                continue
            carrier = carrier or post.channel.open(office.ways)
            carrier.send(job.outgoing)
            _note(office.journal, job.outgoing.uid)
            office.results.put(Result(job, accepted=True))
        except NotSent as error:
            office.results.put(Result(job, not_sent=error))
        except SQLAlchemyError as error:
            log.warning("message_not_looked_up", extra=fields(error=str(error)))
            office.results.put(Result(job, not_sent=NotSent("the database did not answer", all_wait=True)))
        except Exception:
            log.exception("message_not_sent", extra=fields(channel=post.channel.name, message=job.outgoing.uid))
            office.results.put(Result(job, not_sent=NotSent(OUR_FAULT)))
    if carrier is not None:
        with suppress(OSError):
            carrier.close()


def _note(journal: Journal, uid: str) -> None:
    """Note an acceptance; a full disk only means that a kill of this moment would send it again."""
    try:
        journal.note(uid)
    except OSError as error:
        log.warning("delivery_journal_not_written", extra=fields(error=str(error)))
