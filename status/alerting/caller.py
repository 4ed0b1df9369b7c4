"""The caller: the one thread that decides and writes down who is told, and hands tries to the senders' threads.

    turn: settle what the senders report ─▶ look and decide ─▶ write it down ─▶ hand out what waits

A try is a row before it is handed out, and is handed out with one key until the other side accepts it.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.alerting import words
from status.alerting.deciding import Ages, Decided, Look
from status.alerting.rules import rules_of
from status.alerting.words import House
from status.clock import utc
from status.delivery.journal import Journal
from status.delivery.sending import Job, Post, Result
from status.domain.alerting import TryKind, TryState
from status.domain.escalation import Call
from status.domain.refused import Refused
from status.log import fields
from status.models import Account, Alert, AlertTry, Event
from status.models.engine import reading, writing
from status.notifiers.types import Links, NotSent, Outgoing, Words
from status.queries import alerting as seen
from status.runtime import Runtime
from status.services import acknowledging, actors, alerting, contacting
from status.services.alerting import Telling
from status.services.changing import line_up
from status.services.sealing import opened, seal
from status.services.tenure import Tenure

log = logging.getLogger(__name__)

RETRY_FIRST_S: Final = 5.0
RETRY_LAST_S: Final = 60.0
QUIET_FOR_S: Final = 3_600.0
TEST_FOR_S: Final = 600.0
FORGET_EVERY_S: Final = 3_600.0
DROP_AFTER_S: Final = {TryKind.RECOVERY: QUIET_FOR_S, TryKind.TEST: TEST_FOR_S}
"""So long it is tried to say what has no hurry."""


class Caller:
    """Holds the posts of all channels; turned by the process while it has the lease."""

    def __init__(
        self, runtime: Runtime, posts: Mapping[str, Post], results: queue.SimpleQueue[Result], journal: Journal,
        tenure: Tenure,
    ) -> None:  # fmt: skip
        self._runtime = runtime
        self._posts = posts
        self._results = results
        self._journal = journal
        self._tenure = tenure
        self._rules = rules_of(runtime.settings)
        site = runtime.settings.site
        self._house = House(site.name, site.public_url.rstrip("/"), site.timezone)
        self._ages = Ages()
        self._not_before: dict[int, float] = {}
        self._nobody_told: set[str] = set()
        self._broken: set[str] = set()
        self._unsettled: list[Result] = []
        self._forget_at = float("-inf")

    def begin(self) -> None:
        """Settle what a former process handed over and could not write down."""
        noted = self._journal.noted()
        if noted:
            with writing(self._runtime.sessions) as session:
                alerting.settle_keys(session, noted, self._now())
            self._journal.settle(noted)
            log.info("alerts_settled_from_the_journal", extra=fields(count=len(noted)))

    def turn(self, look_every_s: float) -> float:
        """Do what is to be done now; give the seconds until the next turn: at the next wake, at most `look_every_s`."""
        self._settle()
        with reading(self._runtime.sessions) as session:
            look = Look(
                session, self._runtime.settings, self._rules, frozenset(self._posts), self._ages, self._runtime.clock()
            )
            decided = look.decide()
        self._write(decided)
        self._tell_of(decided)
        self._hand_out(decided.paused)
        self._forget()
        if decided.opens:
            return 0.0
        until_s = min(decided.wakes, default=float("inf")) - self._runtime.clock().steady
        return min(max(until_s, 0.0), look_every_s)

    @property
    def on_their_way(self) -> int:
        """Give how many tries are with the senders."""
        return sum(len(post.handed) for post in self._posts.values())

    def _now(self) -> datetime:
        return utc(self._runtime.clock().wall)

    def _settle(self) -> None:
        """Write down what the senders report; what can't be written, as the database is away, is at the next turn."""
        results = self._unsettled
        with suppress(queue.Empty):
            while True:
                results.append(self._results.get_nowait())
        if not results:
            return
        now = self._now()
        with writing(self._runtime.sessions) as session:
            for result in results:
                self._note(session, result, now)
        self._unsettled = []
        self._journal.settle([result.job.outgoing.uid for result in results if result.accepted])
        for result in results:
            self._posts[result.job.channel].handed.discard(result.job.id)

    def _note(self, session: Session, result: Result, now: datetime) -> None:
        job, why = result.job, result.not_sent
        if result.accepted:
            alerting.settle(session, [job.id], TryState.ACCEPTED, now)
        elif why is None:
            if seen.when_wanted(session, job.id, now) is seen.When.NEVER:
                alerting.settle(session, [job.id], TryState.DROPPED, now)
        elif why.for_good:
            alerting.settle(session, [job.id], TryState.REFUSED, now, why.why)
            log.warning("alert_refused", extra=fields(channel=job.channel, key=job.outgoing.uid, why=why.why))
        else:
            alerting.note_failure(session, job.id, why.why)
            self._not_before[job.id] = self._runtime.clock().steady + _pause_s(job.outgoing.attempt, why)
            log.warning("alert_not_accepted", extra=fields(channel=job.channel, key=job.outgoing.uid, why=why.why))

    def _write(self, decided: Decided) -> None:
        if not decided.is_anything():
            return
        now = self._now()
        with writing(self._runtime.sessions) as session:
            line_up(session)
            self._tenure.check(session)
            for uid, rule in decided.opens:
                alerting.open_alert(session, uid, rule, now)
                log.info("alert_opened", extra=fields(event=uid, rule=rule))
            for alert_id, call in decided.calls:
                alert = session.get_one(Alert, alert_id)
                if not self._apart(session, alert, partial(self._call, session, alert, call, now)):
                    alerting.tell(session, alert, _telling(call, ""), now)  # refused: the next channel, the next person
            for alert_id in decided.answered:
                session.get_one(Alert, alert_id).answered_at = now
            for alert_id in decided.given_up:
                alert = session.get_one(Alert, alert_id)
                alert.given_up_at = now
                log.error("alert_unanswered", extra=fields(event=alert.event_uid, rule=alert.rule))
            for alert_id in decided.over:
                self._end(session, session.get_one(Alert, alert_id), decided.quiet[alert_id], now)

    def _apart(self, session: Session, alert: Alert, write: Callable[[], None]) -> bool:
        """Write something of an alert; tell whether that went well: a bug there keeps nobody else from being told."""
        try:
            with session.begin_nested():
                write()
        except SQLAlchemyError:
            raise
        except Exception:
            if alert.uid not in self._broken:
                log.exception("alert_not_written", extra=fields(event=alert.event_uid, rule=alert.rule))
            self._broken.add(alert.uid)
            return False
        return True

    def _call(self, session: Session, alert: Alert, call: Call, now: datetime) -> None:
        account, event = session.get_one(Account, call.person), session.get_one(Event, alert.event_uid)
        try:
            link = acknowledging.make_link(session, account, event, actors.robot(session), now)
            link = f"{self._house.public_url}/a/{link}"
        except Refused:
            link = ""  # a reader, or somebody of other areas: he is told, and acknowledges nothing
        said = words.alert_words(words.sheet(session, event, alert.rule, self._house, now), account.language, link)
        alerting.tell(session, alert, _telling(call, self._sealed(session, account, call.channel, said, now)), now)

    def _end(self, session: Session, alert: Alert, quiet: Collection[tuple[str, str]], now: datetime) -> None:
        """End an alert: drop what waits, then tell those who were reached; what is on its way is waited for."""
        handed = {job for post in self._posts.values() for job in post.handed}
        alerting.drop_waiting(session, alert, handed, now)
        tries = seen.tries_of(session, [alert.id]).get(alert.id, ())
        if any(row.id in handed for row in tries):
            return
        for uid, channel in quiet:
            self._apart(session, alert, partial(self._tell_over, session, alert, uid, channel, now=now))
        alert.ended_at = now

    def _tell_over(self, session: Session, alert: Alert, uid: str, channel: str, *, now: datetime) -> None:
        account, event = session.get_one(Account, uid), session.get_one(Event, alert.event_uid)
        said = words.recovery_words(words.sheet(session, event, alert.rule, self._house, now), account.language)
        sealed = self._sealed(session, account, channel, said, now)
        alerting.tell(session, alert, Telling(uid, channel, TryKind.RECOVERY, sealed), now)

    def _sealed(self, session: Session, account: Account, channel: str, said: Words, now: datetime) -> str:
        ways = contacting.reached(session, self._runtime.places.data, account)
        way = next((each for each in ways if each.channel == channel), None)
        if way is None:
            return ""  # taken away in this very moment: nothing can be sent there
        return seal(self._runtime.places.data, words.pack(way, said).as_text(), now)

    def _tell_of(self, decided: Decided) -> None:
        for event_uid in set(decided.reaches_nobody) - self._nobody_told:
            self._nobody_told.add(event_uid)
            log.error("alert_reaches_nobody", extra=fields(event=event_uid))

    def _hand_out(self, paused: Collection[int]) -> None:
        steady, now = self._runtime.clock().steady, self._now()
        late: list[int] = []
        lost: list[int] = []
        with reading(self._runtime.sessions) as session:
            rows = seen.waiting(session)
        self._not_before = {row.id: self._not_before[row.id] for row in rows if row.id in self._not_before}
        for row in rows:
            post = self._posts.get(row.channel)
            if post is not None and row.id in post.handed:
                continue
            if (now - row.at).total_seconds() > DROP_AFTER_S.get(row.kind, float("inf")):
                late.append(row.id)
            elif row.alert_id in paused or steady < self._not_before.get(row.id, 0.0):
                continue
            elif post is None or (outgoing := self._outgoing(row)) is None:
                lost.append(row.id)
            else:
                post.handed.add(row.id)
                post.todo.put(Job(row.id, row.channel, outgoing))
        if late or lost:
            with writing(self._runtime.sessions) as session:
                alerting.settle(session, late, TryState.DROPPED, now)
                alerting.settle(
                    session, lost, TryState.REFUSED, now, "this way is not there any more, or can't be read"
                )

    def _outgoing(self, row: AlertTry) -> Outgoing | None:
        if not row.sealed:
            return None
        try:
            packed = words.unpack(opened(self._runtime.places.data, row.sealed))
        except (Refused, ValueError, TypeError, KeyError) as error:
            log.error("alert_unreadable", extra=fields(key=row.uid, why=str(error)))  # noqa: TRY400 - expected
            return None
        return Outgoing(
            uid=row.uid, address=packed.address, words=packed.words, frozen_at=row.at, attempt=row.attempts + 1,
            links=Links("", f"{self._house.public_url}/desk/me", packed.link), secret=packed.secret,
            options=packed.options,
        )  # fmt: skip

    def _forget(self) -> None:
        steady = self._runtime.clock().steady
        if steady < self._forget_at:
            return
        self._forget_at = steady + FORGET_EVERY_S
        keep = timedelta(days=self._runtime.settings.notices.keep_days)
        with writing(self._runtime.sessions) as session:
            alerting.forget_old(session, self._now() - keep)


def _telling(call: Call, sealed: str) -> Telling:
    return Telling(call.person, call.channel, TryKind.ALERT, sealed, call.round, call.group)


def _pause_s(attempt: int, why: NotSent) -> float:
    """Give the pause before the next attempt: longer each time, never longer than a minute of an outage."""
    return min(why.after_s or RETRY_FIRST_S * 2.0 ** min(attempt - 1, 10), RETRY_LAST_S)
