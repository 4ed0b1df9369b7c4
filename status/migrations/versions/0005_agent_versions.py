"""Which release the agent of a location is.

Safe while the previous release runs: the column is added and may be empty. Reversible.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("location", sa.Column("agent_version", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("location", "agent_version")
