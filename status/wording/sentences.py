"""The generated first sentence of every update: state, impact, components, since, expected end, next update (SPEC §3).

It is made from the plain values an update keeps (`Facts.as_data`), so that it can be said in any language later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from status.domain.states import ENDED_STATES, EventState, EventType, Impact
from status.wording import labels
from status.wording.languages import join_names, msg, pick, say
from status.wording.times import duration, time_of_day

_TIMES: Final = ("at", "since", "restored", "ended", "expected_end", "next_update", "planned_start", "planned_end")


@dataclass(frozen=True, slots=True)
class Facts:
    """What an update states. `components` are the names, by language, of those the public may read.

    `merged_into` is the number of the event that tells of them from then on.
    """

    type: EventType
    state: EventState
    impact: Impact
    components: tuple[Mapping[str, str], ...]
    at: datetime
    since: datetime | None = None
    restored: datetime | None = None
    ended: datetime | None = None
    expected_end: datetime | None = None
    next_update: datetime | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    withdrawn: bool = False
    merged_into: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Give plain values to be kept with the update (times as ISO 8601 in UTC)."""
        times = {name: getattr(self, name) for name in _TIMES}
        return {
            "type": self.type.value,
            "state": self.state.value,
            "impact": self.impact.value,
            "components": [dict(name) for name in self.components],
            "withdrawn": self.withdrawn,
            **({} if self.merged_into is None else {"merged_into": self.merged_into}),
            **{name: at.isoformat() for name, at in times.items() if at is not None},
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Facts:
        """Read back what `as_data` gave."""
        return cls(
            type=EventType(data["type"]),
            state=EventState(data["state"]),
            impact=Impact(data["impact"]),
            components=tuple(data["components"]),
            withdrawn=bool(data.get("withdrawn")),
            merged_into=data.get("merged_into"),
            **{name: datetime.fromisoformat(data[name]) for name in _TIMES if data.get(name)},
        )


def generated_sentence(generated: Mapping[str, Any], language: str, timezone: str) -> str:
    """Say what an update states, in the reader's language; times in the site's zone."""
    return _Sentence(Facts.from_data(generated), language, timezone).say()


@dataclass(frozen=True, slots=True)
class _Sentence:
    facts: Facts
    language: str
    zone: str

    def say(self) -> str:
        if self.facts.withdrawn:
            return self._said(msg("Withdrawn: {names}. This was a false alarm."))
        if self.facts.merged_into is not None:
            return self._said(msg("Merged: {names}. It goes on as {event}."))
        parts = self._work() if self.facts.type.is_work else self._incident()
        return " ".join(part for part in (*parts, self._next_update()) if part)

    def _incident(self) -> tuple[str, ...]:
        facts = self.facts
        if facts.state in ENDED_STATES:
            if facts.since and facts.ended:
                return (self._said(msg("{state}: {names}, {since} – {ended} ({lasted}).")),)
            return (self._said(msg("{state}: {names}.")),)
        if facts.restored is not None and facts.impact is Impact.NONE:
            if self._is_of_the_day(facts.restored):
                return (self._said(msg("{state}: {names}, restored at {restored} after {lasted}.")),)
            return (self._said(msg("{state}: {names}, restored on {restored} after {lasted}.")),)
        if self._is_of_the_day(facts.since or facts.at):
            return (self._said(msg("{state}: {impact}, {names}, since {since}.")), self._expected_end())
        return (self._said(msg("{state}: {impact}, {names}, since {since_day}.")), self._expected_end())

    def _work(self) -> tuple[str, ...]:
        state = self.facts.state
        if state in (EventState.PLANNED, EventState.CONFIRMED):
            return (self._said(msg("{state}: {names}, {start} – {end}.")), self._work_impact())
        if state is EventState.CANCELLED:
            return (self._said(msg("{state}: {names}; these works were planned for {start} – {end}.")),)
        if state in ENDED_STATES and self.facts.since and self.facts.ended:
            return (self._said(msg("{state}: {names}, {since} – {ended} ({lasted}).")),)
        since = msg("{state}: {names}, since {since}.")
        if not self._is_of_the_day(self.facts.since or self.facts.at):
            since = msg("{state}: {names}, since {since_day}.")
        return (self._said(since), self._work_impact(), self._expected_end())

    def _work_impact(self) -> str:
        return self._said(msg("Expected impact: {impact}."))

    def _expected_end(self) -> str:
        if self.facts.expected_end is None and not self.facts.planned_end:
            return self._said(msg("Expected end: not known yet."))
        return self._said(msg("Expected end: {expected_end}."))

    def _next_update(self) -> str:
        if self.facts.next_update is None or self.facts.state in ENDED_STATES:
            return ""
        return self._said(msg("Next update: {next_update}."))

    def _said(self, message: str) -> str:
        facts = self.facts
        values: dict[str, Callable[[], str]] = {
            "state": self._state,
            "impact": lambda: labels.impact(facts.impact, self.language),
            "names": self._names,
            "since": lambda: self._time(facts.since or facts.at),
            "since_day": lambda: self._time(facts.since or facts.at),
            "restored": lambda: self._time(facts.restored),
            "ended": lambda: self._time(facts.ended, facts.since),
            "lasted": self._lasted,
            "start": lambda: self._time(facts.planned_start),
            "end": lambda: self._time(facts.planned_end, facts.planned_start),
            "expected_end": lambda: self._time(facts.expected_end or facts.planned_end),
            "next_update": lambda: self._time(facts.next_update),
            "event": lambda: f"FS#{facts.merged_into}",
        }
        named = {name: value() for name, value in values.items() if f"{{{name}}}" in message}
        return say(self.language, message, **named)

    def _state(self) -> str:
        state = labels.event_state(self.facts.state, self.language)
        return state[:1].upper() + state[1:]

    def _names(self) -> str:
        names = [pick(name, self.language)[0] for name in self.facts.components]
        return join_names(names, self.language) or labels.event_type(self.facts.type, self.language)

    def _lasted(self) -> str:
        over, since = self.facts.ended or self.facts.restored, self.facts.since
        return duration((over - since).total_seconds(), self.language) if over and since else ""

    def _is_of_the_day(self, at: datetime) -> bool:
        """Whether a time is said without its date; French says "depuis 14:05", but "depuis le 12 nov. 14:05"."""
        zone = ZoneInfo(self.zone)
        return at.astimezone(zone).date() == self.facts.at.astimezone(zone).date()

    def _time(self, at: datetime | None, beside: datetime | None = None) -> str:
        return time_of_day(at, beside or self.facts.at, self.language, self.zone) if at else ""
