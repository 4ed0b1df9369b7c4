"""The first tables.

Safe while the previous release runs: add, fill, switch and drop belong in separate releases. Reversible.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("account_uid", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sa.UniqueConstraint("name", name=op.f("uq_actor_name")),
    )
    op.create_table(
        "component",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("symptoms", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("exchanges", sa.JSON(), nullable=False),
        sa.Column("operators", sa.JSON(), nullable=False),
        sa.Column("depends_on", sa.JSON(), nullable=False),
        sa.Column("redundant_with", sa.JSON(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("merge_label", sa.String(length=120), nullable=False),
        sa.Column("visibility", sa.String(length=24), nullable=False),
        sa.Column("legacy_project", sa.Integer(), nullable=True),
        sa.Column("policy_down", sa.String(length=24), nullable=False),
        sa.Column("policy_degraded", sa.String(length=24), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["component.id"], name=op.f("fk_component_parent_id_component")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("slug", name=op.f("uq_component_slug")),
    )
    op.create_index(op.f("ix_component_parent_id"), "component", ["parent_id"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "customer",
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("external_ref", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_customer")),
        sa.UniqueConstraint("external_ref", name=op.f("uq_customer_external_ref")),
    )
    op.create_table(
        "evidence",
        sa.Column("check_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", "location_id", "sequence", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_at"), "evidence", ["at"], unique=False)

    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("authority", sa.String(length=255), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_event_number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "life_sign",
        sa.Column("process", sa.String(length=100), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_life_sign")),
    )
    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("slug", name=op.f("uq_location_slug")),
    )
    op.create_table(
        "observation",
        sa.Column("check_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("late_ms", sa.Integer(), nullable=False),
        sa.Column("duration_us", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", "location_id", "sequence", name=op.f("pk_observation")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_observation_due_ms", "observation", ["due_ms"], unique=False)

    op.create_table(
        "reason",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason")),
        sa.UniqueConstraint("slug", name=op.f("uq_reason_slug")),
    )
    op.create_table(
        "check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("interval_s", sa.Double(), nullable=False),
        sa.Column("timeout_s", sa.Double(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("detection", sa.JSON(), nullable=False),
        sa.Column("phase", sa.Double(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["component_id"], ["component.id"], name=op.f("fk_check_component_id_component")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check")),
        sa.UniqueConstraint("name", name=op.f("uq_check_name")),
    )
    op.create_index(op.f("ix_check_component_id"), "check", ["component_id"], unique=False)

    op.create_table(
        "component_alias",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_component_alias_component_id_component")
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_component_alias")),
    )
    op.create_table(
        "customer_component",
        sa.Column("customer_uid", sa.String(length=36), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("circuits", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_customer_component_component_id_component")
        ),
        sa.ForeignKeyConstraint(
            ["customer_uid"], ["customer.uid"], name=op.f("fk_customer_component_customer_uid_customer")
        ),
        sa.PrimaryKeyConstraint("customer_uid", "component_id", name=op.f("pk_customer_component")),
    )
    op.create_index(op.f("ix_customer_component_component_id"), "customer_component", ["component_id"], unique=False)

    op.create_table(
        "event",
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("advice", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("impact", sa.String(length=24), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("exchanges", sa.JSON(), nullable=False),
        sa.Column("operators", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("planned_start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_history", sa.JSON(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_update_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("customers_touched", sa.Integer(), nullable=True),
        sa.Column("emergency_calls", sa.Boolean(), nullable=True),
        sa.Column("sla_excluded", sa.Boolean(), nullable=False),
        sa.Column("sla_excluded_reason", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("occurrence_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=24), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("publication", sa.String(length=24), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.String(length=36), nullable=True),
        sa.Column("work_uid", sa.String(length=36), nullable=True),
        sa.Column("merge_label", sa.String(length=120), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["actor.id"], name=op.f("fk_event_acknowledged_by_actor")),
        sa.ForeignKeyConstraint(["assigned_to"], ["actor.id"], name=op.f("fk_event_assigned_to_actor")),
        sa.ForeignKeyConstraint(["merged_into"], ["event.uid"], name=op.f("fk_event_merged_into_event")),
        sa.ForeignKeyConstraint(["opened_by"], ["actor.id"], name=op.f("fk_event_opened_by_actor")),
        sa.ForeignKeyConstraint(["taken_by"], ["actor.id"], name=op.f("fk_event_taken_by_actor")),
        sa.ForeignKeyConstraint(["work_uid"], ["event.uid"], name=op.f("fk_event_work_uid_event")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_event")),
        sa.UniqueConstraint("n", name=op.f("uq_event_n")),
    )
    op.create_index(op.f("ix_event_merge_label"), "event", ["merge_label"], unique=False)
    op.create_index(op.f("ix_event_publication"), "event", ["publication"], unique=False)
    op.create_index(op.f("ix_event_started_at"), "event", ["started_at"], unique=False)
    op.create_index(op.f("ix_event_state"), "event", ["state"], unique=False)

    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_instruction_actor_id_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    op.create_index(op.f("ix_instruction_done_at"), "instruction", ["done_at"], unique=False)

    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("event_uid", sa.String(length=36), nullable=True),
        sa.Column("rule_point", sa.String(length=24), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["component_id"], ["component.id"], name=op.f("fk_step_component_id_component")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    op.create_index(op.f("ix_step_at"), "step", ["at"], unique=False)
    op.create_index(op.f("ix_step_component_id"), "step", ["component_id"], unique=False)
    op.create_index(op.f("ix_step_event_uid"), "step", ["event_uid"], unique=False)

    op.create_table(
        "verdict_interval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.String(length=24), nullable=False),
        sa.Column("rule_point", sa.String(length=24), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_verdict_interval_component_id_component")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["verdict_interval.id"], name=op.f("fk_verdict_interval_superseded_by_verdict_interval")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict_interval")),
    )
    op.create_index(
        "ix_verdict_interval_component_began", "verdict_interval", ["component_id", "began_at"], unique=False
    )
    op.create_index(op.f("ix_verdict_interval_ended_at"), "verdict_interval", ["ended_at"], unique=False)

    op.create_table(
        "detection_state",
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["check.id"], name=op.f("fk_detection_state_check_id_check")),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_detection_state")),
    )
    op.create_table(
        "event_component",
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("impact", sa.String(length=24), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_event_component_component_id_component")
        ),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_event_component_event_uid_event")),
        sa.ForeignKeyConstraint(["set_by"], ["actor.id"], name=op.f("fk_event_component_set_by_actor")),
        sa.PrimaryKeyConstraint("event_uid", "component_id", name=op.f("pk_event_component")),
    )
    op.create_index(op.f("ix_event_component_component_id"), "event_component", ["component_id"], unique=False)

    op.create_table(
        "event_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("k", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("impact", sa.String(length=24), nullable=False),
        sa.Column("expected_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_update_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("generated", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["actor.id"], name=op.f("fk_event_update_author_id_actor")),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_event_update_event_uid_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_update")),
        sa.UniqueConstraint("event_uid", "k", name=op.f("uq_event_update_event_uid")),
    )
    op.create_index(op.f("ix_event_update_event_uid"), "event_update", ["event_uid"], unique=False)
    op.create_index(op.f("ix_event_update_published_at"), "event_update", ["published_at"], unique=False)

    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["actor.id"], name=op.f("fk_note_author_id_actor")),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_note_event_uid_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_event_uid"), "note", ["event_uid"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_uid", sa.String(length=36), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("fanned_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_uid"], ["event.uid"], name=op.f("fk_notice_event_uid_event")),
        sa.ForeignKeyConstraint(["update_id"], ["event_update.id"], name=op.f("fk_notice_update_id_event_update")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_event_uid"), "notice", ["event_uid"], unique=False)
    op.create_index(op.f("ix_notice_fanned_out_at"), "notice", ["fanned_out_at"], unique=False)

    op.create_table(
        "update_component",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("impact", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_update_component_component_id_component")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["event_update.id"], name=op.f("fk_update_component_update_id_event_update")
        ),
        sa.PrimaryKeyConstraint("update_id", "component_id", name=op.f("pk_update_component")),
    )
    op.create_table(
        "update_text",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["update_id"], ["event_update.id"], name=op.f("fk_update_text_update_id_event_update")),
        sa.PrimaryKeyConstraint("update_id", "language", name=op.f("pk_update_text")),
        sa.UniqueConstraint("uid", name=op.f("uq_update_text_uid")),
    )
    reason = sa.table("reason", sa.column("id", sa.Integer), sa.column("slug", sa.String))
    op.bulk_insert(reason, [{"id": 0, "slug": ""}])


def downgrade() -> None:
    op.drop_table("update_text")
    op.drop_table("update_component")
    op.drop_index("ix_notice_fanned_out_at", table_name="notice")
    op.drop_index("ix_notice_event_uid", table_name="notice")

    op.drop_table("notice")
    op.drop_index("ix_note_event_uid", table_name="note")

    op.drop_table("note")
    op.drop_index("ix_event_update_published_at", table_name="event_update")
    op.drop_index("ix_event_update_event_uid", table_name="event_update")

    op.drop_table("event_update")
    op.drop_index("ix_event_component_component_id", table_name="event_component")

    op.drop_table("event_component")
    op.drop_table("detection_state")
    op.drop_index("ix_verdict_interval_ended_at", table_name="verdict_interval")
    op.drop_index("ix_verdict_interval_component_began", table_name="verdict_interval")

    op.drop_table("verdict_interval")
    op.drop_index("ix_step_event_uid", table_name="step")
    op.drop_index("ix_step_component_id", table_name="step")
    op.drop_index("ix_step_at", table_name="step")

    op.drop_table("step")
    op.drop_index("ix_instruction_done_at", table_name="instruction")

    op.drop_table("instruction")
    op.drop_index("ix_event_state", table_name="event")
    op.drop_index("ix_event_started_at", table_name="event")
    op.drop_index("ix_event_publication", table_name="event")
    op.drop_index("ix_event_merge_label", table_name="event")

    op.drop_table("event")
    op.drop_index("ix_customer_component_component_id", table_name="customer_component")

    op.drop_table("customer_component")
    op.drop_table("component_alias")
    op.drop_index("ix_check_component_id", table_name="check")

    op.drop_table("check")
    op.drop_table("reason")
    op.drop_index("ix_observation_due_ms", table_name="observation")

    op.drop_table("observation")
    op.drop_table("location")
    op.drop_table("life_sign")
    op.drop_table("lease")
    op.drop_table("installation")
    op.drop_index("ix_evidence_at", table_name="evidence")

    op.drop_table("evidence")
    op.drop_table("customer")
    op.drop_table("counter")
    op.drop_index("ix_component_parent_id", table_name="component")

    op.drop_table("component")
    op.drop_table("actor")
