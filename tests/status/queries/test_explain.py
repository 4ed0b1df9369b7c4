"""What the decider knew, told from its rows; on a real decider fed with observations."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from probes.types import Outcome
from status.clock import utc
from status.domain.states import EventState, EventType, Impact
from status.models import Check, Component, Event, Evidence, Step
from status.models import Observation as Row
from status.models.engine import reading, writing
from status.queries.explain import Explanation, explain
from status.services import actors, holds, works
from status.services.events import find
from status.services.updating import Update, update
from tests.status.monitor.conftest import Desk, provider


@pytest.fixture
def desk(sessions) -> Desk:
    desk = Desk(sessions, provider()).start()
    desk.see(Outcome.OK)
    for _ in range(6):
        desk.see(Outcome.FAILED, "voice")
    return desk


def told(desk: Desk, ago_s: float = 0) -> Explanation:
    with reading(desk.sessions) as session:
        voice = session.scalars(sa.select(Component.id).where(Component.slug == "voice")).one()
        return explain(session, voice, utc(desk.now.wall) - timedelta(seconds=ago_s))


def test_a_verdict_is_told_with_its_rule_point_and_reason(desk):
    found = told(desk)
    assert (found.path, found.verdict, found.reason, found.rule_point) == ("telephony/voice", "down", "refused", "4")
    assert found.began_at < found.decided_at


def test_the_last_looks_are_told_newest_first(desk):
    (check,) = told(desk).checks
    looks = check.looks["here"]
    assert [(look.outcome, look.reason, look.detail) for look in looks] == [(Outcome.FAILED, "refused", "refused")] * 3
    assert looks[0].began_at > looks[1].began_at > looks[2].began_at
    assert looks[0].duration_s == 0.05


def test_each_step_is_told_with_the_looks_it_rests_on(desk):
    steps = {step.action: step for step in told(desk).steps}
    down = steps["operational to down"]
    assert {look.outcome for look in down.evidence} == {Outcome.FAILED}
    assert down.numbers["failures"] == len(down.evidence)
    assert (steps["open"].event, steps["open"].applied) == ("FS#1", True)


def test_looks_no_longer_kept_are_said_so(desk):
    with writing(desk.sessions) as session:
        session.execute(sa.delete(Evidence))
        session.execute(sa.delete(Row))
    found = told(desk)
    assert found.checks[0].looks == {}
    evidence = [look for step in found.steps for look in step.evidence]
    assert evidence
    assert {(look.outcome, look.began_at) for look in evidence} == {(None, None)}


def test_of_a_mass_incident_only_the_looks_at_the_component_are_told(desk):
    other = desk.check_ids(["web-1"])[0]
    with writing(desk.sessions) as session:
        opening = session.scalars(sa.select(Step).where(Step.action == "open")).one()
        (own, *_) = opening.data["evidence"]
        keys = [[other, "here", number] for number in range(20_000)] + [own] * 15
        opening.data = {**opening.data, "evidence": keys}
    (opened,) = [step for step in told(desk).steps if step.action == "open"]
    assert ({look.check for look in opened.evidence}, len(opened.evidence), opened.unlisted) == ({"check-voice"}, 12, 3)


def test_the_start_of_a_work_is_told(desk):
    now = utc(desk.now.wall)
    with writing(desk.sessions) as session:
        voice = session.scalars(sa.select(Component.id).where(Component.slug == "voice")).one()
        hour = (now + timedelta(minutes=1), now + timedelta(hours=1))
        plan = works.Plan(EventType.MAINTENANCE, {voice: Impact.FULL}, {"fr": "Carte"}, *hour)
        anne = actors.cli_user(session, "anne")
        works.confirm(session, works.plan(session, plan, anne, now), {}, anne, now)
    desk.see(Outcome.FAILED, seconds=61)
    found = told(desk)
    assert [(work.type, work.state) for work in found.works] == [(EventType.MAINTENANCE, "in-progress")]
    assert "work-start" in [step.action for step in found.steps]


def test_an_event_that_changed_without_a_post_is_told_as_it_stands(desk):
    with writing(desk.sessions) as session:
        session.execute(sa.update(Event).values(state=EventState.MONITORING))
    assert [event.state for event in told(desk).events] == ["monitoring"]


def test_what_was_known_earlier_is_told_of_then(desk):
    found = told(desk, ago_s=55)
    assert (found.verdict, found.events) == ("operational", ())
    assert [step.action for step in found.steps] == ["unknown to operational"]


def test_an_event_is_told_with_who_set_its_fields(desk):
    with writing(desk.sessions) as session:
        anne = actors.cli_user(session, "anne")
        update(session, find(session, "FS#1"), Update(impact=Impact.PARTIAL), anne, utc(desk.now.wall))
    (event,) = told(desk).events
    assert (event.name, event.impact, event.taken_by) == ("FS#1", "partial", "cli:anne")
    assert (event.set_by["impact"], event.set_by["title"]) == ("cli:anne", "robot")


def test_a_hold_is_told_as_long_as_it_lasted(desk):
    now = utc(desk.now.wall)
    with writing(desk.sessions) as session:
        check = session.scalars(sa.select(Check).where(Check.name == "check-voice")).one()
        holds.mute(session, check, now + timedelta(hours=1), actors.cli_user(session, "anne"), now)
    assert [line.check for line in told(desk).holds] == ["check-voice"]
    assert told(desk, ago_s=1).holds == ()
