"""Reminders of works: one at each moment, for those who could not have been told anyway."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.domain.states import EventType, Impact
from status.models import Event, Installation, Notice
from status.services import actors, works
from status.services.reminding import remind_due
from tests.status.services.conftest import NOW

HOUR = timedelta(hours=1)
DAY_BEFORE = (24 * HOUR,)


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


@pytest.fixture
def work(session, anne) -> Event:
    """A work in 48 hours."""
    start = NOW + 48 * HOUR
    plan = works.Plan(EventType.MAINTENANCE, {2: Impact.FULL}, {"fr": "Essai"}, start, start + HOUR)
    return works.plan(session, plan, anne, NOW)


def reminders(session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Notice).where(Notice.action == "reminder"))


def test_a_work_is_reminded_of_once_at_its_moment(session, work):
    hours = (23, 24, 24.1, 30, 47.9)
    assert [remind_due(session, NOW + hour * HOUR, DAY_BEFORE) for hour in hours] == [0, 1, 0, 0, 0]
    assert (reminders(session), work.reminded_at) == (1, NOW + 24 * HOUR)


def test_a_reminder_changes_no_page_and_no_version(session, work):
    before = (work.version, session.get_one(Installation, 1).revision)
    remind_due(session, NOW + 24 * HOUR, DAY_BEFORE)
    session.expire_all()
    assert (work.version, session.get_one(Installation, 1).revision) == before


def test_two_moments_are_two_reminders_and_two_missed_are_one(session, work):
    twice = (24 * HOUR, 2 * HOUR)
    assert [remind_due(session, NOW + hour * HOUR, twice) for hour in (25, 46.5)] == [1, 1]
    session.execute(sa.update(Event).values(reminded_at=None))
    session.expire_all()
    assert [remind_due(session, NOW + hour * HOUR, twice) for hour in (46.5, 47)] == [1, 0]


def test_a_work_announced_later_than_the_moment_is_not_reminded_of(session, work, anne):
    works.new_times(session, work, (NOW + 20 * HOUR, NOW + 21 * HOUR), {}, anne, now=NOW)
    assert remind_due(session, NOW + HOUR, DAY_BEFORE) == 0


def test_a_postponed_work_is_reminded_of_anew(session, work, anne):
    remind_due(session, NOW + 24 * HOUR, DAY_BEFORE)
    works.new_times(session, work, (NOW + 96 * HOUR, NOW + 97 * HOUR), {}, anne, now=NOW + 25 * HOUR)
    assert [remind_due(session, NOW + hour * HOUR, DAY_BEFORE) for hour in (30, 72)] == [0, 1]


def test_a_cancelled_work_is_not_reminded_of(session, work, anne):
    works.cancel(session, work, {}, anne, NOW)
    assert remind_due(session, NOW + 30 * HOUR, DAY_BEFORE) == 0


def test_a_draft_is_not_reminded_of(session, anne):
    start = NOW + 10 * HOUR
    works.plan(session, works.Plan(
        EventType.UPGRADE, {2: Impact.FULL}, {"fr": "x"}, start, start + HOUR, draft=True), anne, NOW)  # fmt: skip
    assert remind_due(session, NOW + HOUR, DAY_BEFORE) == 0


def test_no_moment_means_no_reminder(session, work):
    assert remind_due(session, NOW + 30 * HOUR, ()) == 0
