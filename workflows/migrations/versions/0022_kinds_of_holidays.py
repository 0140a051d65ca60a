"""Declared days have a kind: official, lunar, or ad hoc."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calendar_day") as batch:
        batch.add_column(sa.Column("kind", sa.String(16), server_default="ADHOC", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("calendar_day") as batch:
        batch.drop_column("kind")
