"""A mirror that is kept: pushed when something is new, told of once when it is away, never in the publisher's way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from status.config.model import Mirror, Settings
from status.models.engine import reading
from status.publication.mirroring import FIRST_RETRY_S, PUSH_EVERY_S, Keeper, Mirrors, read_condition
from status.publication.process import run
from status.publication.push_directory import Directory
from status.runtime import Runtime
from status.services.life_signs import read_life_signs
from status.web.assets import assets
from tests.status.publication.house import House, new_house, same_house, unpushed


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[House]:
    with new_house(tmp_path_factory.mktemp("standing")) as house:
        yield house


@pytest.fixture
def house(standing, tmp_path: Path) -> Iterator[House]:
    """A provider whose publication was pushed nowhere yet."""
    with same_house(standing, tmp_path / "house") as house:
        unpushed(house, Directory(tmp_path / "there"))
        house.root = tmp_path / "there"
        yield house


def keeper(house: House, to: Path) -> Keeper:
    mirror = Mirror(name="copie", to=str(to))
    settings = house.provider.runtime.settings.model_copy(update={"mirror": (mirror,)})
    runtime = house.provider.runtime
    return Keeper(Runtime(settings, runtime.places, runtime.engine, runtime.sessions, runtime.clock), mirror)


def sign(house: House) -> str:
    with reading(house.provider.sessions) as session:
        return {each.process: each.note for each in read_life_signs(session)}["mirror copie"]


def test_each_publication_is_pushed(house):
    kept = keeper(house, house.root)
    assert kept.turn().written > 0
    assert kept.turn() is None
    house.later(60)
    house.publish()
    assert kept.turn().written > 0


def test_it_looks_for_a_message_also_when_nothing_is_published(house):
    kept = keeper(house, house.root)
    kept.turn()
    house.provider.clock.pass_time(PUSH_EVERY_S)
    assert kept.turn().written == 0


def test_trouble_is_logged_once_and_told_on_desk_and_to_doctor(house, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    kept = keeper(house, tmp_path / "file")
    for _ in range(3):
        kept.turn()
        house.provider.clock.pass_time(100)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "mirror_not_pushed"
    ]
    found = read_condition(house.provider.runtime.places.published, "copie")
    assert (found.since, "file" in found.trouble) == ("2026-11-22T12:00:00+00:00", True)
    assert sign(house).startswith("since 2026-11-22T12:00:00+00:00: ")


def test_each_failure_makes_the_pause_longer(house, tmp_path):
    (tmp_path / "file").write_text("")
    kept = keeper(house, tmp_path / "file")
    kept.turn()
    house.provider.clock.pass_time(FIRST_RETRY_S * 1.5)
    kept.turn()
    house.later(FIRST_RETRY_S * 1.5)
    house.publish()
    (tmp_path / "file").unlink()
    assert kept.turn() is None, "the second pause is longer, and a new publication does not end it"
    house.provider.clock.pass_time(FIRST_RETRY_S)
    assert kept.turn().written > 0


def test_it_is_told_that_it_works_again(house, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    (tmp_path / "file").write_text("")
    kept = keeper(house, tmp_path / "file")
    kept.turn()
    (tmp_path / "file").unlink()
    house.provider.clock.pass_time(100)
    kept.turn()
    assert "mirror_pushed_again" in [record.getMessage() for record in caplog.records]
    assert read_condition(house.provider.runtime.places.published, "copie").trouble == ""
    assert sign(house) == "holds 2"


def test_a_process_of_its_own_pushes_what_the_publisher_publishes(provider, tmp_path):
    """The real thing: `run` starts it, it pushes, it ends with the publisher."""
    runtime = provider.runtime
    mirror = Mirror(name="copie", to=str(tmp_path / "copy"))
    settings = runtime.settings.model_copy(update={"mirror": (mirror,), "database": _database(runtime)})
    stop = threading.Event()
    running = Runtime(settings, runtime.places, runtime.engine, runtime.sessions, runtime.clock)
    publisher = threading.Thread(target=run, args=(running, provider.render, assets(), stop, (Mirrors(running),)))
    publisher.start()
    wait_for(tmp_path / "copy" / "mirror.json")
    stop.set()
    publisher.join()
    assert "État à" in (tmp_path / "copy/fr/index.html").read_text(encoding="utf-8")


def test_without_a_mirror_no_process_is_started(provider):
    mirrors = Mirrors(provider.runtime)
    mirrors.allow(allowed=True)
    assert mirrors._process is None
    mirrors.end()


def _database(runtime: Runtime):
    return Settings().database.model_copy(update={"url": runtime.engine.url.render_as_string(hide_password=False)})


def wait_for(path: Path) -> None:
    """Wait until a file is there; the test's own limit ends it."""
    seen = threading.Event()
    while not path.exists():
        seen.wait(0.05)
