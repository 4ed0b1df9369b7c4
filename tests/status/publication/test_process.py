from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from status.life import life_file
from status.models.engine import reading, writing
from status.publication import process
from status.publication.manifest import read_current
from status.publication.process import Trouble
from status.services import leases
from status.services.life_signs import read_life_signs
from status.web.assets import assets
from tests.status.publication.provider import Provider


@contextmanager
def running(provider: Provider) -> Iterator[None]:
    stop = threading.Event()
    publisher = threading.Thread(target=process.run, args=(provider.runtime, provider.render, assets(), stop))
    publisher.start()
    try:
        yield
    finally:
        stop.set()
        publisher.join(20)


def until(true: Callable[[], bool], wait_s: float = 20) -> None:
    tick = threading.Event()
    for _ in range(int(wait_s * 20)):
        if true():
            return
        tick.wait(0.05)
    raise AssertionError("it never came true")


def published_paths(provider: Provider) -> set[str]:
    manifest = read_current(provider.runtime.places.published)
    return set(manifest.entries) if manifest else set()


def test_the_process_publishes_what_changes_and_gives_its_lease_back(provider):
    with running(provider):
        until(lambda: "/fr" in published_paths(provider))
        provider.open()
        until(lambda: "/en/travaux/1234" in published_paths(provider), wait_s=10)
    with writing(provider.sessions) as session:
        assert leases.take(session, "publisher", "elsewhere/1:b:2:3", provider.now, 10) is not None


def test_it_says_that_it_lives(provider):
    with running(provider):
        until(lambda: life_file(provider.runtime.places, "publisher").exists())
        until(lambda: "/fr" in published_paths(provider))
    with reading(provider.sessions) as session:
        assert [sign.process for sign in read_life_signs(session)] == ["publisher"]


def test_it_is_done_with_a_database_that_is_gone_and_back(provider, caplog):
    caplog.set_level(logging.INFO)
    with running(provider):
        until(lambda: "/fr" in published_paths(provider))
        rename(provider, "installation", "lost")
        until(lambda: "publisher_database_lost" in caplog.text)
        rename(provider, "lost", "installation")
        until(lambda: "publishing_again" in caplog.text)
    assert caplog.text.count("publisher_database_lost") == 1
    assert "/fr" in published_paths(provider)


def rename(provider: Provider, old: str, new: str) -> None:
    with provider.runtime.engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_trouble_is_told_once_and_tried_ever_more_seldom(caplog):
    trouble = Trouble()
    error = OperationalError("SELECT 1", {}, Exception("gone"))
    assert [trouble.met(error) for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert trouble.met(OSError(28, "No space left on device")) == 5.0
    assert [record.message for record in caplog.records] == ["publisher_database_lost", "publication_not_written"]
