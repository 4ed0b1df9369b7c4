"""Pages that are made when asked for: once for all who ask, kept while the data is the same, never without it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from flask import request
from werkzeug.test import Client

from probes.types import Instant
from status.app import create_app
from status.models import Installation
from status.models.engine import writing
from status.web.asked_for import AskedFor
from tests.status.web.builder import NOW
from tests.status.web.days import quiet

FILTERED = "/fr/travaux?type=incident&year=2026"


class Door:
    """The app behind the layer; every page it is asked for is noted, and may be held back."""

    def __init__(self, runtime, **more) -> None:
        self.made: list[str] = []
        self.asked, self.let_go = threading.Semaphore(0), threading.Event()
        self.let_go.set()
        app = create_app(runtime)
        app.before_request(self._note)
        self.layer = AskedFor(app, runtime, look_every_s=0, **more)

    def _note(self) -> None:
        self.made.append(request.full_path)
        self.asked.release()
        assert self.let_go.wait(20)

    def get(self, path: str, **headers):
        return Client(self.layer).get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})


@pytest.fixture
def door(runtime, fill) -> Door:
    fill(quiet)
    return Door(runtime)


def raise_revision(sessions) -> None:
    with writing(sessions) as session:
        session.get_one(Installation, 1).revision += 1


def test_a_page_is_made_once_and_kept_until_the_data_changes(door, sessions):
    first = door.get(FILTERED)
    assert (first.status_code, door.get(FILTERED).data, len(door.made)) == (200, first.data, 1)
    raise_revision(sessions)
    assert (door.get(FILTERED).status_code, len(door.made)) == (200, 2)


def test_those_who_ask_at_once_are_given_one_rendering(door):
    door.let_go.clear()
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(door.get(FILTERED).data)) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert door.asked.acquire(timeout=20)
    door.let_go.set()
    for thread in threads:
        thread.join(20)
    assert (len(door.made), len(answers), len(set(answers))) == (1, 12, 1)


def test_more_pages_than_half_the_threads_are_not_made_at_once(door):
    door.let_go.clear()
    threads = [threading.Thread(target=door.get, args=(f"/fr/travaux?year={2020 + n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert door.asked.acquire(timeout=20)
    refused = door.get("/fr/travaux?year=2019")
    door.let_go.set()
    for thread in threads:
        thread.join(20)
    assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)


@pytest.mark.parametrize(
    "query", ["year=2026&type=incident", "type=incident&year=2026&utm=1&type=upgrade", "x=&type=incident&&year=2026"]
)
def test_a_page_is_shared_whatever_else_is_asked(door, query):
    wanted = door.get(FILTERED).data
    shared = door.get(f"/fr/travaux?{query}").data
    assert shared == wanted or "type=upgrade" in query
    assert len(door.made) == (2 if "type=upgrade" in query else 1)


def test_a_copy_that_is_still_good_gets_304_in_either_coding(door):
    for coding in ("gzip", ""):
        etag = door.get(FILTERED, Accept_Encoding=coding).headers["ETag"]
        again = door.get(FILTERED, Accept_Encoding=coding, If_None_Match=etag)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)


def test_what_is_not_found_is_not_kept(door):
    assert [door.get("/fr/travaux?page=99").status_code for _ in range(2)] == [404, 404]
    assert len(door.made) == 2


@pytest.mark.parametrize("path", ["/fr/nowhere", "/health", "/fr/components"])
def test_other_addresses_are_the_app_s_own(door, path):
    door.get(path)
    door.get(path)
    assert len(door.made) == 2


def test_a_page_made_before_monitoring_fell_silent_is_not_served_after_it(runtime, fill):
    fill(quiet)
    clock = [Instant(0.0, NOW.timestamp() + 2)]
    door = Door(replace(runtime, clock=lambda: clock[0]))
    green = door.get(FILTERED).data
    clock[0] = Instant(500.0, NOW.timestamp() + 500)
    assert door.get(FILTERED).data != green
    assert len(door.made) == 2


def test_pages_that_are_kept_stay_within_their_bound(runtime, fill):
    fill(quiet)
    door = Door(runtime, kept_bytes=30_000)
    for year in range(2000, 2020):
        assert door.get(f"/fr/travaux?year={year}").status_code == 200
    assert 0 < door.layer._size <= 30_000


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_without_the_database_nothing_that_was_kept_is_served(door, engine, tmp_path: Path):
    assert door.get(FILTERED).status_code == 200
    engine.dispose()
    (tmp_path / "travaux.db").rename(tmp_path / "gone.db")
    answer = door.get(FILTERED)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
