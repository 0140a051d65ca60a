"""Versions of decisions.

Rules of a revision: it never loses data without saying so here; it runs on SQLite and PostgreSQL; what a running older
version still needs goes in a later revision. Make one with `scripts/revision.py "what changes"`.

The decisions of earlier deployments get their versions in the order in which they were deployed.
"""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from alembic import op
from lxml import etree

from engine.store.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_deployment = sa.table("deployment", sa.column("id"), sa.column("deployed_at", UtcDateTime()))
_resource = sa.table("deployment_resource", sa.column("deployment_id"), sa.column("name"),
                     sa.column("content", sa.LargeBinary()))


def upgrade() -> None:
    decision = op.create_table(
        "decision_definition",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("deployment_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_decision_definition_deployment_id")
        ),
        sa.PrimaryKeyConstraint("key", "version", name=op.f("pk_decision_definition")),
    )
    op.create_index(op.f("ix_decision_definition_deployment_id"), "decision_definition", ["deployment_id"],
                    unique=False)
    rows = _versions(op.get_bind())
    if rows:
        op.bulk_insert(decision, rows)


def _versions(connection: sa.Connection) -> list[dict[str, object]]:
    files = connection.execute(
        sa.select(_resource.c.deployment_id, _resource.c.content)
        .join(_deployment, _deployment.c.id == _resource.c.deployment_id).where(_resource.c.name.like("%.dmn"))
        .order_by(_deployment.c.deployed_at, _deployment.c.id, _resource.c.name))
    counted: Counter[str] = Counter()
    rows: list[dict[str, object]] = []
    for deployment_id, content in files:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        for key in etree.fromstring(content, parser).xpath("/*/*[local-name()='decision']/@id"):
            counted[key] += 1
            rows.append({"key": str(key), "version": counted[key], "deployment_id": deployment_id})
    return rows


def downgrade() -> None:
    op.drop_index(op.f("ix_decision_definition_deployment_id"), table_name="decision_definition")
    op.drop_table("decision_definition")
