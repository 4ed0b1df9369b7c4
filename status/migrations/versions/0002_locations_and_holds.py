"""Agents at other locations, holds on checks, and what detection remembers of components.

Safe while the previous release runs: everything is added, nothing it reads changes. Reversible.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_hold_actor_id_actor")),
        sa.ForeignKeyConstraint(["check_id"], ["check.id"], name=op.f("fk_hold_check_id_check")),
        sa.ForeignKeyConstraint(["ended_by"], ["actor.id"], name=op.f("fk_hold_ended_by_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_check_id"), "hold", ["check_id"], unique=False)
    op.create_index(op.f("ix_hold_ended_at"), "hold", ["ended_at"], unique=False)
    op.create_table(
        "component_state",
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_component_state_component_id_component")
        ),
        sa.PrimaryKeyConstraint("component_id", name=op.f("pk_component_state")),
    )
    op.create_table(
        "latency_hour",
        sa.Column("check_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("p95_us", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["check.id"], name=op.f("fk_latency_hour_check_id_check")),
        sa.PrimaryKeyConstraint("check_id", "hour", name=op.f("pk_latency_hour")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_inbox_location_id_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "order_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_order_out_location_id_location")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_out")),
    )
    op.create_index(op.f("ix_order_out_location_id"), "order_out", ["location_id"], unique=False)
    op.create_index(op.f("ix_order_out_valid_until"), "order_out", ["valid_until"], unique=False)
    with op.batch_alter_table("location") as location:
        location.add_column(sa.Column("token_hash", sa.String(length=64), nullable=True))
        location.add_column(sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
        location.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        location.create_unique_constraint(op.f("uq_location_token_hash"), ["token_hash"])
    op.add_column("event", sa.Column("unstable", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("event", sa.Column("internal", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("event", sa.Column("split_from", sa.String(length=36), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("event") as event:
        event.drop_column("split_from")
        event.drop_column("internal")
        event.drop_column("unstable")
    with op.batch_alter_table("location") as location:
        location.drop_constraint(op.f("uq_location_token_hash"), type_="unique")
        location.drop_column("retired_at")
        location.drop_column("heard_at")
        location.drop_column("token_hash")
    for table in ("order_out", "inbox", "latency_hour", "component_state", "hold"):
        op.drop_table(table)
