"""Which events touched a component: told by the index alone.

Without the event in it, the list of an area read thousands of wide rows to count them. Safe while the previous release
runs; reversible.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "ix_event_component_component_id"


def upgrade() -> None:
    op.drop_index(NAME, "event_component")
    op.create_index(NAME, "event_component", ["component_id", "event_uid"])


def downgrade() -> None:
    op.drop_index(NAME, "event_component")
    op.create_index(NAME, "event_component", ["component_id"])
