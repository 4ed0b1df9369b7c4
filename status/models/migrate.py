"""The database's schema: brought to the head under a lock, after a backup; refused when it is newer than we are."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from status.domain.refused import Refused
from status.models.base import Base
from status.models.engine import create_file

log = logging.getLogger(__name__)

MENDING: Final = (
    "a travaux that was never released made this database. Restore a backup made before its last upgrade, or export "
    "what you need with the travaux that made it, and import that into a new database"
)
"""What to do about a schema that is not what its number says."""

PG_LOCK = 7_281_001
"""The advisory lock held while a PostgreSQL schema changes."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where the database stands and where this release wants it. `current` is None before the first migration."""

    current: str | None
    head: str
    known: bool

    @property
    def is_head(self) -> bool:
        """Whether nothing is to be done."""
        return self.current == self.head


def schema_of(engine: sa.Engine) -> Schema:
    """Read where the schema stands. `known` is False when another release made it."""
    with _config() as config, engine.connect() as connection:
        return _schema(config, connection)


def upgrade(engine: sa.Engine, backups: Path) -> Schema:
    """Bring the schema to the head and give where it stood before.

    A database that has a schema already is copied into `backups` first (SQLite). Raises Refused when the database
    comes from a newer release, or lacks what its schema should have, SQLAlchemy's OperationalError when it can't be
    reached or written.
    """
    create_file(engine)
    with _config() as config, _locked(engine, backups), engine.connect() as connection:
        before = _schema(config, connection)
        connection.rollback()
        if before.is_head:
            _require_whole(connection, before)
            return before
        if not before.known:
            msg = (
                f"the database's schema is {before.current!r}, this release knows up to {before.head!r}: the database "
                "comes from a newer travaux. Start that release, or restore a backup made before it."
            )
            raise Refused("newer_database", msg)
        if before.current is not None:
            _back_up(engine, backups, before.current)
        writer = connection.execution_options(travaux_writing=True)
        with writer.begin():
            config.attributes["connection"] = writer
            command.upgrade(config, "head")
            _require_whole(writer, before)
        log.info("database_upgraded", extra={"before": before.current or "empty", "after": before.head})
        return before


def require_head(engine: sa.Engine) -> bool:
    """Tell whether the schema is at this release's head; raise Refused when it is newer."""
    schema = schema_of(engine)
    if not schema.known:
        msg = f"the database's schema {schema.current!r} is newer than this release ({schema.head!r})"
        raise Refused("newer_database", msg)
    return schema.is_head


def missing(connection: sa.Connection) -> tuple[str, ...]:
    """Name the tables of the models, and their columns, that the database lacks: none at this release's head."""
    inspector = sa.inspect(connection)
    has = {table: {each["name"] for each in columns} for (_, table), columns in inspector.get_multi_columns().items()}
    lacks: list[str] = []
    for table in Base.metadata.sorted_tables:
        if table.name not in has:
            lacks.append(table.name)
        else:
            lacks += [f"{table.name}.{name}" for name in table.columns.keys() if name not in has[table.name]]  # noqa: SIM118
    return tuple(lacks)


def _require_whole(connection: sa.Connection, before: Schema) -> None:
    """Raise Refused when the schema is not what its number says; an upgrade that runs is taken back by that."""
    if lacks := missing(connection):
        raise Refused("broken_schema", f"the schema {before.head!r} lacks {', '.join(lacks)}: {MENDING}")


@contextmanager
def _config() -> Iterator[Config]:
    with as_file(files("status") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        yield config


def _schema(config: Config, connection: sa.Connection) -> Schema:
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    assert head is not None
    current = MigrationContext.configure(connection).get_current_revision()
    known = current is None or any(script.revision == current for script in scripts.walk_revisions())
    return Schema(current, head, known)


@contextmanager
def _locked(engine: sa.Engine, backups: Path) -> Iterator[None]:
    """Let one process migrate at a time: an advisory lock on PostgreSQL, a locked file beside an SQLite database."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(PG_LOCK)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(PG_LOCK)))
        return
    backups.mkdir(parents=True, exist_ok=True)
    with (backups / "migrating.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _back_up(engine: sa.Engine, backups: Path, revision: str) -> None:
    """Copy an SQLite database into `backups`; PostgreSQL has its own tools (docs/operations.md)."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    target = backups / f"{Path(engine.url.database).stem}-before-{revision}.db"
    with sqlite3.connect(engine.url.database) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    log.info("database_backed_up", extra={"file": str(target)})
