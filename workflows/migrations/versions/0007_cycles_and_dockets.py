"""Cycles and dockets, and jobs that run in the background.

Rules of a revision: it never loses data without saying so here; it runs on SQLite and PostgreSQL; what a running older
version still needs goes in a later revision. Make one with `scripts/revision.py "what changes"`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNFOUND = sa.text("state IN ('DUE', 'FINDING')")
_OPEN_ITEM = sa.text("state IN ('WAITING', 'FAILED', 'IN_REVIEW')")
_WAITING_BEFORE = sa.text("state = 'PENDING' AND NOT held")
_WAITING_JOB = sa.text("state = 'PENDING' AND NOT held AND NOT background")
_BACKGROUND_JOB = sa.text("state = 'PENDING' AND NOT held AND background")


def upgrade() -> None:
    _make_cycle()
    _make_docket_item()
    op.add_column("job", sa.Column("background", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("ix_job_due", table_name="job")
    op.create_index("ix_job_due", "job", ["due_at", "id"], unique=False,
                    sqlite_where=_WAITING_JOB, postgresql_where=_WAITING_JOB)
    op.create_index("ix_job_background", "job", ["due_at", "id"], unique=False,
                    sqlite_where=_BACKGROUND_JOB, postgresql_where=_BACKGROUND_JOB)


def _make_cycle() -> None:
    op.create_table(
        "cycle",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("fires_at", UtcDateTime(), nullable=False),
        sa.Column("cutoff_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime()),
        sa.Column("found_at", UtcDateTime()),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("cursor", sa.Text()),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("instructed_by", sa.String(64)),
        sa.Column("reason", sa.Text()),
        sa.Column("request_key", sa.String(255)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("kind", "scope", "year", "month", "sequence",
                            name=op.f("uq_cycle_kind_scope_year_month_sequence")),
        sa.UniqueConstraint("request_key", name=op.f("uq_cycle_request_key")),
    )
    op.create_index("ix_cycle_fires_at", "cycle", ["fires_at", "id"], unique=False)
    op.create_index("ix_cycle_unfound", "cycle", ["kind", "scope", "fires_at", "sequence"], unique=False,
                    sqlite_where=_UNFOUND, postgresql_where=_UNFOUND)


def _make_docket_item() -> None:
    op.create_table(
        "docket_item",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("cycle_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(64)),
        sa.Column("instance_id", sa.String(32)),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("begun_at", UtcDateTime()),
        sa.Column("decided_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_docket_item_cycle_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_docket_item_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_docket_item")),
        sa.UniqueConstraint("cycle_id", "position", name=op.f("uq_docket_item_cycle_id_position")),
        sa.UniqueConstraint("cycle_id", "subject", name=op.f("uq_docket_item_cycle_id_subject")),
    )
    op.create_index(op.f("ix_docket_item_cycle_id_state"), "docket_item", ["cycle_id", "state"], unique=False)
    op.create_index(op.f("ix_docket_item_instance_id"), "docket_item", ["instance_id"], unique=False)
    op.create_index("ix_docket_item_under_review", "docket_item", ["kind", "subject"], unique=True,
                    sqlite_where=_OPEN_ITEM, postgresql_where=_OPEN_ITEM)


def downgrade() -> None:
    op.drop_index("ix_job_background", table_name="job")
    op.drop_index("ix_job_due", table_name="job")
    with op.batch_alter_table("job") as batch:
        batch.drop_column("background")
    op.create_index("ix_job_due", "job", ["due_at", "id"], unique=False,
                    sqlite_where=_WAITING_BEFORE, postgresql_where=_WAITING_BEFORE)
    op.drop_table("docket_item")
    op.drop_table("cycle")
