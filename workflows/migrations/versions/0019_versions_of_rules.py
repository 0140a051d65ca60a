"""Versions of rules and conditions, proposed by one person and approved by another."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Json, UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_version",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state <> 'APPROVED' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)",
                           name=op.f("ck_rule_version_four_eyes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_version")),
    )
    proposed = sa.text("state = 'PROPOSED'")
    op.create_index("ix_rule_version_proposed", "rule_version", ["kind", "key"], unique=True,
                    sqlite_where=proposed, postgresql_where=proposed)
    op.create_index(op.f("ix_rule_version_state_effective_from"), "rule_version", ["state", "effective_from"],
                    unique=False)
    op.create_index("ix_rule_version_key", "rule_version", ["kind", "key", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("rule_version")
