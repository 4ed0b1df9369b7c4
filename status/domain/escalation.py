"""Whom to alert, by which channel, and who comes next as long as nobody says "I am on it". Sans-IO.

    a round:  on duty ─n min─▶ next of the rota ─n min─▶ … ─n min─▶ all leads at once ─▶ the same again, so many times
    a person: his first channel ─not accepted in 60 s, or refused─▶ his next one, of another kind ─▶ …

Nobody on duty leaves the leads alone, at once. Times are steady seconds; every deadline is a `next_wake`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

QUIET: Final = "email"
"""The channel that wakes nobody, if a person has it."""


class CallOutcome(Enum):
    """What became of a call: it waits for the other side, that took it, or it did not."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Person:
    """Who can be called, and by which channels, in his order."""

    uid: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long is waited, in seconds: for the other side to accept, for somebody to answer, between two rounds."""

    accept_s: float
    answer_s: float
    repeat_s: float
    rounds_most: int


@dataclass(frozen=True, slots=True)
class Call:
    """One alert to one person by one channel. A round calls nobody twice by one channel; `group` counts in it from 0.

    `called_at` is steady seconds.
    """

    round: int
    group: int
    person: str
    channel: str
    called_at: float
    outcome: CallOutcome = CallOutcome.WAITING


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known now. `groups`: who is called one after the other, each group at once, the leads being the last.

    `answered`: somebody is on it, or it is over. `paused`: it has come back and is watched.
    """

    groups: tuple[tuple[Person, ...], ...]
    answered: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What comes of a look: all calls so far and the new ones among them, and when to look again (None: never).

    `reaches_nobody`: nobody has a channel. `given_up`: the last round is over, and nobody answered.
    """

    calls: tuple[Call, ...]
    new: tuple[Call, ...] = ()
    next_wake: float | None = None
    reaches_nobody: bool = False
    given_up: bool = False


def step(calls: Sequence[Call], now: float, inputs: Inputs, plan: Plan) -> Step:
    """Decide who is to be called now. Looked at twice, it decides the same."""
    if inputs.answered or inputs.paused:
        return Step(tuple(calls))
    groups = [group for group in (_reachable(each) for each in inputs.groups) if group]
    if not groups:
        return Step(tuple(calls), reaches_nobody=True)
    if not calls:
        return _called(calls, _first(groups[0], 1, 0, now), now, plan)
    round_ = max(call.round for call in calls)
    present = [call for call in calls if call.round == round_]
    again = tuple(_next_channels(present, groups, now, plan))
    if again:
        return _called(calls, again, now, plan)
    return _go_on(calls, present, groups, now, plan)


def quiet_calls(calls: Iterable[Call], people: Iterable[Person]) -> tuple[tuple[str, str], ...]:
    """Give whom to tell, once, that it is over, and by which channel: those who were reached, as quietly as can be."""
    ways = {person.uid: person.channels for person in people}
    reached = {call.person: call.channel for call in calls if call.outcome is CallOutcome.ACCEPTED}
    return tuple((uid, QUIET if QUIET in ways.get(uid, ()) else channel) for uid, channel in reached.items())


def _reachable(group: Sequence[Person]) -> tuple[Person, ...]:
    return tuple(person for person in group if person.channels)


def _first(group: Iterable[Person], round_: int, number: int, now: float) -> tuple[Call, ...]:
    return tuple(Call(round_, number, person.uid, person.channels[0], now) for person in group)


def _next_channels(
    present: Sequence[Call], groups: Sequence[Sequence[Person]], now: float, plan: Plan
) -> Iterable[Call]:
    """Call those by their next channel whom the last one did not reach."""
    people = {person.uid: person for group in groups for person in group}
    for uid, mine in _by_person(present).items():
        if uid not in people or _is_reached(mine) or now < _given_until(mine[-1], plan):
            continue
        tried = {call.channel for call in mine}
        left = [channel for channel in people[uid].channels if channel not in tried]
        if left:
            yield Call(mine[-1].round, mine[-1].group, uid, left[0], now)


def _go_on(
    calls: Sequence[Call], present: Sequence[Call], groups: Sequence[Sequence[Person]], now: float, plan: Plan
) -> Step:
    """Call the next group once the present one had its time; after the last, begin anew."""
    last = max(call.group for call in present)
    deadline = max(_deadline(mine, plan) for mine in _by_person(c for c in present if c.group == last).values())
    if now < deadline:
        return _called(calls, (), now, plan)
    called = {call.person for call in present}
    for group in groups:
        fresh = [person for person in group if person.uid not in called]
        if fresh:
            return _called(calls, _first(fresh, present[0].round, last + 1, now), now, plan)
    if present[0].round >= plan.rounds_most:
        return Step(tuple(calls), given_up=True)
    again_at = max(deadline, min(call.called_at for call in present) + plan.repeat_s)
    if now < again_at:
        return Step(tuple(calls), next_wake=again_at)
    return _called(calls, _first(groups[0], present[0].round + 1, 0, now), now, plan)


def _called(calls: Sequence[Call], new: tuple[Call, ...], now: float, plan: Plan) -> Step:
    """Give the step with the new calls, and the nearest deadline of the present round."""
    together = (*calls, *new)
    round_ = max(call.round for call in together)
    present = _by_person(call for call in together if call.round == round_)
    ends = [_deadline(mine, plan) for mine in present.values()]
    ends += [_given_until(mine[-1], plan) for mine in present.values() if not _is_reached(mine)]
    return Step(together, new, min((at for at in ends if at > now), default=None))


def _by_person(calls: Iterable[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.person, []).append(call)
    return found


def _is_reached(mine: Iterable[Call]) -> bool:
    return any(call.outcome is CallOutcome.ACCEPTED for call in mine)


def _given_until(call: Call, plan: Plan) -> float:
    """Give until when a channel is waited for: not at all once it refused."""
    return call.called_at if call.outcome is CallOutcome.REFUSED else call.called_at + plan.accept_s


def _deadline(mine: Sequence[Call], plan: Plan) -> float:
    """Give until when a person is waited for: who could not be reached has no more time than his last channel."""
    reached = [call.called_at for call in mine if call.outcome is CallOutcome.ACCEPTED]
    return min(reached) + plan.answer_s if reached else _given_until(mine[-1], plan)
