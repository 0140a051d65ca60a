"""Waits for signals beside those for messages, and the processes that a signal starts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_signal",
        sa.Column("definition_id", sa.String(32), nullable=False),
        sa.Column("signal_name", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["definition_id"], ["process_definition.id"],
                                name=op.f("fk_start_signal_definition_id")),
        sa.PrimaryKeyConstraint("definition_id", "signal_name", name=op.f("pk_start_signal")),
    )
    op.create_index(op.f("ix_start_signal_signal_name"), "start_signal", ["signal_name"], unique=False)
    op.add_column("message_subscription",
                  sa.Column("kind", sa.String(16), nullable=False, server_default="message"))


def downgrade() -> None:
    op.drop_column("message_subscription", "kind")
    op.drop_table("start_signal")
