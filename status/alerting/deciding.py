"""One look at the events and at what was sent so far: what is to be done. Decides by the core, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from probes.types import Instant
from status.alerting.rules import Directory, Rule
from status.clock import utc
from status.config.model import Settings
from status.domain import escalation
from status.domain.alerting import Subject, TryKind, TryState
from status.domain.escalation import Call, CallOutcome, Inputs
from status.models import Alert, AlertTry
from status.queries import alerting

AGE_MOST_S: Final = 86_400.0
_OUTCOMES: Final = {
    TryState.WAITING: CallOutcome.WAITING,
    TryState.ACCEPTED: CallOutcome.ACCEPTED,
    TryState.REFUSED: CallOutcome.REFUSED,
    TryState.DROPPED: CallOutcome.REFUSED,
}


@dataclass(slots=True)
class Decided:
    """What a look found to do. `paused`: alerts whose event has come back and is watched; the rest are alerts' ids.

    `reaches_nobody`: events of which nobody can be told.

    `opens` are pairs of event and rule. `quiet`: whom to tell that an alert is over, and by which channel. `wakes`:
    when to look again, steady seconds.
    """

    opens: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[int, Call]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    quiet: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    reaches_nobody: list[str] = field(default_factory=list)
    paused: set[int] = field(default_factory=set)
    wakes: list[float] = field(default_factory=list)

    def is_anything(self) -> bool:
        """Whether something is to be written."""
        return bool(self.opens or self.calls or self.answered or self.given_up or self.over)


class Ages:
    """When each try was made on the steady clock: the wall clock may jump, no deadline minds."""

    def __init__(self) -> None:
        self._at: dict[int, float] = {}

    def steady(self, row: AlertTry, now: Instant) -> float:
        """Give the steady second at which a try was made; of a former process's by its age."""
        if row.id not in self._at:
            age_s = (utc(now.wall) - row.at).total_seconds()
            self._at[row.id] = now.steady - min(max(age_s, 0.0), AGE_MOST_S)
        return self._at[row.id]

    def keep(self, ids: set[int]) -> None:
        """Forget all other tries."""
        self._at = {key: at for key, at in self._at.items() if key in ids}


@dataclass(frozen=True, slots=True)
class Look:
    """The parts a look is made with."""

    session: Session
    settings: Settings
    rules: Mapping[str, Rule]
    channels: frozenset[str]
    ages: Ages
    now: Instant

    def decide(self) -> Decided:
        """Find what is to be done."""
        at, decided = utc(self.now.wall), Decided()
        subjects = alerting.subjects(self.session, at)
        alerts = alerting.open_alerts(self.session)
        self._open(subjects, alerts, decided)
        if not alerts:
            self.ages.keep(set())
            return decided
        tries = alerting.tries_of(self.session, [alert.id for alert in alerts])
        self.ages.keep({row.id for rows in tries.values() for row in rows})
        directory = Directory(self.session, self.settings, self.channels, at)
        gone = {alert.event_uid for alert in alerts} - subjects.keys()
        left = alerting.left_unconfirmed(self.session, gone, at)
        given_up = {alert.id for alert in alerts if alert.given_up_at is not None and _calls(subjects, alert)}
        anew = alerting.watched_since_given_up(self.session, given_up)
        for alert in alerts:
            if alert.id in anew:  # what fails again is opened as another one at the next look
                decided.over.append(alert.id)
                decided.quiet[alert.id] = ()
                continue
            self._step(alert, subjects.get(alert.event_uid), tries.get(alert.id, ()), directory, decided)
            if alert.event_uid in left:
                decided.quiet[alert.id] = ()  # it is not over, and has still not begun
        return decided

    def _open(self, subjects: Mapping[str, Subject], alerts: Sequence[Alert], decided: Decided) -> None:
        known = {(alert.event_uid, alert.rule) for alert in alerts}
        for uid, subject in subjects.items():
            if subject.answered or subject.paused:
                continue
            wanted = ((uid, rule.name) for rule in self.rules.values() if rule.wanted.fits(subject))
            decided.opens.extend(pair for pair in wanted if pair not in known)

    def _step(
        self, alert: Alert, subject: Subject | None, tries: Sequence[AlertTry], directory: Directory, decided: Decided
    ) -> None:
        rule = self.rules.get(alert.rule)
        calls = [self._call(row) for row in tries if row.kind is TryKind.ALERT]
        if subject is None or rule is None:
            decided.over.append(alert.id)
            people = directory.people({call.person for call in calls})
            decided.quiet[alert.id] = escalation.quiet_calls(calls, people) if subject is None else ()
            return
        if subject.paused:
            decided.paused.add(alert.id)
        if alert.answered_at is not None or alert.given_up_at is not None:
            return
        if subject.answered:
            decided.answered.append(alert.id)
            return
        inputs = Inputs(directory.groups(rule, subject), paused=subject.paused)
        step = escalation.step(calls, self.now.steady, inputs, rule.plan)
        decided.calls.extend((alert.id, call) for call in step.new)
        decided.wakes.extend(at for at in [step.next_wake] if at is not None)
        if step.given_up:
            decided.given_up.append(alert.id)
        if step.reaches_nobody:
            decided.reaches_nobody.append(alert.event_uid)

    def _call(self, row: AlertTry) -> Call:
        outcome = _OUTCOMES[row.state]
        if row.state is TryState.WAITING and row.attempts:
            outcome = CallOutcome.REFUSED  # it is tried again; meanwhile the next channel may be quicker
        return Call(row.round, row.group, row.account_uid, row.channel, self.ages.steady(row, self.now), outcome)


def _calls(subjects: Mapping[str, Subject], alert: Alert) -> bool:
    subject = subjects.get(alert.event_uid)
    return subject is not None and not subject.paused and not subject.answered
