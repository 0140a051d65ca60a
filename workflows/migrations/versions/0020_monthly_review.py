"""Who waits for the monthly review, and the confirmation of its sessions."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Json, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_candidate",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("county", sa.String(64), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("instance_id", sa.String(32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"],
                                name=op.f("fk_review_candidate_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_candidate")),
        sa.UniqueConstraint("kind", "application_id", name=op.f("uq_review_candidate_kind_application_id")),
    )
    op.create_index(op.f("ix_review_candidate_instance_id"), "review_candidate", ["instance_id"], unique=False)
    op.create_index(op.f("ix_review_candidate_kind_scope_rank_ready_at_id"), "review_candidate",
                    ["kind", "scope", "rank", "ready_at", "id"], unique=False)
    op.create_table(
        "review_session",
        sa.Column("cycle_id", sa.String(32), nullable=False),
        sa.Column("instance_id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(40)),
        sa.Column("held_on", sa.Date()),
        sa.Column("members_present", sa.Integer()),
        sa.Column("note", sa.Text()),
        sa.Column("minutes_name", sa.String(255)),
        sa.Column("minutes_type", sa.String(100)),
        sa.Column("minutes_sha256", sa.String(64)),
        sa.Column("confirmed_by", sa.String(64)),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_review_session_cycle_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"],
                                name=op.f("fk_review_session_instance_id")),
        sa.PrimaryKeyConstraint("cycle_id", name=op.f("pk_review_session")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_review_session_instance_id")),
    )
    op.create_index(op.f("ix_review_session_minutes_sha256"), "review_session", ["minutes_sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("review_session")
    op.drop_table("review_candidate")
