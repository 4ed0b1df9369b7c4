"""The clerk: the one thread that writes what becomes of notices and messages, in short transactions.

turn: settle what the senders report ─▶ fan a slice of a notice out ─▶ per channel: hand out, freeze what is due
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from status.clock import utc
from status.delivery.freezing import Freezer, words_of, written
from status.delivery.journal import Journal
from status.delivery.sending import Job, Post, Result
from status.domain.bucket import Bucket
from status.domain.refused import Refused
from status.domain.states import Publication
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import CONFIRM, TEST
from status.log import fields
from status.models import Letter, Message, Subscription
from status.models.engine import reading, writing
from status.notifiers.types import Links, NotSent, Outgoing, Words
from status.queries.concern import concerned, touching
from status.runtime import Runtime
from status.services import closing, fanning, letters, outbox, settling, subscribing
from status.services.fanning import Due
from status.services.sealing import opened
from status.services.settling import Retrying

log = logging.getLogger(__name__)

SLICE: Final = 1_000
"""So many subscriptions a notice is fanned out to at once."""

FAN_OUT_S: Final = 0.2
"""So long notices are fanned out before messages are looked at: what waited together is told together."""

FREEZE: Final = 50
HELD: Final = 200
"""So many messages of a channel are with its threads at most: what is frozen can take no later news in."""

SETTLE: Final = 200
CLOSED_S: Final = 5.0
CLOSED_MOST_S: Final = 300.0
FORGET_EVERY_S: Final = 600.0
FORGET: Final = 500
ASK_S: Final = 3_600.0
"""So long a program is asked whether it wants to be told: whoever asks for it stands beside it."""


class Clerk:
    """Holds the posts of all channels; turned by the process until it stops."""

    def __init__(
        self, runtime: Runtime, posts: Mapping[str, Post], results: queue.SimpleQueue[Result], journal: Journal
    ) -> None:
        notices = runtime.settings.notices
        self._runtime = runtime
        self._posts = posts
        self._results = results
        self._journal = journal
        self._freezer = Freezer(runtime)
        self._key = subscribing.key_of(runtime.places.data)
        self._zone = runtime.settings.site.timezone
        self._base = f"{runtime.settings.site.public_url.rstrip('/')}/s"
        self._retrying = Retrying(notices.retry_first_s, notices.retry_last_s, notices.dead_after_h * 3_600)
        self._closed_s: dict[str, float] = {}
        self._domains: dict[str, Bucket] = {}
        self._forget_at = float("-inf")

    def begin(self) -> None:
        """Settle what a former process handed over and could not write down; to this one every way out is open."""
        with writing(self._runtime.sessions) as session:
            closing.open_all(session)
        noted = self._journal.noted()
        for some in _slices(sorted(noted), SETTLE):
            with writing(self._runtime.sessions) as session:
                settling.sent(session, outbox.ids_of(session, some), self._now())
            self._journal.settle(some)
        if noted:
            log.info("deliveries_settled_from_the_journal", extra=fields(count=len(noted)))

    def turn(self) -> bool:
        """Do a little of everything; tell whether there may be more to do at once."""
        busy = self._settle()
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

    def _settle(self) -> bool:
        results = _taken(self._results, SETTLE)
        if not results:
            return False
        accepted = [result for result in results if result.accepted]
        with writing(self._runtime.sessions) as session:
            answers = {one.job.id: one.answered for one in accepted if one.answered is not None}
            settling.sent(session, [result.job.id for result in accepted], self._now(), answers)
            closing.open_again(session, {result.job.channel for result in accepted} & self._closed_s.keys())
            for result in results:
                if result.not_sent is not None:
                    self._note_failure(session, result, result.not_sent)
        self._journal.settle([result.job.outgoing.uid for result in accepted])
        for result in results:
            post = self._posts[result.job.channel]
            post.handed.discard(result.job.id)
            if result.accepted:
                self._closed_s.pop(result.job.channel, None)
        return True

    def _note_failure(self, session: Session, result: Result, why: NotSent) -> None:
        message, now = session.get(Message, result.job.id), self._now()
        if message is None or message.settled_at is not None:
            return
        message.answered = why.answered
        retrying = self._retrying_of(result.job)
        if why.all_wait:
            self._close(session, self._posts[result.job.channel], why)
            settling.waited(message, why.why, now, retrying)
        elif why.for_good:
            if settling.bounced(session, message, why.why, now):
                log.info("subscription_paused", extra=fields(subscription=message.subscription_id))
        else:
            settling.failed(message, why.why, now, retrying, why.after_s)

    def _retrying_of(self, job: Job) -> Retrying:
        """Give how long a message is tried: a test once, the asking of a program an hour, all else as configured."""
        kind = job.outgoing.words.payload.get("kind")
        if kind == TEST:
            return replace(self._retrying, dead_after_s=0.0)
        if kind == CONFIRM and self._posts[job.channel].channel.is_program:
            return replace(self._retrying, dead_after_s=min(ASK_S, self._retrying.dead_after_s))
        return self._retrying

    def _close(self, session: Session, post: Post, why: NotSent) -> None:
        """Let a channel rest, longer each time its way out is found closed."""
        steady, name = self._runtime.clock().steady, post.channel.name
        if steady < post.closed_until:
            return
        pause_s = why.after_s or min(self._closed_s.get(name, CLOSED_S / 2) * 2, CLOSED_MOST_S)
        self._closed_s[name] = pause_s
        post.closed_until = steady + pause_s
        closing.close(session, name, why.why, self._now(), timedelta(seconds=pause_s))
        log.warning("channel_closed", extra=fields(channel=name, why=why.why, seconds=pause_s))

    def _fan_out(self) -> bool:
        now = self._now()
        with reading(self._runtime.sessions) as session:
            notice = fanning.next_notice(session)
            if notice is None:
                return False
            subject = fanning.subject_of(session, notice)
            found, k = [], 0
            if subject is not None:
                event, update = subject
                k = update.k or 0
                what = touching(session, event, update, notice.at)
                if event.publication is not Publication.DRAFT:
                    found = list(concerned(session, what, self._zone, notice.cursor, SLICE))
        due = [Due(one.id, one.channel, one.rhythm.due(now)) for one in found]
        with writing(self._runtime.sessions) as session:
            if due:
                fanning.take_slice(session, notice, k, due, now)
            else:
                fanning.end(session, notice, now)
        return True

    def _serve(self, post: Post) -> bool:
        steady = self._runtime.clock().steady
        room = HELD - len(post.handed)
        if post.channel.name in self._closed_s:
            room = 1 - len(post.handed)  # one to try whether the way out is open again
        if steady < post.closed_until or room <= 0:
            return False
        given = self._hand_out(post, room)
        frozen = 0 if given >= room else self._freezer.freeze(post.channel.name, self._now(), min(FREEZE, room - given))
        return bool(given or frozen)

    def _hand_out(self, post: Post, room: int) -> int:
        now, steady = self._now(), self._runtime.clock().steady
        limited = [name for name, bucket in self._domains.items() if bucket.wait(steady) > 0]
        jobs: list[Job] = []
        blank: set[int] = set()
        with reading(self._runtime.sessions) as session:
            found = outbox.due_messages(session, post.channel.name, now, post.handed, limited, room)
            for message, subscription in found:
                if self._bucket(post, subscription.domain).take(steady) > 0:
                    continue
                words = self._words_of(session, message.letter_id)
                if words is None:
                    blank.add(message.letter_id)
                else:
                    jobs.append(Job(message.id, post.channel.name, self._outgoing(message, subscription, words)))
        for letter_id in blank:
            self._write_anew(letter_id)
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
        with writing(self._runtime.sessions) as session:
            letter = session.get_one(Letter, letter_id)
            fresh = self._freezer.write_anew(session, letter.made_from)
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
        steady = self._runtime.clock().steady
        if steady < self._forget_at:
            return
        self._forget_at = steady + FORGET_EVERY_S
        self._domains.clear()
        now = self._now()
        keep = timedelta(days=self._runtime.settings.notices.keep_days)
        with writing(self._runtime.sessions) as session:
            subscribing.forget_old(session, now, keep)
        with writing(self._runtime.sessions) as session:
            settling.forget_settled(session, now - keep, FORGET)


def open_journal(data: Path) -> Journal:
    """Open the journal of an installation."""
    return Journal(data / "delivery" / "journal")


def _taken(results: queue.SimpleQueue[Result], most: int) -> list[Result]:
    taken: list[Result] = []
    while len(taken) < most:
        try:
            taken.append(results.get_nowait())
        except queue.Empty:
            break
    return taken


def _slices(uids: list[str], size: int) -> list[list[str]]:
    return [uids[at : at + size] for at in range(0, len(uids), size)]
