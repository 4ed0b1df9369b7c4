"""Works as the desk's front reads them."""

from __future__ import annotations

from datetime import timedelta

from status.domain.states import EventType, Impact
from status.models import Event
from status.queries.works import coming, unconfirmed
from status.services import actors, works
from tests.status.services.conftest import NOW, session, world  # noqa: F401 - fixtures

HOUR = timedelta(hours=1)


def plan(session, start: int, end: int) -> Event:  # noqa: F811
    what = works.Plan(EventType.UPGRADE, {2: Impact.FULL}, {"fr": "x"}, NOW + start * HOUR, NOW + end * HOUR)
    return works.plan(session, what, actors.cli_user(session, "anne"), NOW)


def test_an_unconfirmed_work_is_a_row_from_its_hour_on(session):  # noqa: F811
    event = plan(session, 1, 3)
    assert [len(unconfirmed(session, NOW + hour * HOUR)) for hour in (0.9, 1, 9)] == [0, 1, 1]
    works.confirm(session, event, {}, actors.cli_user(session, "anne"), NOW)
    assert unconfirmed(session, NOW + HOUR) == []


def test_works_of_today_and_tomorrow_are_listed_with_those_that_run(session):  # noqa: F811
    anne, running = actors.cli_user(session, "anne"), plan(session, 0, 1)
    works.confirm(session, running, {}, anne, NOW)
    works.start(session, running, {}, anne, NOW)
    plan(session, 30, 31)
    plan(session, 80, 81)
    rows = coming(session, NOW + 2 * HOUR, NOW + 48 * HOUR)
    assert [(row.n, row.is_late, row.components) for row in rows] == [
        (42, True, ("telephony/sip",)), (43, False, ("telephony/sip",)),
    ]  # fmt: skip


def test_a_cancelled_work_is_in_no_list(session):  # noqa: F811
    works.cancel(session, plan(session, 1, 3), {}, actors.cli_user(session, "anne"), NOW)
    assert [*coming(session, NOW, NOW + 9 * HOUR), *unconfirmed(session, NOW + 9 * HOUR)] == []
