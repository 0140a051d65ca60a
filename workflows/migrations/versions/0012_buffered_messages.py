"""Messages between instances that wait for whoever will wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "buffered_message",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("correlation_key", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_buffered_message_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_buffered_message")),
    )
    op.create_index(op.f("ix_buffered_message_name_correlation_key"), "buffered_message",
                    ["name", "correlation_key"], unique=False)


def downgrade() -> None:
    op.drop_table("buffered_message")
