"""Works by themselves: recurring ones announced and started, reminders, whatever happens to the decider meanwhile."""

# ruff: noqa: DTZ001 - the first start of a series is a local time without zone
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from probes.types import Outcome
from status.clock import utc
from status.config.model import Works
from status.domain.states import EventState, EventType, Impact
from status.models import Component, Event, Notice, Step
from status.models.engine import reading, writing
from status.queries.works import coming, unconfirmed
from status.services import series, works
from status.services.actors import cli_user
from tests.status.monitor.conftest import BEGIN, Desk

HOUR = timedelta(hours=1)
BEGUN = utc(BEGIN.wall)  # 2026-09-21 14:13:20 UTC, a Monday
NIGHT = series.Series(
    rule="FREQ=WEEKLY;BYDAY=SU", zone="Europe/Paris", starts=datetime(2026, 9, 27, 2, 30), lasts=HOUR,
    type=EventType.MAINTENANCE, title={"fr": "Nuit", "en": "Night"},
)  # fmt: skip


def web_id(desk: Desk) -> int:
    with reading(desk.sessions) as session:
        return session.scalars(sa.select(Component.id).where(Component.slug == "web-1")).one()


def begin(desk: Desk, **changes: object) -> str:
    what = replace(NIGHT, impacts={web_id(desk): Impact.FULL}, **changes)
    with writing(desk.sessions) as session:
        return series.begin(session, what, cli_user(session, "anne"), utc(desk.now.wall)).uid


def plan(desk: Desk, starts_in: timedelta, impact: Impact = Impact.FULL, *, confirmed: bool = True) -> str:
    now = utc(desk.now.wall)
    what = works.Plan(
        EventType.MAINTENANCE, {web_id(desk): impact}, {"fr": "x"}, now + starts_in, now + starts_in + HOUR
    )
    with writing(desk.sessions) as session:
        event = works.plan(session, what, cli_user(session, "anne"), now)
        if confirmed:
            works.confirm(session, event, {}, cli_user(session, "anne"), now)
        return event.uid


def act(desk: Desk, deed, uid: str, *more: object, **named: object) -> None:
    with writing(desk.sessions) as session:
        deed(session, session.get_one(Event, uid), *more, {}, cli_user(session, "anne"), **named)


def pass_time(desk: Desk, span: timedelta) -> None:
    """Let time pass, with a last look at everything."""
    desk.now = desk.now.plus(span.total_seconds())
    desk.see(Outcome.OK, seconds=0)
    desk.turn()


def state(desk: Desk, uid: str) -> EventState:
    with reading(desk.sessions) as session:
        return session.get_one(Event, uid).state


def notices(desk: Desk, action: str) -> int:
    with reading(desk.sessions) as session:
        return session.scalars(sa.select(sa.func.count()).where(Notice.action == action)).one()


def test_a_series_is_announced_by_the_turn_that_reads_of_it(desk: Desk) -> None:
    begin(desk)
    desk.turn()
    (event,) = desk.events()
    assert (event.n, event.state, event.planned_start_at) == (1, EventState.CONFIRMED, datetime.fromisoformat(
        "2026-09-27T00:30:00+00:00"))  # fmt: skip


def test_over_the_autumn_change_each_week_has_one_work_at_its_hour(desk: Desk) -> None:
    begin(desk)
    for _ in range(8 * 7):
        pass_time(desk, timedelta(days=1))
        desk.start()  # a restart each day
    starts = [event.planned_start_at.strftime("%m-%d %H:%M") for event in desk.events() if event.series_uid]
    assert starts[3:7] == ["10-18 00:30", "10-25 00:30", "11-01 01:30", "11-08 01:30"]
    assert len(set(starts)) == len(starts) == len({event.n for event in desk.events() if event.series_uid})


def test_an_occurrence_starts_by_itself_at_its_hour(desk: Desk) -> None:
    begin(desk)
    desk.turn()
    (event,) = desk.events()
    pass_time(desk, event.planned_start_at - BEGUN)
    assert state(desk, event.uid) is EventState.IN_PROGRESS
    assert desk.posts() == ["plan", "plan", "work-start"]  # the next one is a week away now


def test_a_decider_killed_before_its_commit_announces_an_occurrence_once(desk: Desk) -> None:
    begin(desk)
    with desk.sessions() as session:
        session.connection(execution_options={"travaux_writing": True})
        desk.decider.turn(session, desk.now, ())
        session.rollback()
    desk.start().turn()
    desk.start().turn()
    assert [event.n for event in desk.events()] == [1]


def test_a_series_the_services_refuse_does_not_stop_supervision(desk: Desk) -> None:
    uid = begin(desk)
    with writing(desk.sessions) as session:
        session.get_one(series.WorkSeries, uid).rule = "FREQ=HOURLY"
    desk.turn()
    assert desk.events() == []


def test_the_days_ahead_are_a_setting(desk: Desk) -> None:
    begin(desk)
    desk.settings = desk.settings.model_copy(update={"works": Works(announce_days=3)})
    desk.start().turn()
    assert desk.events() == []
    pass_time(desk, timedelta(days=3))
    assert len(desk.events()) == 1


def test_a_reminder_is_told_once_whatever_the_restarts(desk: Desk) -> None:
    plan(desk, 30 * HOUR)
    for _ in range(4):
        pass_time(desk, 3 * HOUR)
        desk.start()
    assert notices(desk, "reminder") == 1


def test_an_unconfirmed_work_at_its_hour_is_told_once_and_waits(desk: Desk) -> None:
    uid = plan(desk, HOUR, confirmed=False)
    for _ in range(3):
        pass_time(desk, HOUR)
        desk.start()
    with reading(desk.sessions) as session:
        assert [row.uid for row in unconfirmed(session, utc(desk.now.wall))] == [uid]
        assert session.scalars(sa.select(sa.func.count()).where(Step.action == "work-unconfirmed")).one() == 1


def test_a_work_ended_early_stays_ended_over_a_restart(desk: Desk) -> None:
    uid = plan(desk, HOUR)
    pass_time(desk, HOUR)
    act(desk, works.finish, uid, now=utc(desk.now.wall))
    desk.start()
    pass_time(desk, HOUR)
    assert (state(desk, uid), desk.posts()[-1]) == (EventState.DONE, "finish")


def test_an_overrun_is_a_row_that_says_so_and_no_end_by_itself(desk: Desk) -> None:
    uid = plan(desk, HOUR)
    pass_time(desk, HOUR)
    desk.start()
    pass_time(desk, 2 * HOUR)
    with reading(desk.sessions) as session:
        (row,) = coming(session, utc(desk.now.wall), utc(desk.now.wall) + HOUR)
    assert (row.uid, row.state, row.is_late) == (uid, EventState.IN_PROGRESS, True)


def test_a_work_moved_after_its_announcement_starts_at_the_new_hour_only(desk: Desk) -> None:
    uid = plan(desk, HOUR)
    now = utc(desk.now.wall)
    act(desk, works.new_times, uid, (now + 3 * HOUR, now + 4 * HOUR), now=now)
    pass_time(desk, 2 * HOUR)
    assert state(desk, uid) is EventState.CONFIRMED
    desk.start()
    pass_time(desk, 1.1 * HOUR)
    assert state(desk, uid) is EventState.IN_PROGRESS


@pytest.mark.parametrize("restart", [False, True])
def test_a_work_cancelled_after_its_announcement_never_starts(desk: Desk, *, restart: bool) -> None:
    uid = plan(desk, HOUR)
    act(desk, works.cancel, uid, now=utc(desk.now.wall))
    if restart:
        desk.start()
    pass_time(desk, 2 * HOUR)
    assert (state(desk, uid), desk.posts()) == (EventState.CANCELLED, ["plan", "confirm", "cancel"])


def test_a_rolled_back_work_ends_its_window_over_a_restart(desk: Desk) -> None:
    uid = plan(desk, HOUR)
    pass_time(desk, HOUR)
    act(desk, works.roll_back, uid, now=utc(desk.now.wall))
    desk.start()
    for _ in range(40):
        desk.see(Outcome.FAILED, "web-1")
    assert [event.type for event in desk.events()] == [EventType.MAINTENANCE, EventType.INCIDENT]


def test_a_work_announced_without_impact_that_fails_is_an_incident_of_its_own(desk: Desk) -> None:
    uid = plan(desk, HOUR, Impact.NONE)
    pass_time(desk, HOUR)
    for _ in range(40):
        desk.see(Outcome.FAILED, "web-1")
    (incident,) = [event for event in desk.events() if event.type is EventType.INCIDENT]
    assert (incident.work_uid, state(desk, uid)) == (uid, EventState.IN_PROGRESS)


def test_a_work_announced_with_a_cut_that_fails_is_none(desk: Desk) -> None:
    plan(desk, HOUR, Impact.INTERRUPTION)
    pass_time(desk, HOUR)
    for _ in range(40):
        desk.see(Outcome.FAILED, "web-1")
    assert [event.type for event in desk.events()] == [EventType.MAINTENANCE]
