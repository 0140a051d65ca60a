"""Applications about a licence of the register; a licence that takes another's place keeps its number; switches."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Json, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("state NOT IN ('REPLACED', 'TRANSFERRED')")


def upgrade() -> None:
    with op.batch_alter_table("application") as batch:
        batch.add_column(sa.Column("about_licence_id", sa.String(32), nullable=True))
        batch.add_column(sa.Column("about_facts", Json, server_default="{}", nullable=False))
        batch.create_index(op.f("ix_application_about_licence_id"), ["about_licence_id"], unique=False)
    with op.batch_alter_table("licence") as batch:
        batch.drop_constraint(op.f("uq_licence_number"), type_="unique")
        batch.drop_index(op.f("ix_licence_issuer_issuer_number"))
    op.create_index("ix_licence_number_in_force", "licence", ["number"], unique=True, sqlite_where=IN_FORCE,
                    postgresql_where=IN_FORCE)
    op.create_index("ix_licence_issuer_number_in_force", "licence", ["issuer", "issuer_number"], unique=True,
                    sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)
    op.create_index(op.f("ix_licence_number"), "licence", ["number"], unique=False)
    op.create_index(op.f("ix_licence_issuer_issuer_number"), "licence", ["issuer", "issuer_number"], unique=False)
    op.create_table(
        "service_switch",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("switched_by", sa.String(64), nullable=False),
        sa.Column("switched_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_switch")),
    )
    op.create_index(op.f("ix_service_switch_service"), "service_switch", ["service"], unique=False)


def downgrade() -> None:
    op.drop_table("service_switch")
    for index in ("ix_licence_number_in_force", "ix_licence_issuer_number_in_force", "ix_licence_number",
                  "ix_licence_issuer_issuer_number"):
        op.drop_index(index, table_name="licence")
    with op.batch_alter_table("licence") as batch:
        batch.create_unique_constraint(op.f("uq_licence_number"), ["number"])
        batch.create_index(op.f("ix_licence_issuer_issuer_number"), ["issuer", "issuer_number"], unique=True)
    with op.batch_alter_table("application") as batch:
        batch.drop_index(op.f("ix_application_about_licence_id"))
        batch.drop_column("about_facts")
        batch.drop_column("about_licence_id")
