"""What the public reads of a work after each move: its page, the list, the feed; and the same after a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
import sqlalchemy as sa

from status.app import create_app
from status.clock import utc
from status.domain.states import EventType, Impact
from status.models import Event
from status.models.engine import writing
from status.places import Places
from status.runtime import Runtime
from status.services import series, works
from status.services.actors import cli_user
from tests.status.monitor.conftest import Desk
from tests.status.monitor.test_chores import act, begin, pass_time, plan, web_id

HOUR = timedelta(hours=1)


@pytest.fixture
def read(desk: Desk, engine: sa.Engine, tmp_path: Path) -> Callable[[str], str]:
    """Ask the site for an address, now."""
    places = Places(tmp_path / "config.toml", tmp_path, tmp_path, tmp_path / "published", tmp_path / "run")
    client = create_app(Runtime(desk.settings, places, engine, desk.sessions, lambda: desk.now)).test_client()

    def get(path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.text

    return get


def titles(read: Callable[[str], str]) -> list[str]:
    return [entry.title.partition("]")[0] + "]" for entry in feedparser.parse(read("/en/feed.atom")).entries]


MOVES = {
    "finish": ("Completed", [works.finish]),
    "verify": ("Verifying", [works.verify]),
    "roll-back": ("Rolled back", [works.roll_back]),
    "early-end": ("Completed", [works.verify, works.finish]),
}


@pytest.mark.parametrize("move", MOVES)
def test_each_move_of_a_running_work_is_on_page_and_feed_and_stays_over_a_restart(desk: Desk, read, move) -> None:
    said, deeds = MOVES[move]
    uid = plan(desk, HOUR)
    pass_time(desk, HOUR)
    for deed in deeds:
        act(desk, deed, uid, now=utc(desk.now.wall))
    before = read("/en/travaux/1"), titles(read)
    desk.start().turn()
    assert (read("/en/travaux/1"), titles(read)) == before
    assert (said in before[0], before[1][0]) == (True, f"[{said}]")


def test_a_moved_work_shows_its_new_hours_over_a_restart(desk: Desk, read) -> None:
    uid, now = plan(desk, HOUR), utc(desk.now.wall)
    act(desk, works.new_times, uid, (now + 24 * HOUR, now + 25 * HOUR), now=now)
    desk.start().turn()
    assert 'datetime="2026-09-22T16:13:30+02:00"' in read("/en/travaux/1")
    assert len(titles(read)) == 3


def test_a_work_cancelled_after_its_announcement_says_so_over_a_restart(desk: Desk, read) -> None:
    uid = plan(desk, HOUR)
    act(desk, works.cancel, uid, now=utc(desk.now.wall))
    desk.start()
    pass_time(desk, 2 * HOUR)
    assert "Cancelled" in read("/en/travaux/1")
    assert titles(read)[0] == "[Cancelled]"


def test_an_occurrence_enters_the_feed_once_when_it_is_announced(desk: Desk, read) -> None:
    begin(desk)
    for _ in range(3):
        pass_time(desk, HOUR)
        desk.start()
    assert titles(read) == ["[Confirmed]"]
    assert "Night" in read("/en/travaux")
    assert "Night" in read("/en/travaux/1")


def test_a_series_that_ends_tells_of_the_announced_one(desk: Desk, read) -> None:
    uid = begin(desk)
    desk.turn()
    with writing(desk.sessions) as session:
        series.end(session, series.find(session, uid), cli_user(session, "anne"), utc(desk.now.wall))
    desk.start().turn()
    assert titles(read) == ["[Cancelled]", "[Confirmed]"]
    assert "this one will not take place" in read("/en/travaux/1")
    assert "celui-ci n’aura pas lieu" in read("/fr/travaux/1")


def test_a_reminder_changes_no_byte_of_the_page(desk: Desk, read) -> None:
    plan(desk, 30 * HOUR)
    desk.turn()
    before = titles(read)
    pass_time(desk, 7 * HOUR)
    with desk.sessions() as session:
        assert session.scalars(sa.select(Event.reminded_at)).one() is not None
    assert titles(read) == before


def test_drafts_of_works_are_nowhere(desk: Desk, read) -> None:
    now = utc(desk.now.wall)
    what = works.Plan(
        EventType.UPGRADE, {web_id(desk): Impact.FULL}, {"en": "canary-work"}, now + HOUR, now + 2 * HOUR, draft=True
    )
    with writing(desk.sessions) as session:
        works.plan(session, what, cli_user(session, "anne"), now)
    desk.turn()
    for path in ("/en", "/en/travaux", "/en/feed.atom", "/status.json"):
        assert "canary-work" not in read(path)
