"""The settler: writes down what the senders report of each message, and lets a channel rest whose way out is closed.

sent ─▶ settled │ refused for good ─▶ settled, perhaps the end of a subscription │ else ─▶ tried again later
the way out is closed ─▶ the channel rests; what no try was made of goes on gathering news
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.clock import utc
from status.delivery.journal import Journal
from status.delivery.sending import HELD, Job, Post, Result
from status.domain.subscriptions import CONFIRM, TEST
from status.log import fields
from status.models import Message
from status.notifiers.types import NotSent
from status.runtime import Runtime
from status.services import closing, outbox, settling
from status.services.settling import Retrying
from status.services.tenure import Tenure
from status.services.thawing import thaw

log = logging.getLogger(__name__)

SETTLE: Final = 200
CLOSED_S: Final = 5.0
CLOSED_MOST_S: Final = 300.0
ASK_S: Final = 3_600.0
"""So long a program is asked whether it wants to be told: whoever asks for it stands beside it."""

T = TypeVar("T")


class _Rest(NamedTuple):
    """How long a channel is left alone, and why."""

    pause_s: float
    why: str


class Settler:
    """Turned by the clerk's thread, as all that writes."""

    def __init__(
        self, runtime: Runtime, tenure: Tenure, posts: Mapping[str, Post],
        results: queue.SimpleQueue[Result], journal: Journal,
    ) -> None:  # fmt: skip
        notices = runtime.settings.notices
        self._runtime = runtime
        self._tenure = tenure
        self._posts = posts
        self._results = results
        self._journal = journal
        self._retrying = Retrying(notices.retry_first_s, notices.retry_last_s, notices.dead_after_h * 3_600)
        self._closed_s: dict[str, float] = {}
        self._unsettled: list[Result] = []

    def begin(self) -> None:
        """Settle what a former process handed over and could not write down; to this one every way out is open."""
        with self._tenure.writing() as session:
            closing.open_all(session)
        noted = sorted(self._journal.noted())
        for some in _slices(noted):
            with self._tenure.writing() as session:
                settling.sent(session, outbox.ids_of(session, some), self._now())
            self._journal.settle(some)
        if noted:
            log.info("deliveries_settled_from_the_journal", extra=fields(count=len(noted)))

    def is_closed(self, channel: str) -> bool:
        """Whether the way out of a channel was closed when it was tried last."""
        return channel in self._closed_s

    def give_up(self, message_ids: Iterable[int], why: NotSent) -> None:
        """Note the failure of messages that no sender had, each in a transaction of its own."""
        for message_id in message_ids:
            with self._tenure.writing() as session:
                self._note_failure(session, message_id, why, self._retrying)

    def settle(self) -> bool:
        """Write down what the senders report. What could not be written is kept for the next time."""
        self._unsettled += self._reported()
        results = self._unsettled
        if not results:
            return False
        accepted = [result for result in results if result.accepted]
        open_now = {result.job.channel for result in accepted}
        rests = self._rests(results, open_now)
        with self._tenure.writing() as session:
            rows = outbox.rows_of(session, [result.job.outgoing.uid for result in results])
            there = [(rows[each.job.outgoing.uid], each) for each in results if each.job.outgoing.uid in rows]
            answers = {id_: one.answered for id_, one in there if one.accepted and one.answered is not None}
            settling.sent(session, [id_ for id_, one in there if one.accepted], self._now(), answers)
            closing.open_again(session, open_now & self._closed_s.keys())
            for id_, result in there:
                if result.not_sent is not None and not result.not_sent.all_wait:
                    self._note_failure(session, id_, result.not_sent, self._retrying_of(result.job))
            self._let_wait(session, there)
            for name, rest in rests.items():
                closing.close(session, name, rest.why, self._now(), timedelta(seconds=rest.pause_s))
        self._journal.settle([result.job.outgoing.uid for result in accepted])
        self._unsettled = []
        for result in results:
            self._posts[result.job.channel].handed.discard(result.job.id)
        for name in open_now:
            self._closed_s.pop(name, None)
        for name, rest in rests.items():
            self._let_rest(name, rest)
        return True

    def _reported(self) -> list[Result]:
        """Take what the senders report; behind one who found the way out closed nobody is to try it as well."""
        results = _taken(self._results, SETTLE)
        for result in tuple(results):
            if result.not_sent is not None and result.not_sent.all_wait:
                behind = _taken(self._posts[result.job.channel].todo, HELD)
                results += [Result(job, not_sent=result.not_sent) for job in behind if job is not None]
        return results

    def _note_failure(self, session: Session, message_id: int, why: NotSent, retrying: Retrying) -> None:
        message, now = session.get(Message, message_id), self._now()
        if message is None or message.settled_at is not None:
            return
        message.answered = why.answered
        if why.for_good:
            if settling.bounced(session, message, why.why, now):
                log.info("subscription_paused", extra=fields(subscription=message.subscription_id))
        else:
            settling.failed(session, message, why.why, now, retrying, why.after_s)

    def _let_wait(self, session: Session, there: Sequence[tuple[int, Result]]) -> None:
        """Let what found its way out closed wait; all news of the channel that no try was made of go on gathering."""
        closed = {id_: each for id_, each in there if each.not_sent and each.not_sent.all_wait}
        if not closed:
            return
        ids = set(closed)
        for name in {each.job.channel for each in closed.values()}:
            ids.update(outbox.untried(session, name, self._posts[name].handed, HELD))
        thawed = thaw(session, ids)
        for message in session.scalars(sa.select(Message).where(Message.id.in_(closed.keys() - thawed))):
            found = closed[message.id]
            if message.settled_at is None and found.not_sent is not None:
                settling.waited(session, message, found.not_sent.why, self._now(), self._retrying_of(found.job))

    def _retrying_of(self, job: Job) -> Retrying:
        """Give how long a message is tried: a test once, the asking of a program an hour, all else as configured."""
        kind = job.outgoing.words.payload.get("kind")
        if kind == TEST:
            return replace(self._retrying, dead_after_s=0.0)
        if kind == CONFIRM and self._posts[job.channel].channel.is_program:
            return replace(self._retrying, dead_after_s=min(ASK_S, self._retrying.dead_after_s))
        return self._retrying

    def _rests(self, results: Sequence[Result], open_now: Collection[str]) -> dict[str, _Rest]:
        """Give the channels whose way out was found closed, and how long each rests: longer each time, one by one."""
        steady, rests = self._runtime.clock().steady, dict[str, _Rest]()
        for result in results:
            name, why = result.job.channel, result.not_sent
            if why is None or not why.all_wait or name in rests or steady < self._posts[name].closed_until:
                continue
            before_s = CLOSED_S / 2 if name in open_now else self._closed_s.get(name, CLOSED_S / 2)
            rests[name] = _Rest(why.after_s or min(before_s * 2, CLOSED_MOST_S), why.why)
        return rests

    def _let_rest(self, name: str, rest: _Rest) -> None:
        self._closed_s[name] = rest.pause_s
        self._posts[name].closed_until = self._runtime.clock().steady + rest.pause_s
        log.warning("channel_closed", extra=fields(channel=name, why=rest.why, seconds=rest.pause_s))

    def _now(self) -> datetime:
        return utc(self._runtime.clock().wall)


def _taken(waiting: queue.SimpleQueue[T], most: int) -> list[T]:
    taken: list[T] = []
    while len(taken) < most:
        try:
            taken.append(waiting.get_nowait())
        except queue.Empty:
            break
    return taken


def _slices(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (uids[at : at + SETTLE] for at in range(0, len(uids), SETTLE))
