"""What a web-hook answered, and the secret before the present one.

Safe while the previous release runs: two columns are added, which it leaves as they are. Reversible; what was answered
is forgotten then, and a secret that was changed signs alone at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription", sa.Column("former_secret", sa.Text(), server_default="", nullable=False))
    op.add_column("message", sa.Column("answered", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "answered")
    op.drop_column("subscription", "former_secret")
