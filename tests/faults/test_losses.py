"""What happens to the page and to an open incident when a process is killed or stopped, or the database is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from status.supervisor.watch import descendants
from tests.faults.installation import QUICK, Installation, Looking, lives, running, until

pytestmark = [pytest.mark.story, pytest.mark.timeout(400)]

PROCESSES = ("web", "worker", "monitor", "publisher", "demo")
STALE_AFTER_S = 20
RENEWED_S = 5
"""Of QUICK: how long a page stays green without a decider, and how often it is renewed."""

GREEN = ("/en/components/messagerie", "/en/components/email")
PRESENT = ("/en", "/en/travaux", "/status.json", *GREEN)
"""Pages that state a present; during an outage of telephony these two are green."""


@pytest.fixture(scope="module")
def travaux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One demonstration for all: every test leaves it well."""
    with running(tmp_path_factory.mktemp("losses"), QUICK) as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("name", ["web", "worker"])
def test_the_web_is_back_within_five_seconds(travaux: Installation, name: str, number: signal.Signals) -> None:
    with Looking(travaux) as looking:
        pid = travaux.strike(name, number)
        until(lambda: travaux.pid(name) not in {0, pid} and travaux.answers(), 5, f"{name} back after {number.name}")
    assert looking.away_s < 5
    assert not lives(pid)


def test_page_and_incident_outlive_the_loss_of_monitor_and_publisher(travaux: Installation) -> None:
    seen = travaux.identifiers()
    with Looking(travaux) as looking:
        travaux.tell("demo", "hang", "sip")
        until(lambda: len(travaux.new_items(seen)) == 1, 60, "incident")
        for number in (signal.SIGKILL, signal.SIGSTOP):
            for name in ("monitor", "publisher"):
                _lose(travaux, name, number)
                until(lambda: not travaux.told()["stale"], 15, "fresh again")
                assert travaux.component_states()["voix"] == "down"
                assert len(travaux.new_items(seen)) == 1
        travaux.tell("demo", "heal", "sip")
        until(lambda: "[Resolved]" in travaux.new_items(seen)[0].title, 60, "resolved")
    assert len(travaux.new_items(seen)) == 3
    assert looking.away_s < 1


def test_everything_ends_with_a_killed_supervisor_and_a_new_one_answers(travaux: Installation) -> None:
    gone, verified_at = descendants(travaux.supervisor.pid), travaux.told()["verified_at"]
    assert len(gone) >= len(PROCESSES)
    travaux.supervisor.kill()
    killed_at = time.monotonic()
    travaux.start()
    until(lambda: not any(map(lives, gone)), 2, "descendants gone")
    until(travaux.answers, 5 - (time.monotonic() - killed_at), "a new one answers")
    print(f"  {time.monotonic() - killed_at:.2f} s after it was typed")
    until(lambda: travaux.told()["verified_at"] > verified_at and all(map(travaux.pid, PROCESSES)), 20, "all is back")


def test_the_page_stays_while_the_supervisor_is_stopped(travaux: Installation) -> None:
    pids = [travaux.pid(name) for name in PROCESSES]
    with Looking(travaux) as looking:
        travaux.supervisor.send_signal(signal.SIGSTOP)
        time.sleep(10)
        travaux.supervisor.send_signal(signal.SIGCONT)
        time.sleep(3)
    assert looking.away_s < 1
    assert [travaux.pid(name) for name in PROCESSES] == pids


def test_the_pages_stand_when_the_database_is_moved_away(travaux: Installation) -> None:
    away = travaux.folder / "away"
    away.mkdir()
    files = list(travaux.data.glob("travaux.db*"))
    for file in files:
        file.rename(away / file.name)
    pages = ("/", "/fr", "/en/travaux", "/en/travaux/1", "/en/feed.rss", "/en/components/voix/feed.atom")
    _hold(10, lambda: all(travaux.get(path)[0] == 200 for path in pages))
    struck = travaux.strike("web", signal.SIGKILL)
    until(lambda: not lives(struck) and travaux.pid("web") not in (0, struck), 5, "the one struck is gone")
    until(travaux.answers, 5, "a new web without a database")
    _hold(3, lambda: all(travaux.get(path)[0] == 200 for path in pages))
    for file in files:
        (away / file.name).rename(file)
    verified_at = travaux.told()["verified_at"]
    until(lambda: travaux.told()["verified_at"] > verified_at and travaux.all_areas("operational"), 60, "green again")


def _lose(travaux: Installation, name: str, number: signal.Signals) -> None:
    """Kill or stop a process and wait for the one that takes its place."""
    until(lambda: all(b"s-operational" in travaux.get(path)[2] for path in GREEN), 15, "green apart from telephony")
    tags = {path: travaux.get(path)[1] for path in PRESENT}
    feed, pid = travaux.get("/en/feed.rss"), travaux.strike(name, number)
    lost_at = time.monotonic()
    if number == signal.SIGSTOP:
        took_s = until(lambda: travaux.told()["stale"], STALE_AFTER_S + 2, f"stale twin without {name}")
        assert took_s > STALE_AFTER_S - 2 * RENEWED_S
        for path, etag in tags.items():  # a page rendered a little later has a little longer
            until(lambda: travaux.get(path, etag)[0] == 200, RENEWED_S + 1, path)  # noqa: B023
            assert b"s-operational" not in travaux.get(path, etag)[2]
        assert travaux.get("/en/feed.rss") == feed
    until(lambda: travaux.pid(name) not in {0, pid}, 75, f"a new {name} after {number.name}")
    print(f"  {name} after {number.name}: a new one after {time.monotonic() - lost_at:.1f} s")


def _hold(for_s: float, true: Callable[[], bool]) -> None:
    end_at = time.monotonic() + for_s
    while time.monotonic() < end_at:
        assert true()
        time.sleep(0.1)
