"""Request letters of inquiries."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inquiry_letter",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("written_by", sa.String(64), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"],
                                name=op.f("fk_inquiry_letter_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_letter")),
        sa.UniqueConstraint("task_id", name=op.f("uq_inquiry_letter_task_id")),
        sa.UniqueConstraint("number", name=op.f("uq_inquiry_letter_number")),
    )
    op.create_index(op.f("ix_inquiry_letter_application_id"), "inquiry_letter", ["application_id"], unique=False)


def downgrade() -> None:
    op.drop_table("inquiry_letter")
