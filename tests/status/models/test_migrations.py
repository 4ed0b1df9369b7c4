"""The migrations make exactly the tables of the models, on both engines, forth and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from status.domain.refused import Refused
from status.models import Base
from status.models.migrate import _config, schema_of, upgrade


def differences(engine: sa.Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index 'ix_event_began'")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index ix_event_began")
def test_migrations_from_empty_give_the_tables_of_the_models(empty_engine: sa.Engine, tmp_path: Path) -> None:
    upgrade(empty_engine, tmp_path / "backups")
    assert differences(empty_engine) == []
    assert schema_of(empty_engine).is_head


def test_a_second_upgrade_does_nothing(empty_engine: sa.Engine, tmp_path: Path) -> None:
    upgrade(empty_engine, tmp_path / "backups")
    assert upgrade(empty_engine, tmp_path / "backups").is_head


def test_every_migration_can_be_taken_back(empty_engine: sa.Engine, tmp_path: Path) -> None:
    upgrade(empty_engine, tmp_path / "backups")
    with _config() as config, empty_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert sa.inspect(empty_engine).get_table_names() == ["alembic_version"]


def test_a_database_of_a_newer_release_is_refused_and_left_alone(empty_engine: sa.Engine, tmp_path: Path) -> None:
    upgrade(empty_engine, tmp_path / "backups")
    with empty_engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="comes from a newer travaux"):
        upgrade(empty_engine, tmp_path / "backups")


@pytest.mark.parametrize("numbered", ["0011", None])
def test_a_schema_that_is_not_what_its_number_says_is_refused_and_left_alone(
    empty_engine: sa.Engine, tmp_path: Path, numbered: str | None
) -> None:
    head = upgrade(empty_engine, tmp_path / "backups").head
    with _config() as config, empty_engine.begin() as connection:
        config.attributes["connection"] = connection
        if numbered:
            command.downgrade(config, numbered)
        connection.execute(sa.text("ALTER TABLE subscription DROP COLUMN consent"))
    with pytest.raises(Refused, match=r"lacks subscription\.consent"):
        upgrade(empty_engine, tmp_path / "backups")
    assert schema_of(empty_engine).current == (numbered or head)


@pytest.mark.parametrize("empty_engine", ["sqlite"], indirect=True)
def test_observations_take_little_room_in_sqlite(empty_engine: sa.Engine, tmp_path: Path) -> None:
    upgrade(empty_engine, tmp_path / "backups")
    rows = [
        (check, 1, 100_000 + n, 1_790_000_000_000 + n, 125, 52_000, 0, 0, True)
        for check in range(20)
        for n in range(2_000)
    ]
    with empty_engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO observation VALUES ({','.join('?' * 9)})", rows)
    with empty_engine.connect() as connection:
        used = connection.scalar(sa.text("SELECT sum(pgsize - unused) FROM dbstat WHERE name = 'observation'"))
    assert used / len(rows) <= 35


def test_a_page_of_the_list_is_read_in_the_order_of_its_index(empty_engine: sa.Engine, tmp_path: Path) -> None:
    upgrade(empty_engine, tmp_path / "backups")
    plan = "EXPLAIN QUERY PLAN" if empty_engine.dialect.name == "sqlite" else "EXPLAIN"
    page = "SELECT uid FROM event ORDER BY coalesce(started_at, planned_start_at, detected_at, published_at) DESC"
    with empty_engine.connect() as connection:
        if empty_engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET enable_seqscan = off"))
        steps = " ".join(map(str, connection.execute(sa.text(f"{plan} {page}, n DESC LIMIT 50")).all()))
    assert "ix_event_began" in steps
