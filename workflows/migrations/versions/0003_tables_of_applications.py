"""Tables of applications.

Rules of a revision: it never loses data without saying so here; it runs on SQLite and PostgreSQL; what a running older
version still needs goes in a later revision. Make one with `scripts/revision.py "what changes"`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.base import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "number_sequence",
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", "year", name=op.f("pk_number_sequence")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("county", sa.String(32), nullable=False),
        sa.Column("file_number", sa.String(32), nullable=False),
        sa.Column("tracking_hash", sa.String(64), nullable=False),
        sa.Column("applicant_id", sa.String(32), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("submitted_by", sa.String(64), nullable=False),
        sa.Column("subject_key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(32)),
        sa.Column("holder_role", sa.String(32)),
        sa.Column("instance_id", sa.String(32)),
        sa.Column("definition_id", sa.String(32), nullable=False),
        sa.Column("deployment_id", sa.String(32), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("state_since", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["account.id"], name=op.f("fk_application_applicant_id")),
        sa.ForeignKeyConstraint(["county"], ["county.code"], name=op.f("fk_application_county")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("file_number", name=op.f("uq_application_file_number")),
        sa.UniqueConstraint("tracking_hash", name=op.f("uq_application_tracking_hash")),
    )
    op.create_index(op.f("ix_application_applicant_id"), "application", ["applicant_id"], unique=False)
    op.create_index(op.f("ix_application_county_state_id"), "application", ["county", "state", "id"], unique=False)
    op.create_index(op.f("ix_application_instance_id"), "application", ["instance_id"], unique=False)
    op.create_index(
        "ix_application_open_subject",
        "application",
        ["subject_key"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_application_state_id"), "application", ["state", "id"], unique=False)
    op.create_table(
        "application_instance",
        sa.Column("instance_id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_instance_application_id")
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_application_instance")),
    )
    op.create_index(
        op.f("ix_application_instance_application_id"), "application_instance", ["application_id"], unique=False
    )
    op.create_table(
        "correction_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("instance_id", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("missing_codes", Json, nullable=False),
        sa.Column("unlocked_fields", Json, nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("requested_by", sa.String(64), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("told_by", sa.String(64)),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("answered_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_correction_request_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
    )
    op.create_index(
        op.f("ix_correction_request_application_id"), "correction_request", ["application_id"], unique=False
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32)),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("answer", sa.String(32), nullable=False),
        sa.Column("codes", Json, nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("session_no", sa.String(64)),
        sa.Column("session_on", sa.Date()),
        sa.Column("votes_for", sa.Integer()),
        sa.Column("votes_against", sa.Integer()),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_decision_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_application_id"), "decision", ["application_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32)),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_by", sa.String(64), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_document_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_application_id"), "document", ["application_id"], unique=False)
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"], unique=False)
    op.create_table(
        "fee",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=0)),
        sa.Column("source", sa.Text()),
        sa.Column("grade", sa.String(1)),
        sa.Column("reference", sa.String(100)),
        sa.Column("document_id", sa.String(32)),
        sa.Column("settled_by", sa.String(64), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_fee_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee")),
    )
    op.create_index(op.f("ix_fee_application_id"), "fee", ["application_id"], unique=False)
    op.create_table(
        "inquiry",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32)),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(100)),
        sa.Column("answered_on", sa.Date()),
        sa.Column("document_id", sa.String(32)),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_inquiry_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
    )
    op.create_index(op.f("ix_inquiry_application_id"), "inquiry", ["application_id"], unique=False)
    op.create_table(
        "issuer_answer",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("issuer_number", sa.String(64)),
        sa.Column("national_licence_id", sa.String(64)),
        sa.Column("issued_on", sa.Date()),
        sa.Column("return_reason", sa.Text()),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_issuer_answer_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_answer")),
    )
    op.create_index(op.f("ix_issuer_answer_application_id"), "issuer_answer", ["application_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("mobile", sa.String(16), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("application_id", sa.String(32)),
        sa.Column("subject_id", sa.String(32)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("delivered_at", UtcDateTime()),
        sa.Column("provider_reference", sa.String(100)),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_notification_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_application_id"), "notification", ["application_id"], unique=False)
    op.create_table(
        "stage_entry",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("element_id", sa.String(255)),
        sa.Column("role", sa.String(32)),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_stage_entry_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_entry")),
    )
    op.create_index(op.f("ix_stage_entry_application_id"), "stage_entry", ["application_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32)),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("form_key", sa.String(255), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("submitted_by", sa.String(64), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_submission_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("task_id", name=op.f("uq_submission_task_id")),
    )
    op.create_index(op.f("ix_submission_application_id"), "submission", ["application_id"], unique=False)
    op.create_table(
        "withdrawal_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(64), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("carried_out_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_withdrawal_request_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_request")),
    )
    op.create_index(
        op.f("ix_withdrawal_request_application_id"), "withdrawal_request", ["application_id"], unique=False
    )
    op.create_table(
        "correction_change",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(32)),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("old", Json),
        sa.Column("new", Json),
        sa.Column("old_document_id", sa.String(32)),
        sa.Column("new_document_id", sa.String(32)),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_correction_change_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["correction_request.id"], name=op.f("fk_correction_change_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_change")),
    )
    op.create_index(op.f("ix_correction_change_application_id"), "correction_change", ["application_id"], unique=False)
    op.create_index(op.f("ix_correction_change_request_id"), "correction_change", ["request_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_correction_change_request_id"), table_name="correction_change")
    op.drop_index(op.f("ix_correction_change_application_id"), table_name="correction_change")
    op.drop_table("correction_change")
    op.drop_index(op.f("ix_withdrawal_request_application_id"), table_name="withdrawal_request")
    op.drop_table("withdrawal_request")
    op.drop_index(op.f("ix_submission_application_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_index(op.f("ix_stage_entry_application_id"), table_name="stage_entry")
    op.drop_table("stage_entry")
    op.drop_index(op.f("ix_notification_application_id"), table_name="notification")
    op.drop_table("notification")
    op.drop_index(op.f("ix_issuer_answer_application_id"), table_name="issuer_answer")
    op.drop_table("issuer_answer")
    op.drop_index(op.f("ix_inquiry_application_id"), table_name="inquiry")
    op.drop_table("inquiry")
    op.drop_index(op.f("ix_fee_application_id"), table_name="fee")
    op.drop_table("fee")
    op.drop_index(op.f("ix_document_sha256"), table_name="document")
    op.drop_index(op.f("ix_document_application_id"), table_name="document")
    op.drop_table("document")
    op.drop_index(op.f("ix_decision_application_id"), table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_correction_request_application_id"), table_name="correction_request")
    op.drop_table("correction_request")
    op.drop_index(op.f("ix_application_instance_application_id"), table_name="application_instance")
    op.drop_table("application_instance")
    op.drop_index(op.f("ix_application_state_id"), table_name="application")
    op.drop_index(
        "ix_application_open_subject",
        table_name="application",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_application_instance_id"), table_name="application")
    op.drop_index(op.f("ix_application_county_state_id"), table_name="application")
    op.drop_index(op.f("ix_application_applicant_id"), table_name="application")
    op.drop_table("application")
    op.drop_table("number_sequence")
