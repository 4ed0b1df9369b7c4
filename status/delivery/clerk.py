"""The clerk: the one thread that writes what becomes of notices and messages, in short transactions.

turn: settle what the senders report ─▶ fan a slice of a notice out ─▶ per channel: hand out, freeze what is due
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.clock import utc
from status.delivery.addressing import Addresser
from status.delivery.fan_out import FanOut
from status.delivery.freezing import AFTER_FAULT, Freezer, words_of, written
from status.delivery.sending import HELD, OUR_FAULT, Job, Post
from status.delivery.settler import Settler
from status.domain.bucket import Bucket
from status.domain.subscriptions import after_quiet
from status.log import fields
from status.models import Letter
from status.models.engine import reading
from status.notifiers.types import NotSent, Words
from status.runtime import Runtime
from status.services import letters, outbox, settling, subscribing
from status.services.changing import line_up
from status.services.tenure import Tenure

log = logging.getLogger(__name__)

FAN_OUT_S: Final = 1.0
"""So long notices are fanned out before messages are looked at: what waited together is told together."""

LOOK_EVERY_S: Final = 1.0
"""So often it is looked for news to freeze while domains are told fast enough: nearly all that wait may be theirs."""

FREEZE: Final = 50
FORWARD: Final = 500
FORGET_EVERY_S: Final = 600.0
FORGET_SOON_S: Final = 1.0
FORGET: Final = 200
SET_BACK_S: Final = 2.0
"""A wall clock that lost more than this against the steady one was set back."""


class Clerk:
    """Holds the posts of all channels; turned by the process until it stops."""

    def __init__(self, runtime: Runtime, tenure: Tenure, posts: Mapping[str, Post], settler: Settler) -> None:
        self._runtime = runtime
        self._tenure = tenure
        self._posts = posts
        self._settler = settler
        self._fan_out = FanOut(runtime, tenure)
        self._freezer = Freezer(runtime, tenure)
        self._addresser = Addresser(runtime)
        self._zone = ZoneInfo(runtime.settings.site.timezone)
        self._domains: dict[str, Bucket] = {}
        self._hosts: dict[int, str] = {}
        self._offset_s = self._offset()
        self._forget_at = float("-inf")

    def begin(self) -> None:
        """Take up what a former process left; what the clock keeps from its turn is brought forward."""
        self._settler.begin()
        self._bring_forward(pauses=False)

    def turn(self) -> bool:
        """Do a little of everything; tell whether there may be more to do at once."""
        self._watch_clock()
        busy = self._settler.settle()
        until = self._runtime.clock().steady + FAN_OUT_S
        while self._fan_out.step():
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
                found = outbox.ahead(session, now, pauses=pauses, limit=FORWARD)
            if not found:
                return
            with self._tenure.writing() as session:
                outbox.bring_forward(session, found, now)

    def _serve(self, post: Post) -> bool:
        steady = self._runtime.clock().steady
        room = HELD - len(post.handed)
        if self._settler.is_closed(post.channel.name):
            room = 1 - len(post.handed)  # one to try whether the way out is open again
        if steady < post.closed_until or room <= 0:
            return False
        given = self._hand_out(post, room)
        if given >= room:
            return True
        if steady < post.look_at:
            return given > 0
        limited, limit = self._limited(post), min(FREEZE, room - given)
        frozen = self._freezer.freeze(post.channel.name, self._now(), limited, limit)
        if limited and frozen < limit:
            post.look_at = steady + LOOK_EVERY_S
        return bool(frozen or given)

    def _limited(self, post: Post) -> list[str]:
        """Give the domains that are told fast enough just now, or to which as much is on its way as may be."""
        steady, in_hand = self._runtime.clock().steady, self._in_hand(post)
        fast = [name for name, bucket in self._domains.items() if bucket.wait(steady) > 0]
        return fast + [name for name in in_hand if _is_full(post, in_hand, name)]

    def _in_hand(self, post: Post) -> Counter[str]:
        """Give how many messages to each host the senders of a channel have."""
        return Counter(host for id_ in post.handed if (host := self._hosts.get(id_)))

    def _hand_out(self, post: Post, room: int) -> int:
        now, steady = self._now(), self._runtime.clock().steady
        jobs: list[Job] = []
        blank: set[int] = set()
        faulty: list[int] = []
        quiet: dict[int, datetime] = {}
        in_hand = self._in_hand(post)
        with reading(self._runtime.sessions) as session:
            found = outbox.due_messages(session, post.channel.name, now, post.handed, self._limited(post), room)
            for message, subscription in found:
                quiet_until = after_quiet(subscription.quiet, self._zone, now)
                if quiet_until > now and self._holds_news(session, message.letter_id):
                    quiet[message.id] = quiet_until
                    continue
                host = subscription.domain
                if _is_full(post, in_hand, host) or self._bucket(post, host).take(steady) > 0:
                    continue
                words = self._words_of(session, message.letter_id)
                if words is None:
                    blank.add(message.letter_id)
                    continue
                try:
                    outgoing = self._addresser.address(message, subscription, words)
                    jobs.append(Job(message.id, post.channel.name, outgoing))
                    self._hosts[message.id] = host
                    in_hand[host] += 1
                except Exception:  # one row that can't be read must not keep all others from being told
                    log.exception("message_not_made", extra=fields(message=message.uid))
                    faulty.append(message.id)
        for letter_id in blank:
            self._write_anew(letter_id)
        if quiet:
            with self._tenure.writing() as session:
                settling.put_off(session, quiet)
        self._settler.give_up(faulty, NotSent(OUR_FAULT))
        for job in jobs:
            post.handed.add(job.id)
            post.todo.put(job)
        return len(jobs)

    def _bucket(self, post: Post, domain: str) -> Bucket:
        if not domain or not post.channel.by_domain:
            return Bucket(1.0, 1.0)
        per_minute = self._runtime.settings.mail.domain_per_minute
        return self._domains.setdefault(domain, Bucket(per_minute / 60, max(1.0, per_minute / 60)))

    def _holds_news(self, session: Session, letter_id: int) -> bool:
        """Whether a letter tells of events: a test, or the asking whether he wants to be told, comes when he asks."""
        return bool(session.get_one(Letter, letter_id).made_from)

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

    def _forget(self) -> None:
        """Forget a slice of what is old; the next one soon, when there is more."""
        steady = self._runtime.clock().steady
        if steady < self._forget_at:
            return
        self._domains = {name: bucket for name, bucket in self._domains.items() if bucket.wait(steady) > 0}
        now = self._now()
        notices = self._runtime.settings.notices
        keep, long_ago = timedelta(days=notices.keep_days), now - timedelta(days=notices.told_days)
        with reading(self._runtime.sessions) as session:
            messages = settling.settled_before(session, now - keep, FORGET)
            unused = settling.unused_letters(session, now - keep, FORGET)
            told = settling.told_before(session, long_ago, FORGET)
        with self._tenure.writing() as session:
            settling.forget_settled(session, messages)
            settling.forget_letters(session, unused)
            settling.forget_told(session, told, long_ago)
        with self._tenure.writing() as session:
            ended = subscribing.forget_old(session, now, keep, FORGET)
        handed = {id_ for post in self._posts.values() for id_ in post.handed}
        self._hosts = {id_: host for id_, host in self._hosts.items() if id_ in handed}
        is_more = FORGET in {len(messages), len(unused), len(told), ended}
        self._forget_at = steady + (FORGET_SOON_S if is_more else FORGET_EVERY_S)


def _is_full(post: Post, in_hand: Mapping[str, int], host: str) -> bool:
    """Whether as many messages to a host are with the senders as may be: the others' are not to wait for a slow one."""
    per_host = post.channel.per_host
    return bool(host and per_host and in_hand.get(host, 0) >= per_host)
