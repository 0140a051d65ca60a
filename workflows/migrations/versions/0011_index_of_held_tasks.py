"""The index of a person's tasks holds those that somebody holds: most open tasks have nobody yet."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAME, _COLUMNS = "ix_user_task_assignee", ["assignee", "sort_at", "id"]


def upgrade() -> None:
    op.drop_index(_NAME, table_name="user_task")
    held = sa.text("ended_at IS NULL AND assignee IS NOT NULL")
    op.create_index(_NAME, "user_task", _COLUMNS, unique=False, sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    op.drop_index(_NAME, table_name="user_task")
    unended = sa.text("ended_at IS NULL")
    op.create_index(_NAME, "user_task", _COLUMNS, unique=False, sqlite_where=unended, postgresql_where=unended)
