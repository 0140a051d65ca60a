"""The statutory clock of each application, with pauses and alarms."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "application_clock",
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("statutory", sa.Boolean(), nullable=False),
        sa.Column("rule_key", sa.String(64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("breach_at", UtcDateTime(), nullable=True),
        sa.Column("alarm", sa.Integer(), nullable=True),
        sa.Column("alarm_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"],
                                name=op.f("fk_application_clock_application_id")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_application_clock")),
    )
    for columns in (["due_at"], ["breach_at"]):
        op.create_index(op.f(f"ix_application_clock_{columns[0]}"), "application_clock", columns, unique=False)
    op.create_index(op.f("ix_application_clock_state_application_id"), "application_clock", ["state", "application_id"],
                    unique=False)
    op.create_table(
        "clock_pause",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=False),
        sa.Column("resumed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_clock_pause_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_pause")),
    )
    op.create_table(
        "clock_alarm",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("statutory", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("consent", sa.String(16), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_clock_alarm_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_alarm")),
    )
    for table in ("clock_pause", "clock_alarm"):
        op.create_index(op.f(f"ix_{table}_application_id"), table, ["application_id"], unique=False)


def downgrade() -> None:
    for table in ("clock_alarm", "clock_pause", "application_clock"):
        op.drop_table(table)
