"""Which definitions call the newest version of a process."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "latest_call",
        sa.Column("definition_id", sa.String(32), nullable=False),
        sa.Column("called_key", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["definition_id"], ["process_definition.id"],
                                name=op.f("fk_latest_call_definition_id")),
        sa.PrimaryKeyConstraint("definition_id", "called_key", name=op.f("pk_latest_call")),
    )
    op.create_index(op.f("ix_latest_call_called_key"), "latest_call", ["called_key"], unique=False)


def downgrade() -> None:
    op.drop_table("latest_call")
