"""Who wants to be told, and what is on its way to him.

Safe while the previous release runs: everything is added. What was noticed before this migration is marked as told:
there was nobody to tell. Reversible; subscriptions are lost then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOT_FROZEN = sa.text("message_id IS NULL")


def upgrade() -> None:
    op.add_column("notice", sa.Column("cursor", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE notice SET fanned_out_at = at WHERE fanned_out_at IS NULL")
    _subscriptions()
    _messages()
    op.create_table(
        "subscription_ask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("client_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_ask")),
    )
    for column in ("address_hash", "at", "client_hash"):
        op.create_index(op.f(f"ix_subscription_ask_{column}"), "subscription_ask", [column])
    op.create_table(
        "ended_address",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_ended_address")),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("customer_uid", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("types", sa.Integer(), nullable=False),
        sa.Column("least_impact", sa.Integer(), nullable=False),
        sa.Column("pace", sa.String(length=24), nullable=False),
        sa.Column("digest_minute", sa.Integer(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("per_hour", sa.Integer(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("hard_bounces", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_uid"], ["customer.uid"], name=op.f("fk_subscription_customer_uid_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("uid", name=op.f("uq_subscription_uid")),
    )
    for column in ("address_hash", "customer_uid", "state"):
        op.create_index(op.f(f"ix_subscription_{column}"), "subscription", [column])
    op.create_table(
        "follow",
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        _of_subscription("follow"),
        sa.PrimaryKeyConstraint("subscription_id", "kind", "key", name=op.f("pk_follow")),
    )
    op.create_index(op.f("ix_follow_kind"), "follow", ["kind", "key", "subscription_id"])
    op.create_table(
        "told",
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("upto_k", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _of_subscription("told"),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_told_event_uid_event")),
        sa.PrimaryKeyConstraint("subscription_id", "event_uid", name=op.f("pk_told")),
    )
    op.create_index(op.f("ix_told_at"), "told", ["at"])
    op.create_index(op.f("ix_told_event_uid"), "told", ["event_uid"])


def _messages() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("made_from", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("digest", name=op.f("uq_letter_digest")),
    )
    op.create_index(op.f("ix_letter_created_at"), "letter", ["created_at"])
    op.create_table(
        "letter_update",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_update_letter_id_letter"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["event_update.id"], name=op.f("fk_letter_update_update_id_event_update")
        ),
        sa.PrimaryKeyConstraint("letter_id", "update_id", name=op.f("pk_letter_update")),
    )
    op.create_index(op.f("ix_letter_update_update_id"), "letter_update", ["update_id"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        _of_subscription("message"),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_message_letter_id_letter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("uid", name=op.f("uq_message_uid")),
    )
    op.create_index(op.f("ix_message_waiting"), "message", ["state", "channel", "due_at"])
    for column in ("frozen_at", "letter_id", "subscription_id"):
        op.create_index(op.f(f"ix_message_{column}"), "message", [column])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("upto_k", sa.Integer(), nullable=False),
        sa.Column("reminder", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        _of_subscription("delivery"),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_delivery_event_uid_event")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_delivery_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(
        "uq_delivery_waiting", "delivery", ["subscription_id", "event_uid"], unique=True,
        sqlite_where=NOT_FROZEN, postgresql_where=NOT_FROZEN,
    )  # fmt: skip
    op.create_index(
        "ix_delivery_due", "delivery", ["channel", "due_at"], sqlite_where=NOT_FROZEN, postgresql_where=NOT_FROZEN
    )
    for column in ("event_uid", "message_id", "subscription_id"):
        op.create_index(op.f(f"ix_delivery_{column}"), "delivery", [column])


def _of_subscription(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_subscription_id_subscription")
    return sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in (
        "ended_address", "subscription_ask", "delivery", "message", "letter_update", "letter", "told", "follow",
        "subscription",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("notice", "cursor")
