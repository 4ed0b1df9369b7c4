"""Words and rules of subscriptions: what can be followed, and when a notice may go. Sans-IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from status.domain.states import IMPACT_WORST_FIRST, EventType

CONFIRM: Final = "confirm"
"""The kind of message that asks an address whether it wants to be told (`payload["kind"]`)."""

TEST: Final = "test"
"""The kind of message a subscriber sends himself, to try his web-hook. It is tried once."""

TOKEN_CHANNELS: Final = frozenset({"ntfy"})
"""Channels whose secret is a token of theirs, given by the subscriber; that of others is made by us."""

DAY_MINUTES: Final = 24 * 60
WEEK: Final = timedelta(days=7)


class SubscriptionState(Enum):
    """Unconfirmed: the address has not said yes. Paused: three hard bounces. Stopped: it said stop."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


class ContactKind(Enum):
    """What a customer's contact is told: news of all that concerns him, works as MAINTNOTE for programs, or both."""

    NEWS = "news"
    MAINTNOTE = "maintnote"
    BOTH = "both"

    @property
    def is_told_maintnote(self) -> bool:
        """Whether his mails on works carry a MAINTNOTE."""
        return self is not ContactKind.NEWS


class FollowKind(Enum):
    """What can be followed. ALL has no key."""

    ALL = "all"
    COMPONENT = "component"
    DEPARTMENT = "department"
    EXCHANGE = "exchange"
    RESOURCE = "resource"
    EVENT = "event"


class Pace(Enum):
    """How news come: each at once, or gathered once a day or a week."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"


class MessageState(Enum):
    """Where a frozen message stands. Dead: given up after a day of trying."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    STOPPED = "stopped"


TYPE_BITS: Final = {EventType.INCIDENT: 1, EventType.MAINTENANCE: 2, EventType.UPGRADE: 4}
ALL_TYPES: Final = sum(TYPE_BITS.values())
IMPACT_RANKS: Final = {impact: rank for rank, impact in enumerate(reversed(IMPACT_WORST_FIRST))}
"""None is 0, full is 4."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""As files and the API spell them; Monday is 0."""


def written_minute(minute: int) -> str:
    """Write a minute of the day as `08:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def bits_of(types: Iterable[EventType]) -> int:
    """Give the sum of bits that stands for some types."""
    return sum(TYPE_BITS[type_] for type_ in set(types))


def types_of(bits: int) -> tuple[EventType, ...]:
    """Give the types a sum of bits stands for."""
    return tuple(type_ for type_, bit in TYPE_BITS.items() if bits & bit)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When one address wants its news. Minutes are of the local day (0-1439), `weekday` counts from Monday, 0.

    `quiet` is from its first minute to before its second, over midnight where the first is the later; None: never.
    """

    pace: Pace
    digest_minute: int
    digest_weekday: int
    quiet: tuple[int, int] | None
    zone: ZoneInfo

    def due(self, now: datetime) -> datetime:
        """Give when news of now may go: never before now, never in quiet hours."""
        if self.pace is Pace.AT_ONCE:
            return after_quiet(self.quiet, self.zone, now)
        return after_quiet(self.quiet, self.zone, self._next_digest(now))

    def _next_digest(self, now: datetime) -> datetime:
        local = now.astimezone(self.zone)
        at = time(*divmod(self.digest_minute, 60))
        for days in range(9):
            day = local.date() + timedelta(days=days)
            if self.pace is Pace.WEEKLY and day.weekday() != self.digest_weekday:
                continue
            found = datetime.combine(day, at, self.zone)
            if found.timestamp() > now.timestamp():
                return found.astimezone(now.tzinfo)
        raise AssertionError("a week has every weekday")  # pragma: no cover


def after_quiet(quiet: tuple[int, int] | None, zone: ZoneInfo, at: datetime) -> datetime:
    """Give the first moment from `at` on that is not in somebody's quiet hours (minutes of the day, in `zone`)."""
    if quiet is None or quiet[0] == quiet[1]:
        return at
    begins, ends = quiet
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    is_quiet = begins <= minute < ends if begins < ends else minute >= begins or minute < ends
    if not is_quiet:
        return at
    day = local.date() + timedelta(days=1 if begins > ends and minute >= begins else 0)
    end = datetime.combine(day, time(*divmod(ends, 60)), zone)
    if end.timestamp() <= at.timestamp():  # in the hour that comes twice the end is its second one
        end = end.replace(fold=1)
    return max(end.astimezone(at.tzinfo), at)


def retry_after(attempts: int, first_s: float, last_s: float, jitter: float) -> float:
    """Give how long to wait after so many failed tries: doubled each time, ± 25 % by `jitter` (0-1)."""
    return float(min(first_s * 2.0 ** max(0, attempts - 1), last_s) * (0.75 + jitter / 2))
