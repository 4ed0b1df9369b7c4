"""What the databases are told beyond their tables."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.models import Event
from status.models.engine import create_file, make_engine, refresh_statistics, writing
from tests.status.publication.provider import Provider, make_provider

BY_UID = "EXPLAIN QUERY PLAN SELECT n FROM event WHERE uid IN ('a', 'b') AND publication IN ('public', 'withdrawn')"


@pytest.fixture
def provider(sessions, engine, tmp_path) -> Provider:
    return make_provider(sessions, engine, tmp_path)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_looks_for_rows_by_their_key_once_it_was_told_how_values_are_spread(provider, engine):
    for n in range(30):
        provider.open(title=f"Panne {n}", fr="Oui.")
    refresh_statistics(provider.sessions)
    with engine.connect() as connection:
        plan = [row[3] for row in connection.execute(sa.text(BY_UID))]
    assert plan == ["SEARCH event USING INDEX sqlite_autoindex_event_1 (uid=?)"]


def test_nothing_is_changed_by_it(provider):
    uid = provider.open(fr="Oui.")
    refresh_statistics(provider.sessions)
    with writing(provider.sessions) as session:
        assert session.scalars(sa.select(Event.uid)).all() == [uid]


@pytest.fixture
def database(tmp_path):
    """A SQLite file with one table, and its engine, whose pool holds an open connection."""
    engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
    create_file(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE seen (n INTEGER)")
    yield tmp_path / "travaux.db", engine
    engine.dispose()


def write(engine) -> int:
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO seen VALUES (1)")
        return connection.exec_driver_sql("SELECT count(*) FROM seen").scalar_one()


def test_nothing_is_written_into_a_file_that_was_moved_away_until_it_is_back(database):
    path, engine = database
    away = path.rename(path.with_name("away.db"))
    for _ in range(2):
        with pytest.raises(sa.exc.OperationalError):
            write(engine)
    away.rename(path)
    assert [write(engine), write(engine)] == [1, 2]


def test_a_file_that_was_removed_is_told_by_its_path(database):
    path, engine = database
    path.unlink()
    with pytest.raises(sa.exc.OperationalError, match=r"the database file .*/travaux\.db is gone: put it back"):
        write(engine)


def test_another_file_in_its_place_is_told_once_then_used(database):
    path, engine = database
    path.rename(path.with_name("away.db"))
    other = make_engine(f"sqlite:///{path}")
    create_file(other)
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE seen (n INTEGER)")
    other.dispose()
    with pytest.raises(sa.exc.OperationalError, match="was replaced by another"):
        write(engine)
    assert write(engine) == 1
