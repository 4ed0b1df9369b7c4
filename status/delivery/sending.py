"""The threads that hand messages over: each holds a carrier of its channel open and takes one message after another.

    clerk ─▶ Post.todo ─▶ still wanted? ─▶ carrier ─▶ journal ─▶ results ─▶ clerk

They read the database (a stop wins until the last moment) and never write to it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from status.delivery.journal import Journal
from status.log import fields
from status.notifiers.types import Carrier, Channel, NotSent, Outgoing, Ways, kept_status

log = logging.getLogger(__name__)

OUR_FAULT: Final = "a fault of ours: the log says more"
HELD: Final = 200
"""So many messages of a channel are with its threads at most: what is frozen can take no later news in."""


@dataclass(frozen=True, slots=True)
class Job:
    """A frozen message given to a thread; `id` is its row's."""

    id: int
    channel: str
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job: accepted and with which answer, not sent and why, or not tried as nobody wants it."""

    job: Job
    accepted: bool = False
    answered: int | None = None
    not_sent: NotSent | None = None


@dataclass(slots=True, eq=False)
class Post:
    """One channel: what its threads are to send (None: look whether it is over), and what they hold.

    Steady times: until `closed_until` its way out rests, before `look_at` there is nobody new to be told. Threads wait
    without a time-out, as `SimpleQueue.get(timeout=…)` of CPython 3.11 may wait for ever where several take from one
    queue (it passes a time that has run out on as "no limit").
    """

    channel: Channel
    todo: queue.SimpleQueue[Job | None] = field(default_factory=queue.SimpleQueue)
    handed: set[int] = field(default_factory=set)
    closed_until: float = float("-inf")
    look_at: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Office:
    """What the threads share."""

    journal: Journal
    results: queue.SimpleQueue[Result]
    stop: threading.Event
    is_wanted: Callable[[Job], bool]
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


def end_threads(posts: Collection[Post], office: Office, threads: Sequence[threading.Thread]) -> None:
    """End all channels' threads once they handed over what they hold in hand."""
    office.stop.set()
    for post in posts:
        for _ in range(post.channel.threads):
            post.todo.put(None)
    for thread in threads:
        thread.join()


def _work(post: Post, office: Office) -> None:
    carrier: Carrier | None = None
    while not office.stop.is_set():
        job = post.todo.get()
        if job is None:
            continue
        try:
            if not office.is_wanted(job):
                office.results.put(Result(job))
                continue
            carrier = carrier or post.channel.open(office.ways)
            answered = kept_status(carrier.send(job.outgoing))
            _note(office.journal, job.outgoing.uid)
            office.results.put(Result(job, accepted=True, answered=answered))
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
