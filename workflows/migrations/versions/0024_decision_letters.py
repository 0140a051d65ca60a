"""Letters of refusals."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_letter",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("decision_id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"],
                                name=op.f("fk_decision_letter_application_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_letter_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_letter")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_decision_letter_decision_id")),
        sa.UniqueConstraint("number", name=op.f("uq_decision_letter_number")),
    )
    op.create_index(op.f("ix_decision_letter_application_id"), "decision_letter", ["application_id"], unique=False)


def downgrade() -> None:
    op.drop_table("decision_letter")
