"""Whom an alert calls, one after the other, on a clock that is only counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from status.domain.escalation import Call, CallOutcome, Inputs, Person, Plan, Step, quiet_calls, step

ANNE = Person("anne", ("sms", "email"))
BRUNO = Person("bruno", ("email",))
LEA, LUC = Person("lea", ("email",)), Person("luc", ("webhook", "email"))
LEADS = (LEA, LUC)
ALL = Inputs(((ANNE,), (BRUNO,), LEADS))
PLAN = Plan(accept_s=60, answer_s=300, repeat_s=900, rounds_most=2)


class Night:
    """Follows the wakes; `takes` are the channels whose other side accepts at once, `refuses` those that don't."""

    def __init__(self, inputs: Inputs = ALL, takes=("sms", "email", "webhook"), refuses=()) -> None:
        self.inputs, self.takes, self.refuses = inputs, takes, refuses
        self.calls: tuple[Call, ...] = ()
        self.now = 1_000.0
        self.told: list[tuple[float, str, str]] = []

    def look(self) -> Step:
        done = step(self.calls, self.now, self.inputs, PLAN)
        self.told += [(self.now - 1_000, call.person, call.channel) for call in done.new]
        self.calls = tuple(self._answered(call) for call in done.calls)
        return done

    def until(self, end: float) -> Step:
        """Look at each wake until a second of the night."""
        done = self.look()
        while (wake := step(self.calls, self.now, self.inputs, PLAN).next_wake) is not None and wake <= 1_000 + end:
            self.now = wake
            done = self.look()
        return done

    def _answered(self, call: Call) -> Call:
        outcome = CallOutcome.ACCEPTED if call.channel in self.takes else CallOutcome.WAITING
        return replace(call, outcome=CallOutcome.REFUSED if call.channel in self.refuses else outcome)


def test_who_is_on_duty_is_called_at_once_then_the_next_then_all_leads():
    night = Night()
    night.until(899)
    assert night.told == [
        (0, "anne", "sms"), (300, "bruno", "email"), (600, "lea", "email"), (600, "luc", "webhook"),
    ]  # fmt: skip


def test_the_next_channel_is_tried_once_the_other_side_has_not_accepted_for_a_minute():
    night = Night(takes=("email",))
    night.until(299)
    assert night.told == [(0, "anne", "sms"), (60, "anne", "email")]


def test_a_refused_channel_is_not_waited_for():
    night = Night(refuses=("sms",), takes=("email",))
    night.until(0)
    night.look()
    assert night.told == [(0, "anne", "sms"), (0, "anne", "email")]


def test_who_cannot_be_reached_at_all_costs_a_minute_a_channel():
    night = Night(takes=("webhook",))
    night.until(180)
    assert night.told[:3] == [(0, "anne", "sms"), (60, "anne", "email"), (120, "bruno", "email")]


def test_nobody_on_duty_is_all_leads_at_once():
    night = Night(replace(ALL, groups=(LEADS,)))
    night.until(0)
    assert night.told == [(0, "lea", "email"), (0, "luc", "webhook")]


def test_an_answer_ends_it():
    night = Night()
    night.until(100)
    night.inputs = replace(ALL, answered=True)
    assert night.look().next_wake is None
    night.now += 10_000
    assert night.look().new == ()


def test_nobody_is_called_while_it_has_come_back_and_the_next_at_once_when_it_is_bad_again():
    night = Night()
    night.until(100)
    night.inputs = replace(ALL, paused=True)
    night.now = 1_400
    assert night.look().new == ()
    night.inputs = ALL
    assert [call.person for call in night.look().new] == ["bruno"]


def test_rounds_begin_no_sooner_than_asked_and_end_after_the_last():
    night = Night(replace(ALL, groups=((BRUNO,),)))
    last = night.until(10_000)
    assert night.told == [(0, "bruno", "email"), (900, "bruno", "email")]
    assert last.given_up is True


def test_looking_twice_calls_nobody_twice():
    night = Night()
    assert [len(night.look().new), len(night.look().new)] == [1, 0]


def test_people_without_a_channel_are_passed_over_and_when_nobody_has_one_that_is_told():
    mute = Person("mute", ())
    night = Night(Inputs(((mute,), (BRUNO,))))
    night.look()
    assert night.told == [(0, "bruno", "email")]
    assert Night(Inputs(((mute,),))).look().reaches_nobody is True


def test_a_lead_who_was_called_on_duty_is_not_called_again_in_the_round():
    night = Night(Inputs(((LEA,), LEADS)))
    night.until(300)
    assert night.told == [(0, "lea", "email"), (300, "luc", "webhook")]


@pytest.mark.parametrize(("takes", "told"), [(("sms",), [("anne", "email")]), ((), [])])
def test_the_end_is_told_quietly_to_who_was_reached_alone(takes, told):
    night = Night(takes=takes)
    night.until(30)
    assert list(quiet_calls(night.calls, [ANNE, BRUNO])) == told
