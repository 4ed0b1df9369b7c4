"""Who is alerted, who is on duty, and what was sent.

Safe while the previous release runs: everything is added. Reversible; contact ways and duties are lost then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STILL_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "contact_way",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_uid", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_uid"], ["account.uid"], name=op.f("fk_contact_way_account_uid_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_way")),
        sa.UniqueConstraint("account_uid", "channel", name=op.f("uq_contact_way_account_uid")),
    )
    _duties()
    _alerts()


def _duties() -> None:
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rota", sa.String(length=80), nullable=False),
        sa.Column("account_uid", sa.String(length=36), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_uid"], ["account.uid"], name=op.f("fk_duty_account_uid_account")),
        sa.ForeignKeyConstraint(["author_id"], ["actor.id"], name=op.f("fk_duty_author_id_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    for column in ("rota", "until_at"):
        op.create_index(op.f(f"ix_duty_{column}"), "duty", [column])


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_alert_event_uid_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("uid", name=op.f("uq_alert_uid")),
    )
    op.create_index(
        "uq_alert_open", "alert", ["event_uid", "rule"], unique=True,
        sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN,
    )  # fmt: skip
    for column in ("began_at", "ended_at", "event_uid"):
        op.create_index(op.f(f"ix_alert_{column}"), "alert", [column])
    op.create_table(
        "alert_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("account_uid", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("group", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_try_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_uid"], ["account.uid"], name=op.f("fk_alert_try_account_uid_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_try")),
        sa.UniqueConstraint("uid", name=op.f("uq_alert_try_uid")),
    )
    for column in ("alert_id", "at", "state"):
        op.create_index(op.f(f"ix_alert_try_{column}"), "alert_try", [column])


def downgrade() -> None:
    for table in ("alert_try", "alert", "duty", "contact_way"):
        op.drop_table(table)
