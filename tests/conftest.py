"""Fixtures shared by all tests. Every test of the database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.models import Base
from status.models.engine import Sessions, create_file, make_engine, make_sessions
from tests.lab.postgresql import PostgreSQL, start_postgresql

DATABASES = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server on a Unix socket, for the whole session."""
    with start_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database of each engine."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
        create_file(engine)
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        engine = make_engine(server.create_database(f"test{next(DATABASES)}"))
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: sa.Engine) -> sa.Engine:
    """A database of each engine with every table."""
    Base.metadata.create_all(empty_engine)
    return empty_engine


@pytest.fixture
def sessions(engine: sa.Engine) -> Sessions:
    """Sessions of the test's database."""
    return make_sessions(engine)
