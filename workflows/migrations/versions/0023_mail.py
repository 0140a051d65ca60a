"""Messages by e-mail, beside those to a mobile number."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notification") as batch:
        batch.add_column(sa.Column("channel", sa.String(8), nullable=False, server_default="SMS"))
        batch.add_column(sa.Column("email", sa.String(255), nullable=True))
        batch.alter_column("mobile", existing_type=sa.String(16), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE mobile IS NULL")
    with op.batch_alter_table("notification") as batch:
        batch.alter_column("mobile", existing_type=sa.String(16), nullable=False)
        batch.drop_column("email")
        batch.drop_column("channel")
