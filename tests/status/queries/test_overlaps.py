"""Works in the way of one another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.domain.states import EventType, Impact
from status.models import Component, Event
from status.queries.overlaps import Overlap, cut_both, overlaps, own_pairs
from status.services import actors, series, works
from tests.status.services.conftest import NOW, component, session, world  # noqa: F401 - fixtures
from tests.status.services.test_series import NIGHT

HOUR = timedelta(hours=1)
TWO, THREE = NOW + 2 * HOUR, NOW + 3 * HOUR


@pytest.fixture
def tree(session):  # noqa: F811
    """Under telephony (1): sip (2), fax (3), canary-core (4); paths 5 and 6, with a card 7 in the first."""
    session.add_all([component(5, "path-a", 1), component(6, "path-b", 1)])
    session.flush()
    session.add(component(7, "card", 5))
    session.get_one(Component, 6).redundant_with = ["path-a"]
    session.flush()
    return session


def plan(tree, impacts, start=TWO, end=THREE, **rest) -> Event:
    what = works.Plan(EventType.MAINTENANCE, impacts, {"fr": "Autre"}, start, end, **rest)
    return works.plan(tree, what, actors.cli_user(tree, "anne"), NOW)


def found(tree, *ids: int, start=TWO, end=THREE, **rest) -> list[Overlap]:
    return list(overlaps(tree, ids, start, end, **rest))


@pytest.mark.parametrize(
    ("ours", "theirs", "way"),
    [
        (2, 2, "same"), (2, 1, "above"), (1, 2, "below"), (2, 3, None), (6, 5, "other-path"), (5, 6, "other-path"),
        (6, 7, None), (7, 6, None), (6, 1, "above"),
    ],
)  # fmt: skip
def test_a_work_is_in_the_way_by_its_place(tree, ours, theirs, way):
    plan(tree, {theirs: Impact.FULL})
    assert [row.way.value for row in found(tree, ours)] == ([way] if way else [])


@pytest.mark.parametrize(("start", "end", "seen"), [(1, 2, 0), (3, 4, 0), (1, 2.1, 1), (2.9, 4, 1), (0, 9, 1)])
def test_only_works_of_that_time_are_in_the_way(tree, start, end, seen):
    plan(tree, {2: Impact.FULL})
    assert len(found(tree, 2, start=NOW + start * HOUR, end=NOW + end * HOUR)) == seen


def test_the_other_work_is_named_with_its_times_and_what_is_touched(tree):
    event = plan(tree, {5: Impact.FULL})
    (row,) = found(tree, 6)
    assert (row.uid, row.n, row.start_at, row.end_at) == (event.uid, 42, TWO, THREE)
    assert (row.component, row.other, row.pair) == ("path-b", "path-a", ("path-b", "path-a"))


def test_a_work_is_not_in_its_own_way(tree):
    event = plan(tree, {2: Impact.FULL})
    assert found(tree, 2, but=event.uid) == []


def test_ended_and_cancelled_works_are_in_nobodys_way_and_drafts_are(tree):
    anne, event = actors.cli_user(tree, "anne"), plan(tree, {2: Impact.FULL}, draft=True)
    assert [row.n for row in found(tree, 2)] == [None]
    works.cancel(tree, event, {}, anne, NOW)
    assert found(tree, 2) == []


def test_an_occurrence_not_announced_yet_is_in_the_way(tree):
    row = series.begin(tree, NIGHT, actors.cli_user(tree, "anne"), NOW)
    start = NOW + timedelta(days=15)
    (seen,) = found(tree, 2, start=start, end=start + timedelta(hours=22))
    assert (seen.uid, seen.series_uid, seen.title["en"]) == (None, row.uid, "Updates")
    assert found(tree, 2, start=start, end=start + timedelta(hours=22), but=row.uid) == []


@pytest.mark.parametrize(
    ("theirs", "ours", "both"),
    [(Impact.FULL, Impact.INTERRUPTION, 1), (Impact.NONE, Impact.FULL, 0), (Impact.FULL, Impact.DEGRADED, 0)],
)
def test_both_paths_are_cut_when_both_works_cut(tree, theirs, ours, both):
    plan(tree, {5: theirs})
    assert len(cut_both(found(tree, 6), {6: ours})) == both


def test_a_work_on_a_rack_cuts_the_path_that_runs_through_it(tree):
    tree.execute(sa.update(Component).where(Component.id == 7).values(redundant_with=["sip"]))
    tree.expire_all()
    plan(tree, {5: Impact.FULL})
    assert [row.pair for row in found(tree, 2)] == [("sip", "card")]


def test_one_work_may_cut_both_paths_by_itself(tree):
    assert own_pairs(tree, {5: Impact.FULL, 6: Impact.FULL}) == [("path-a", "path-b")]
    assert own_pairs(tree, {5: Impact.FULL, 6: Impact.NONE}) == []
