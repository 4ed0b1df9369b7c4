"""Customers' private addresses, and which subscriptions are of contacts a contract names.

Safe while the previous release runs: everything is added. Reversible; private addresses are lost then, and must be
handed out anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription", sa.Column("contact", sa.String(length=24), nullable=True))
    op.create_table(
        "customer_token",
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("customer_uid", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("start", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_uid"], ["customer.uid"], name=op.f("fk_customer_token_customer_uid_customer")
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_customer_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_customer_token_token_hash")),
    )
    op.create_index(op.f("ix_customer_token_customer_uid"), "customer_token", ["customer_uid"])


def downgrade() -> None:
    op.drop_table("customer_token")
    op.drop_column("subscription", "contact")
