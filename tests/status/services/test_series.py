"""Works that come again: announced one by one, once each, ended and changed as a whole."""

# ruff: noqa: DTZ001 - the first start of a series is a local time without zone
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact, Publication
from status.models import AuditEntry, Component, Event, EventUpdate, Installation, Instruction, Notice, UpdateText
from status.models.engine import writing
from status.queries import series as reading_series
from status.services import actors, series, works
from tests.status.services.conftest import NOW

WEEK = timedelta(days=7)
NIGHT = series.Series(
    rule="FREQ=WEEKLY;BYDAY=TU", zone="Europe/Paris", starts=datetime(2026, 11, 24, 2, 30),
    lasts=timedelta(hours=2), type=EventType.MAINTENANCE, title={"fr": "Mises à jour", "en": "Updates"},
    texts={"fr": "Coupures brèves.", "en": "Short cuts."}, impacts={2: Impact.INTERRUPTION},
)  # fmt: skip


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


def made(session) -> list[Event]:
    return list(session.scalars(sa.select(Event).order_by(Event.planned_start_at)))


def test_an_occurrence_is_announced_once_confirmed_and_numbered_a_week_before(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    assert [series.make_due(session, NOW, WEEK), series.make_due(session, NOW, WEEK)] == [1, 0]
    (event,) = made(session)
    assert (event.n, event.state, event.publication) == (42, EventState.CONFIRMED, Publication.PUBLIC)
    assert (event.series, event.series_uid, event.occurrence_at) == (NIGHT.rule, row.uid, event.planned_start_at)
    assert event.planned_start_at == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert [post.action for post in session.scalars(sa.select(EventUpdate))] == ["plan"]


def test_weeks_go_by_and_each_has_its_own_number(session, anne):
    series.begin(session, NIGHT, anne, NOW)
    for hours in range(0, 24 * 28, 6):
        series.make_due(session, NOW + timedelta(hours=hours), WEEK)
    assert [(event.n, event.planned_start_at.day) for event in made(session)] == [
        (42, 24), (43, 1), (44, 8), (45, 15), (46, 22),
    ]  # fmt: skip


def test_what_passed_while_nobody_was_there_is_not_announced(session, anne):
    series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, datetime(2026, 12, 8, 2, tzinfo=UTC), WEEK)
    assert [event.planned_start_at.day for event in made(session)] == [8, 15]  # the one that runs, and the next


def test_two_deciders_at_once_make_an_occurrence_once(world):
    with writing(world) as session:
        series.begin(session, NIGHT, actors.cli_user(session, "anne"), NOW)
        actors.robot(session)
    together = Barrier(2)

    def decide(_: int) -> int:
        together.wait()
        with writing(world) as session:
            return series.make_due(session, NOW, WEEK)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, range(2))) == [0, 1]


def test_the_database_itself_holds_one_event_for_each_start(session, anne):
    series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, NOW, WEEK)
    (event,) = made(session)
    twin = works.plan(session, works.Plan(
        EventType.UPGRADE, {2: Impact.FULL}, {"fr": "x"}, NOW + WEEK, NOW + 2 * WEEK), anne, NOW)  # fmt: skip
    twin.series_uid, twin.occurrence_at = event.series_uid, event.occurrence_at
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_a_moved_or_cancelled_occurrence_is_not_made_anew(session, anne):
    series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, NOW, WEEK)
    (event,) = made(session)
    works.new_times(session, event, (NOW + WEEK, NOW + WEEK + timedelta(hours=1)), {}, anne, now=NOW)
    works.cancel(session, event, {}, anne, NOW)
    assert series.make_due(session, NOW + timedelta(minutes=1), WEEK) == 0


def test_the_end_cancels_what_was_announced_and_nothing_more_comes(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, NOW, WEEK)
    (event,) = series.end(session, row, anne, NOW)
    assert event.state is EventState.CANCELLED
    words = session.scalars(
        sa.select(UpdateText.text).where(UpdateText.language == "en").order_by(UpdateText.update_id)
    )
    assert words.all()[-1].startswith("These recurring works have come to an end")
    assert series.make_due(session, NOW + 3 * WEEK, WEEK) == 0
    assert list(reading_series.coming(session, NOW, NOW + 9 * WEEK)) == []


def test_an_occurrence_that_runs_goes_on_when_the_series_ends(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, NOW, WEEK)
    (event,) = made(session)
    works.start(session, event, {}, anne, NOW)
    assert series.end(session, row, anne, NOW) == []
    assert event.state is EventState.IN_PROGRESS


def test_a_series_ends_once(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    series.end(session, row, anne, NOW)
    with pytest.raises(Refused, match="came to an end at 2026-11-22"):
        series.end(session, row, anne, NOW)


def test_a_change_holds_from_the_first_occurrence_not_announced_yet(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, NOW, WEEK)
    series.change(session, row, replace(NIGHT, starts=datetime(2026, 11, 24, 4, 0)), anne, NOW, version=1)
    series.make_due(session, NOW + WEEK, WEEK)
    hours = [event.planned_start_at.strftime("%d %H:%M") for event in made(session)]
    assert (hours, row.version) == (["24 01:30", "24 03:00", "01 03:00"][::2], 2)


def test_the_second_of_two_who_change_a_series_is_told(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    series.change(session, row, NIGHT, anne, NOW, version=1)
    with pytest.raises(Refused, match="changed by somebody else"):
        series.change(session, row, NIGHT, anne, NOW, version=1)


def test_what_comes_later_is_seen_without_rows(session, anne):
    series.begin(session, NIGHT, anne, NOW)
    series.make_due(session, NOW, WEEK)
    later = reading_series.coming(session, NOW, NOW + 3 * WEEK)
    assert [(each.start_at.day, each.title["en"]) for each in later] == [(1, "Updates"), (8, "Updates")]
    assert len(made(session)) == 1


def test_works_on_what_the_public_may_not_know_stay_drafts(session, anne):
    series.begin(session, replace(NIGHT, impacts={4: Impact.FULL}), anne, NOW)
    series.make_due(session, NOW, WEEK)
    (event,) = made(session)
    assert (event.n, event.publication, event.state) == (None, Publication.DRAFT, EventState.CONFIRMED)


def test_a_component_that_was_retired_is_left_out(session, anne):
    series.begin(session, replace(NIGHT, impacts={2: Impact.FULL, 3: Impact.FULL}), anne, NOW)
    session.get_one(Component, 2).retired_at = NOW
    series.make_due(session, NOW, WEEK)
    session.get_one(Component, 3).retired_at = NOW
    assert (made(session)[0].resources, series.make_due(session, NOW + WEEK, WEEK)) == (["rack-fax"], 0)


def test_each_deed_on_a_series_is_in_the_audit_and_told_to_the_decider(session, anne):
    row = series.begin(session, NIGHT, anne, NOW)
    series.end(session, row, anne, NOW)
    deeds = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.n)).all()
    assert deeds == ["series.begin", "series.end"]
    assert set(session.scalars(sa.select(Instruction.action))) == {"series_changed"}


def test_an_announced_occurrence_is_one_notice_and_raises_the_revision(session, anne):
    series.begin(session, NIGHT, anne, NOW)
    before = session.get_one(Installation, 1).revision
    series.make_due(session, NOW, WEEK)
    assert session.get_one(Installation, 1).revision > before
    assert session.scalars(sa.select(Notice.action)).all() == ["plan"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "FREQ=HOURLY"}, "expected one of DAILY"),
        ({"rule": "FREQ=DAILY;UNTIL=20260101"}, "no start within ten years"),
        ({"rule": "FREQ=DAILY", "lasts": timedelta(hours=25)}, "would not be over"),
        ({"lasts": timedelta(0)}, "expected 1 minute to 31 days"),
        ({"zone": "Europe/Lutetia"}, "there is no time zone"),
        ({"title": {"fr": " "}}, "title is empty"),
        ({"title": {"xx": "x"}}, "no language"),
        ({"impacts": {}}, "at least one component"),
        ({"impacts": {99: Impact.FULL}}, "at least one component"),
        ({"type": EventType.INCIDENT}, "maintenance or an upgrade"),
        ({"starts": NOW}, "without zone"),
        ({"starts": datetime(2126, 1, 1)}, "ten years away"),
    ],
)
def test_a_wrong_series_is_refused_with_its_reason(session, anne, changes, message):
    with pytest.raises(Refused) as refused:
        series.begin(session, replace(NIGHT, **changes), anne, NOW)
    assert message in refused.value.message
