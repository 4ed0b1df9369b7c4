"""An index in the order the travaux list is shown in, so that a page of it is read without looking at every event.

Safe while the previous release runs. Reversible.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEGAN = "coalesce(started_at, planned_start_at, detected_at, published_at)"


def upgrade() -> None:
    op.create_index("ix_event_began", "event", [sa.text(f"{BEGAN} DESC"), sa.text("n DESC")])


def downgrade() -> None:
    op.drop_index("ix_event_began", "event")
