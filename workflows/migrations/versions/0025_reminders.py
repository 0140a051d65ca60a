"""When each holder is reminded of the renewal; licences of the register are looked at once jobs run."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "licence_reminder",
        sa.Column("licence_id", sa.String(32), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("told_for", sa.Date(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_licence_reminder_licence_id")),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_licence_reminder")),
    )
    op.create_index(op.f("ix_licence_reminder_next_at"), "licence_reminder", ["next_at"], unique=False)
    licence = sa.table("licence", sa.column("id"), sa.column("state"))
    now = sa.literal(datetime.now(UTC), UtcDateTime())
    op.execute(made.insert().from_select(["licence_id", "next_at"], sa.select(licence.c.id, now).where(
        licence.c.state.in_(("ACTIVE", "SUSPENDED")))))


def downgrade() -> None:
    op.drop_table("licence_reminder")
