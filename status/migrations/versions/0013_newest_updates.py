"""The updates published last in a language: what feeds begin with.

Without it a feed of the whole site looked through all updates there ever were. Safe while the previous release runs;
reversible.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_update_text_published", "update_text", ["language", "published_at"])


def downgrade() -> None:
    op.drop_index("ix_update_text_published", "update_text")
