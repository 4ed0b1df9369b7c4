"""How Alembic runs here: on the connection that `status.models.migrate` hands over, SQLite in batch mode."""

from __future__ import annotations

from alembic import context

from status.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
