"""Who is on duty, and who comes next: turns at a local hour, over both clock changes; what somebody took over. Sans-IO.

turns (people in order, so many days each) ◀ imported duties ◀ what a person took over: the later wins
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from status.domain.recurrence import moment_of

NOBODY: Final = ""


class DutyOrigin(Enum):
    """Where a span of duty comes from; one that a person took over goes before all."""

    TURN = "turn"
    IMPORT = "import"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rota:
    """People in their order, each on duty for `turn_days` from the local hour `handover` of `zone`.

    The first one's first turn begins on `starts_on`, whose weekday the turns of whole weeks keep. None: nobody has a
    turn, all duties are imported or taken over.
    """

    name: str
    people: tuple[str, ...]
    zone: str
    starts_on: date | None
    handover: time
    turn_days: int


@dataclass(frozen=True, slots=True)
class Duty:
    """A span in which somebody is on duty, whatever the turns say. `number` rises: the later one wins."""

    number: int
    person: str
    from_at: datetime
    until_at: datetime
    origin: DutyOrigin


@dataclass(frozen=True, slots=True)
class Shift:
    """A span and who is on duty in it: NOBODY when there is nobody."""

    person: str
    from_at: datetime
    until_at: datetime
    origin: DutyOrigin


def on_duty(rota: Rota, duties: Sequence[Duty], at: datetime) -> str:
    """Give who is on duty at a moment; NOBODY when there is nobody."""
    return _of(rota, duties, at)[0]


def in_order(rota: Rota, duties: Sequence[Duty], at: datetime) -> tuple[str, ...]:
    """Give who is to be alerted at a moment, in order: who is on duty, then the next ones of the rota.

    Empty when nobody is on duty. Whose turn somebody took over comes last: he is away.
    """
    first = on_duty(rota, duties, at)
    if first == NOBODY:
        return ()
    number = _turn_number(rota, at)
    regular = [] if number is None else [rota.people[(number + k) % len(rota.people)] for k in range(len(rota.people))]
    if regular and regular[0] != first:
        regular = [*regular[1:], regular[0]]
    return tuple(dict.fromkeys([first, *regular]))


def shifts(rota: Rota, duties: Sequence[Duty], from_at: datetime, until_at: datetime) -> tuple[Shift, ...]:
    """Give who is on duty between two moments, without a gap; the first shift begins and the last ends there."""
    found: list[Shift] = []
    moments = sorted({from_at, *_changes(rota, duties, from_at, until_at), until_at})
    for begins, ends in itertools.pairwise(moments):
        person, origin = _of(rota, duties, begins)
        last = found[-1] if found else None
        if last is not None and (last.person, last.origin) == (person, origin):
            found[-1] = Shift(person, last.from_at, ends, origin)
        else:
            found.append(Shift(person, begins, ends, origin))
    return tuple(found)


def _of(rota: Rota, duties: Sequence[Duty], at: datetime) -> tuple[str, DutyOrigin]:
    rank = {DutyOrigin.IMPORT: 0, DutyOrigin.PERSON: 1}
    taken = [duty for duty in duties if duty.from_at <= at < duty.until_at]
    if taken:
        last = max(taken, key=lambda duty: (rank[duty.origin], duty.number))
        return last.person, last.origin
    number = _turn_number(rota, at)
    return (NOBODY if number is None else rota.people[number % len(rota.people)]), DutyOrigin.TURN


def _turn_number(rota: Rota, at: datetime) -> int | None:
    """Give how many turns have ended before the present one; None before the first and without people."""
    if rota.starts_on is None or not rota.people:
        return None
    days = (at.astimezone(ZoneInfo(rota.zone)).date() - rota.starts_on).days
    number = days // rota.turn_days + 1
    while number >= 0 and _begin(rota, rota.starts_on, number) > at:
        number -= 1
    return number if number >= 0 else None


def _begin(rota: Rota, first: date, number: int) -> datetime:
    """Give when a turn begins, in UTC: at its local hour, whatever the clock did since the one before."""
    return moment_of(datetime.combine(first + timedelta(days=number * rota.turn_days), rota.handover), rota.zone)


def _changes(rota: Rota, duties: Sequence[Duty], from_at: datetime, until_at: datetime) -> Iterator[datetime]:
    for duty in duties:
        yield from (at for at in (duty.from_at, duty.until_at) if from_at < at < until_at)
    if rota.starts_on is None or not rota.people:
        return
    number = (_turn_number(rota, from_at) or 0) if from_at >= _begin(rota, rota.starts_on, 0) else 0
    while (begins := _begin(rota, rota.starts_on, number)) < until_at:
        if begins > from_at:
            yield begins
        number += 1
