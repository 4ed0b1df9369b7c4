"""A day's rows, written through the models once for each kind of database, then copied: many tests begin with one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Actor, Base
from tests.status.web.builder import Story

Rows = dict[str, list[tuple[Any, ...]]]
"""By the statement that writes them, as the driver gives and takes them."""

TABLES = Base.metadata.sorted_tables


def written_once(day: Callable[[Session], Story]) -> Callable[[Session], Story]:
    """Copy what `day` wrote into the first empty database of a kind into the next ones; a test's own rows stay."""
    written: dict[str, tuple[Rows, dict[str, int], int]] = {}

    @wraps(day)
    def write(session: Session) -> Story:
        kind = session.get_bind().dialect.name
        if session.scalar(sa.select(sa.exists(sa.select(Actor.id)))):
            return day(session)
        if kind in written:
            rows, ids, number = written[kind]
            _put(session, rows)
            return Story(session, dict(ids), number)
        is_empty = not any(_read(session).values())
        story = day(session)
        if is_empty:
            session.flush()
            written[kind] = (_read(session), dict(story.ids), story.number)
        return story

    return write


def _read(session: Session) -> Rows:
    connection = session.connection()
    rows = {}
    for table in TABLES:
        names = [f'"{column.name}"' for column in table.columns]
        given = [_as_given(column, name, connection.dialect) for column, name in zip(table.columns, names, strict=True)]
        order = ", ".join(f'"{column.name}"' for column in table.primary_key)
        found = connection.exec_driver_sql(f'SELECT {", ".join(given)} FROM "{table.name}" ORDER BY {order}')
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        insert = f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join([mark] * len(names))})'
        rows[insert] = [tuple(row) for row in found]
    return rows


def _as_given(column: sa.Column[Any], name: str, dialect: sa.Dialect) -> str:
    is_json = column.type.compile(dialect).startswith("JSON")
    return f"{name}::text" if is_json and dialect.name == "postgresql" else name


def _put(session: Session, rows: Rows) -> None:
    connection = session.connection()
    for insert, values in rows.items():
        if values:
            connection.exec_driver_sql(insert, values)
    if connection.dialect.name == "postgresql":
        counted = [table for table in TABLES if table.autoincrement_column is not None]
        connection.exec_driver_sql(";".join(map(_counting, counted)))


def _counting(table: sa.Table) -> str:
    assert table.autoincrement_column is not None
    name = table.autoincrement_column.name
    counter = f"pg_get_serial_sequence('{table.name}', '{name}')"
    return f'SELECT setval({counter}, max("{name}")) FROM "{table.name}" HAVING max("{name}") IS NOT NULL'
