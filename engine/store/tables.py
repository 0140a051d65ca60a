"""The engine's tables, as SQLAlchemy Core. Only migrations import this from outside the engine.

A row that is looked up by time or by key has an index for exactly that question: nothing is ever found by scanning
waiting instances.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from engine.store.base import Id, Json, UtcDateTime, metadata

RowNumber = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# What partial indexes hold. Queries use the same clauses, word for word: a planner cannot see through a parameter.
OPEN_TASK = text("ended_at IS NULL")
HELD_TASK = text("ended_at IS NULL AND assignee IS NOT NULL")
WAITING_JOB = text("state = 'PENDING' AND NOT held AND NOT background")
BACKGROUND_JOB = text("state = 'PENDING' AND NOT held AND background")
LEASED_JOB = text("state = 'LEASED'")

deployment = Table(
    "deployment", metadata,
    Column("id", Id, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("deployed_at", UtcDateTime, nullable=False),
    Column("deployed_by", String(64), nullable=False),
    Column("source", String(32), nullable=False),
)

deployment_resource = Table(
    "deployment_resource", metadata,
    Column("deployment_id", Id, ForeignKey("deployment.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

process_definition = Table(
    "process_definition", metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(255), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("deployment_id", Id, ForeignKey("deployment.id"), nullable=False, index=True),
    Column("resource", String(255), nullable=False),
    Column("deployed_at", UtcDateTime, nullable=False),
    Column("deployed_by", String(64), nullable=False),
    UniqueConstraint("key", "version"),
)

decision_definition = Table(
    "decision_definition", metadata,
    Column("key", String(255), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("deployment_id", Id, ForeignKey("deployment.id"), nullable=False, index=True),
)

start_message = Table(
    "start_message", metadata,
    Column("definition_id", Id, ForeignKey("process_definition.id"), primary_key=True),
    Column("message_name", String(255), primary_key=True),
    Index(None, "message_name"),
)

start_signal = Table(
    "start_signal", metadata,
    Column("definition_id", Id, ForeignKey("process_definition.id"), primary_key=True),
    Column("signal_name", String(255), primary_key=True),
    Index(None, "signal_name"),
)

# Who calls the newest version of a process: what its next version must be checked against.
latest_call = Table(
    "latest_call", metadata,
    Column("definition_id", Id, ForeignKey("process_definition.id"), primary_key=True),
    Column("called_key", String(255), primary_key=True),
    Index(None, "called_key"),
)

process_instance = Table(
    "process_instance", metadata,
    Column("id", Id, primary_key=True),
    Column("definition_id", Id, ForeignKey("process_definition.id"), nullable=False, index=True),
    Column("definition_key", String(255), nullable=False),
    Column("definition_version", Integer, nullable=False),
    Column("business_key", String(255), nullable=False, index=True),
    Column("scope", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("outcome", String(64)),
    Column("version", Integer, nullable=False),
    Column("execution", LargeBinary, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "definition_key", "state", "id"),
)

user_task = Table(
    "user_task", metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False, index=True),
    Column("definition_id", Id, nullable=False),
    Column("token_id", String(64), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("role", String(64), nullable=False),
    Column("form_key", String(255)),
    Column("duty", String(64)),
    Column("item", Json),
    Column("state", String(16), nullable=False),
    Column("assignee", String(64)),
    Column("completed_by", String(64)),
    Column("scope", String(64), nullable=False),
    Column("business_key", String(255), nullable=False, index=True),
    Column("due_at", UtcDateTime),
    # `due_at`, or the end of time: the two stores disagree on where NULL sorts.
    Column("sort_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("draft", Json),
    Column("version", Integer, nullable=False),
    Index("ix_user_task_inbox", "role", "scope", "sort_at", "id", sqlite_where=OPEN_TASK, postgresql_where=OPEN_TASK),
    Index("ix_user_task_due", "sort_at", "id", sqlite_where=OPEN_TASK, postgresql_where=OPEN_TASK),
    Index("ix_user_task_assignee", "assignee", "sort_at", "id", sqlite_where=HELD_TASK, postgresql_where=HELD_TASK),
)

job = Table(
    "job", metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("instance_id", Id, ForeignKey("process_instance.id"), index=True),
    Column("token_id", String(64)),
    Column("element_id", String(255)),
    Column("payload", Json, nullable=False),
    Column("due_at", UtcDateTime),
    # Of a timer: its text and what it counts from, so that a due time can be computed again.
    Column("expression", Text),
    Column("anchor_name", String(64)),
    Column("anchored_at", UtcDateTime),
    Column("state", String(16), nullable=False),
    # A held job belongs to a suspended instance; the claim must not walk over it.
    Column("held", sa.Boolean, nullable=False, default=False),
    # Bulk work: claimed only while nothing else is due, so that nobody's code or timer waits behind thousands.
    Column("background", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("attempts", Integer, nullable=False, default=0),
    Column("max_attempts", Integer, nullable=False),
    Column("lock_owner", String(64)),
    Column("lock_until", UtcDateTime),
    Column("last_error", Text),
    Column("dedup_key", String(255), unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_job_due", "due_at", "id", sqlite_where=WAITING_JOB, postgresql_where=WAITING_JOB),
    Index("ix_job_background", "due_at", "id", sqlite_where=BACKGROUND_JOB, postgresql_where=BACKGROUND_JOB),
    Index("ix_job_lease", "lock_until", sqlite_where=LEASED_JOB, postgresql_where=LEASED_JOB),
)

message_subscription = Table(
    "message_subscription", metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False, index=True),
    Column("token_id", String(64), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("correlation_key", String(255), nullable=False),
    # `message` or `signal`; a signal has no correlation key.
    Column("kind", String(16), nullable=False, server_default="message"),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "name", "correlation_key"),
)

message = Table(
    "message", metadata,
    Column("message_id", String(255), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("receivers", Json, nullable=False),
)

# A message between instances that nobody waited for yet: the job that sends it, found by who begins to wait.
buffered_message = Table(
    "buffered_message", metadata,
    Column("job_id", Id, ForeignKey("job.id"), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("correlation_key", String(255), nullable=False),
    Index(None, "name", "correlation_key"),
)

incident = Table(
    "incident", metadata,
    Column("id", Id, primary_key=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), index=True),
    Column("job_id", Id, ForeignKey("job.id"), index=True),
    Column("element_id", String(255)),
    Column("element_name", Text, nullable=False),
    Column("token_id", String(64)),
    Column("kind", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("business_key", String(255), nullable=False, index=True),
    Column("scope", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(64)),
    Index(None, "state", "id"),
)

history = Table(
    "history", metadata,
    # A number, not an id: the order of rows written in one transaction must survive.
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("instance_id", Id, ForeignKey("process_instance.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("element_id", String(255)),
    Column("element_name", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("on_behalf_of", String(64)),
    Column("reason", Text),
    Column("scope", String(64), nullable=False),
    Column("facts", Json, nullable=False),
    Index(None, "instance_id", "id"),
)
