"""Questions to outside registers, and where an answer to an inquiry came from."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inquiry_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32), nullable=False),
        sa.Column("instance_id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(16), nullable=True),
        sa.Column("reference", sa.String(100), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"],
                                name=op.f("fk_inquiry_request_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_request")),
        sa.UniqueConstraint("task_id", name=op.f("uq_inquiry_request_task_id")),
    )
    op.create_index(op.f("ix_inquiry_request_application_id"), "inquiry_request", ["application_id"], unique=False)
    with op.batch_alter_table("inquiry") as batch:
        batch.add_column(sa.Column("source", sa.String(16), nullable=False, server_default="CLERK"))


def downgrade() -> None:
    with op.batch_alter_table("inquiry") as batch:
        batch.drop_column("source")
    op.drop_table("inquiry_request")
