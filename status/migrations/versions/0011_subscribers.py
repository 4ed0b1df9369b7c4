"""Who is told: which messages came back, since when an address counts anew, how it said yes, what channel is closed.

Safe while the previous release runs: everything is added, with a default where it writes. Reversible; what came back
and how addresses said yes is lost then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("consent", sa.String(length=300), server_default="", nullable=False))
    op.create_table(
        "closed_channel",
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_closed_channel")),
    )


def downgrade() -> None:
    op.drop_table("closed_channel")
    op.drop_column("subscription", "consent")
    op.drop_column("subscription", "resumed_at")
    op.drop_column("message", "bounced_at")
