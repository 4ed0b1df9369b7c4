"""The clerk: the one thread that writes what becomes of notices and messages, in short transactions.

turn: settle what the senders report ─▶ fan a slice of a notice out ─▶ per channel: hand out, freeze what is due
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.clock import utc
from status.delivery.freezing import AFTER_FAULT, Freezer, words_of, written
from status.delivery.journal import Journal
from status.delivery.sending import OUR_FAULT, Job, Post, Result
from status.domain.bucket import Bucket
from status.domain.refused import Refused
from status.domain.states import Publication
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import CONFIRM, TEST
from status.log import fields
from status.models import Letter, Message, Notice, Subscription
from status.models.engine import reading
from status.notifiers.types import Links, NotSent, Outgoing, Words
from status.queries.concern import concerned, touching
from status.runtime import Runtime
from status.services import closing, fanning, letters, outbox, settling, subscribing
from status.services.changing import line_up
from status.services.fanning import Due
from status.services.sealing import opened
from status.services.settling import Retrying
from status.services.tenure import Tenure
from status.services.thawing import thaw

log = logging.getLogger(__name__)

SLICE: Final = 500
"""So many subscriptions a notice is fanned out to at once: 7 ms of the processor with the database locked."""

FAN_OUT_S: Final = 1.0
"""So long notices are fanned out before messages are looked at: what waited together is told together."""

LOOK_EVERY_S: Final = 1.0
"""So often it is looked for news to freeze while domains are told fast enough: nearly all that wait may be theirs."""

FREEZE: Final = 50
HELD: Final = 200
"""So many messages of a channel are with its threads at most: what is frozen can take no later news in."""

SETTLE: Final = 200
CLOSED_S: Final = 5.0
CLOSED_MOST_S: Final = 300.0
FORGET_EVERY_S: Final = 600.0
FORGET_SOON_S: Final = 1.0
FORGET: Final = 200
SET_BACK_S: Final = 2.0
"""A wall clock that lost more than this against the steady one was set back."""

ASK_S: Final = 3_600.0
"""So long a program is asked whether it wants to be told: whoever asks for it stands beside it."""

T = TypeVar("T")


class Clerk:
    """Holds the posts of all channels; turned by the process until it stops."""

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
        self._freezer = Freezer(runtime, tenure)
        self._key = subscribing.key_of(runtime.places.data)
        self._zone = runtime.settings.site.timezone
        self._base = f"{runtime.settings.site.public_url.rstrip('/')}/s"
        self._retrying = Retrying(notices.retry_first_s, notices.retry_last_s, notices.dead_after_h * 3_600)
        self._closed_s: dict[str, float] = {}
        self._domains: dict[str, Bucket] = {}
        self._unsettled: list[Result] = []
        self._faulty: set[int] = set()
        self._offset_s = self._offset()
        self._forget_at = float("-inf")

    def begin(self) -> None:
        """Settle what a former process handed over and could not write down; to this one every way out is open."""
        with self._tenure.writing() as session:
            closing.open_all(session)
        noted = self._journal.noted()
        for some in _slices(sorted(noted), SETTLE):
            with self._tenure.writing() as session:
                settling.sent(session, outbox.ids_of(session, some), self._now())
            self._journal.settle(some)
        if noted:
            log.info("deliveries_settled_from_the_journal", extra=fields(count=len(noted)))
        self._bring_forward(pauses=False)

    def turn(self) -> bool:
        """Do a little of everything; tell whether there may be more to do at once."""
        self._watch_clock()
        busy = self.settle()
        until = self._runtime.clock().steady + FAN_OUT_S
        while self._fan_out():
            busy = True
            if self._runtime.clock().steady >= until:
                break
        for post in self._posts.values():
            busy = self._serve(post) or busy
        self._forget()
        return busy

    def _now(self) -> datetime:
        return utc(self._runtime.clock().wall)

    def _offset(self) -> float:
        now = self._runtime.clock()
        return now.wall - now.steady

    def _watch_clock(self) -> None:
        """Bring forward what waits when the clock was set back: it would wait for the difference as well."""
        before, self._offset_s = self._offset_s, self._offset()
        if self._offset_s < before - SET_BACK_S:
            log.warning("clock_set_back", extra=fields(seconds=round(before - self._offset_s)))
            self._bring_forward(pauses=True)

    def _bring_forward(self, *, pauses: bool) -> None:
        now = self._now()
        while True:
            with reading(self._runtime.sessions) as session:
                found = outbox.ahead(session, now, pauses=pauses, limit=SLICE)
            if not found:
                return
            with self._tenure.writing() as session:
                outbox.bring_forward(session, found, now)

    def settle(self) -> bool:
        """Write down what the senders report. What could not be written is kept for the next time."""
        self._unsettled += self._reported()
        results = self._unsettled
        if not results:
            return False
        accepted = [result for result in results if result.accepted]
        with self._tenure.writing() as session:
            answers = {one.job.id: one.answered for one in accepted if one.answered is not None}
            settling.sent(session, [result.job.id for result in accepted], self._now(), answers)
            closing.open_again(session, {result.job.channel for result in accepted} & self._closed_s.keys())
            for result in results:
                if result.not_sent is not None and not result.not_sent.all_wait:
                    self._note_failure(session, result.job.id, result.not_sent, self._retrying_of(result.job))
            self._let_wait(session, results)
        self._journal.settle([result.job.outgoing.uid for result in accepted])
        self._unsettled = []
        for result in results:
            post = self._posts[result.job.channel]
            post.handed.discard(result.job.id)
            if result.accepted:
                self._closed_s.pop(result.job.channel, None)
            elif result.not_sent is not None and result.not_sent.all_wait:
                self._close(post, result.not_sent)
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

    def _let_wait(self, session: Session, results: Sequence[Result]) -> None:
        """Let what found its way out closed wait; all news of the channel that no try was made of go on gathering."""
        closed = {each.job.id: each for each in results if each.not_sent and each.not_sent.all_wait}
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

    def _close(self, post: Post, why: NotSent) -> None:
        """Let a channel rest, longer each time its way out is found closed."""
        steady, name = self._runtime.clock().steady, post.channel.name
        if steady < post.closed_until:
            return
        pause_s = why.after_s or min(self._closed_s.get(name, CLOSED_S / 2) * 2, CLOSED_MOST_S)
        self._closed_s[name] = pause_s
        post.closed_until = steady + pause_s
        with self._tenure.writing() as session:
            closing.close(session, name, why.why, self._now(), timedelta(seconds=pause_s))
        log.warning("channel_closed", extra=fields(channel=name, why=why.why, seconds=pause_s))

    def _fan_out(self) -> bool:
        with reading(self._runtime.sessions) as session:
            notice = fanning.next_notice(session, self._faulty)
            if notice is None:
                return False
            try:
                k, due = self._due(session, notice)
            except SQLAlchemyError:
                raise
            except Exception:  # one notice must not keep all later ones from being told
                log.exception("notice_not_fanned_out", extra=fields(notice=notice.id))
                self._faulty.add(notice.id)
                return True
        with self._tenure.writing() as session:
            if due:
                fanning.take_slice(session, notice, k, due, self._now())
            else:
                fanning.end(session, notice, self._now())
        return True

    def _due(self, session: Session, notice: Notice) -> tuple[int, list[Due]]:
        """Give the next slice of whom a notice concerns, with the number of its update; none: it is told to its end."""
        subject, now = fanning.subject_of(session, notice), self._now()
        if subject is None or subject[0].publication is Publication.DRAFT:
            return 0, []
        event, update = subject
        what = touching(session, event, update, notice.at)
        found = concerned(session, what, self._zone, notice.cursor, SLICE)
        return update.k or 0, [Due(one.id, one.channel, one.rhythm.due(now)) for one in found]

    def _serve(self, post: Post) -> bool:
        steady = self._runtime.clock().steady
        room = HELD - len(post.handed)
        if post.channel.name in self._closed_s:
            room = 1 - len(post.handed)  # one to try whether the way out is open again
        if steady < post.closed_until or room <= 0:
            return False
        given = self._hand_out(post, room)
        if given >= room:
            return True
        if steady < post.look_at:
            return given > 0
        limited, limit = self._limited(), min(FREEZE, room - given)
        frozen = self._freezer.freeze(post.channel.name, self._now(), limited, limit)
        if limited and frozen < limit:
            post.look_at = steady + LOOK_EVERY_S
        return bool(frozen or given)

    def _limited(self) -> list[str]:
        """Give the domains that are told fast enough just now."""
        steady = self._runtime.clock().steady
        return [name for name, bucket in self._domains.items() if bucket.wait(steady) > 0]

    def _hand_out(self, post: Post, room: int) -> int:
        now, steady = self._now(), self._runtime.clock().steady
        jobs: list[Job] = []
        blank: set[int] = set()
        faulty: list[int] = []
        with reading(self._runtime.sessions) as session:
            found = outbox.due_messages(session, post.channel.name, now, post.handed, self._limited(), room)
            for message, subscription in found:
                if self._bucket(post, subscription.domain).take(steady) > 0:
                    continue
                words = self._words_of(session, message.letter_id)
                if words is None:
                    blank.add(message.letter_id)
                    continue
                try:
                    jobs.append(Job(message.id, post.channel.name, self._outgoing(message, subscription, words)))
                except Exception:  # one row that can't be read must not keep all others from being told
                    log.exception("message_not_made", extra=fields(message=message.uid))
                    faulty.append(message.id)
        for letter_id in blank:
            self._write_anew(letter_id)
        for message_id in faulty:
            with self._tenure.writing() as session:
                self._note_failure(session, message_id, NotSent(OUR_FAULT), self._retrying)
        for job in jobs:
            post.handed.add(job.id)
            post.todo.put(job)
        return len(jobs)

    def _bucket(self, post: Post, domain: str) -> Bucket:
        if not domain or not post.channel.by_domain:
            return Bucket(1.0, 1.0)
        per_minute = self._runtime.settings.mail.domain_per_minute
        return self._domains.setdefault(domain, Bucket(per_minute / 60, max(1.0, per_minute / 60)))

    def _words_of(self, session: Session, letter_id: int) -> Words | None:
        letter = session.get_one(Letter, letter_id)
        return words_of(letter.words) if letter.words else None

    def _write_anew(self, letter_id: int) -> None:
        now = self._now()
        with self._tenure.writing() as session:
            line_up(session)
            letter = session.get_one(Letter, letter_id)
            try:
                fresh = self._freezer.write_anew(session, letter.made_from)
            except SQLAlchemyError:
                raise
            except Exception:  # one letter must not keep all others from being sent
                log.exception("letter_not_written", extra=fields(letter=letter_id))
                settling.put_off_letter(session, letter_id, now + AFTER_FAULT)
                return
            if fresh is None:
                settling.stop_letter(session, letter_id, now)
            else:
                letters.rewrite(session, letter_id, written(fresh, letter.made_from))

    def _outgoing(self, message: Message, subscription: Subscription, words: Words) -> Outgoing:
        token = make_token(self._key, subscription.uid)
        own = f"{self._base}/{token}"
        return Outgoing(
            uid=message.uid,
            address=subscription.address,
            words=words,
            links=Links(f"{own}/confirm", own, f"{own}/stop"),
            frozen_at=message.frozen_at,
            attempt=message.attempts + 1,
            secret=self._opened(subscription.secret, subscription),
            former_secret=self._former(subscription),
            options=subscription.options,
        )

    def _opened(self, sealed: str, subscription: Subscription) -> str:
        """Open a secret; one of another key counts as none: nothing is signed with it, and the rest goes on."""
        try:
            return opened(self._runtime.places.data, sealed) if sealed else ""
        except Refused:
            log.error("subscription_secret_unreadable", extra=fields(subscription=subscription.id))  # noqa: TRY400 - no bug
            return ""

    def _former(self, subscription: Subscription) -> str:
        """Open the secret before, while it still signs."""
        lifetime = timedelta(hours=self._runtime.settings.notices.former_secret_h)
        try:
            former = subscription.former_secret
            return opened(self._runtime.places.data, former, self._now(), lifetime) if former else ""
        except Refused:
            return ""

    def _forget(self) -> None:
        """Forget a slice of what is old; the next one soon, when there is more."""
        steady = self._runtime.clock().steady
        if steady < self._forget_at:
            return
        self._domains = {name: bucket for name, bucket in self._domains.items() if bucket.wait(steady) > 0}
        now = self._now()
        keep = timedelta(days=self._runtime.settings.notices.keep_days)
        with reading(self._runtime.sessions) as session:
            messages = settling.settled_before(session, now - keep, FORGET)
            unused = settling.unused_letters(session, now - keep, FORGET)
        with self._tenure.writing() as session:
            settling.forget_settled(session, messages)
            settling.forget_letters(session, unused)
        with self._tenure.writing() as session:
            ended = subscribing.forget_old(session, now, keep, FORGET)
        is_more = FORGET in {len(messages), len(unused), ended}
        self._forget_at = steady + (FORGET_SOON_S if is_more else FORGET_EVERY_S)


def open_journal(data: Path) -> Journal:
    """Open the journal of an installation."""
    return Journal(data / "delivery" / "journal")


def _taken(waiting: queue.SimpleQueue[T], most: int) -> list[T]:
    taken: list[T] = []
    while len(taken) < most:
        try:
            taken.append(waiting.get_nowait())
        except queue.Empty:
            break
    return taken


def _slices(uids: list[str], size: int) -> list[list[str]]:
    return [uids[at : at + size] for at in range(0, len(uids), size)]
