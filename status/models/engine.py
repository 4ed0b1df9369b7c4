"""Engines and sessions for both databases, with the settings durability rests on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

BUSY_TIMEOUT_MS = 5_000
ANALYSED_ROWS = 400
"""So many rows of each index are looked at by `refresh_statistics`."""

Sessions = sessionmaker[Session]


def make_engine(url: sa.URL | str, *, pool_size: int = 5) -> sa.Engine:
    """Make an engine. SQLite: WAL, synchronous=FULL, foreign keys, writers by BEGIN IMMEDIATE (see `writing`).

    A missing SQLite file is an error, never an empty database: only `status.models.migrate` and `create_file` make one.
    So is one that was moved away or replaced meanwhile: a connection that is open would go on in the file it has.
    """
    url = sa.make_url(url)
    if url.get_backend_name() == "sqlite":
        existing = f"file:{quote(url.database or '')}?mode=rw"
        engine = sa.create_engine(
            url, creator=lambda: sqlite3.connect(existing, uri=True, check_same_thread=False), poolclass=sa.QueuePool
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        if url.database:
            _watch_file(engine, Path(url.database))
        return engine
    return sa.create_engine(url, pool_size=pool_size, pool_pre_ping=True)


def create_file(engine: sa.Engine) -> None:
    """Make an empty SQLite file, readable by its owner alone, unless there is one. Does nothing on PostgreSQL."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        path = Path(engine.url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)


def make_sessions(engine: sa.Engine) -> Sessions:
    """Give the session factory of an engine. What SQLAlchemy makes ready with the first use, it makes ready here.

    The first use may be a write transaction, and it takes 20 to 50 ms.
    """
    configure_mappers()
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def writing(sessions: Sessions) -> Iterator[Session]:
    """Open a write transaction: BEGIN IMMEDIATE on SQLite. Commits at the end, rolls back on an error.

    Keep it short (under 50 ms) and without I/O other than the database's.
    """
    with sessions() as session:
        session.connection(execution_options={"travaux_writing": True})
        yield session
        session.commit()


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Open a read transaction: one consistent state of the database; nothing is written."""
    with sessions() as session:
        yield session


def refresh_statistics(sessions: Sessions) -> None:
    """Let SQLite look at how values are spread: without, it takes an index on a column that is the same in all rows.

    Takes some milliseconds whatever the size. Does nothing on PostgreSQL, which does so by itself.
    """
    with writing(sessions) as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(sa.text(f"PRAGMA analysis_limit={ANALYSED_ROWS}"))
            session.execute(sa.text("ANALYZE"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _watch_file(engine: sa.Engine, path: Path) -> None:
    """Let no connection be taken from the pool whose file no longer stands at the path. One look takes 2 µs."""

    def remember(_connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _identity(path)

    def compare(_connection: sqlite3.Connection, record: Any, _taken: Any) -> None:
        found = _identity(path)
        if found is None or found != record.info["file"]:
            fate = "is gone: put it back" if found is None else "was replaced by another"
            raise sqlite3.OperationalError(f"the database file {path} {fate}")

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def _identity(path: Path) -> tuple[int, int] | None:
    """Give the device and inode of a file; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("travaux_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
