"""Exchanges and resources with their addresses; which places and words an event names, for lists and searches.

Safe while the previous release runs: everything is added, nothing it reads changes. Reversible.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_place")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_place_kind")),
    )
    op.create_index(op.f("ix_place_department"), "place", ["department"])
    op.create_table(
        "event_place",
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_event_place_event_uid_event")),
        sa.PrimaryKeyConstraint("event_uid", "kind", "slug", name=op.f("pk_event_place")),
    )
    op.create_index(op.f("ix_event_place_kind"), "event_place", ["kind", "slug"])
    op.create_table(
        "event_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_event_words_event_uid_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_words")),
        sa.UniqueConstraint("event_uid", name=op.f("uq_event_words_event_uid")),
    )


def downgrade() -> None:
    op.drop_table("event_words")
    op.drop_table("event_place")
    op.drop_table("place")
