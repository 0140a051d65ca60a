"""Tables of the register.

Rules of a revision: it never loses data without saying so here; it runs on SQLite and PostgreSQL; what a running older
version still needs goes in a later revision. Make one with `scripts/revision.py "what changes"`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holder",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("identity", sa.String(16), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("registration_number", sa.String(32)),
        sa.Column("economic_code", sa.String(32)),
        sa.Column("iban", sa.String(34)),
        sa.Column("account_id", sa.String(32)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_holder_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder")),
        sa.UniqueConstraint("identity", name=op.f("uq_holder_identity")),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("county", sa.String(32), nullable=False),
        sa.Column("settlement", sa.String(100)),
        sa.Column("postal_code", sa.String(10), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6)),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6)),
        sa.Column("area_m2", sa.Numeric(precision=9, scale=2)),
        sa.Column("tenure", sa.String(16)),
        sa.Column("separate_counter_over_60", sa.Boolean()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["county.code"], name=op.f("fk_office_county")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
    )
    op.create_index(op.f("ix_office_county"), "office", ["county"], unique=False)
    op.create_index(op.f("ix_office_postal_code"), "office", ["postal_code"], unique=False)
    op.create_table(
        "licence",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("issuer", sa.String(16), nullable=False),
        sa.Column("issuer_number", sa.String(64), nullable=False),
        sa.Column("national_id", sa.String(64)),
        sa.Column("holder_id", sa.String(32), nullable=False),
        sa.Column("office_id", sa.String(32), nullable=False),
        sa.Column("application_id", sa.String(32)),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("replaced_by_id", sa.String(32)),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_licence_application_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["holder.id"], name=op.f("fk_licence_holder_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_licence_office_id")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["licence.id"], name=op.f("fk_licence_replaced_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("application_id", name=op.f("uq_licence_application_id")),
        sa.UniqueConstraint("number", name=op.f("uq_licence_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_licence_public_id")),
    )
    op.create_index(op.f("ix_licence_expires_on"), "licence", ["expires_on"], unique=False)
    op.create_index(op.f("ix_licence_holder_id"), "licence", ["holder_id"], unique=False)
    op.create_index(op.f("ix_licence_issuer_issuer_number"), "licence", ["issuer", "issuer_number"], unique=True)
    op.create_index(op.f("ix_licence_office_id"), "licence", ["office_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("holder_id", sa.String(32), nullable=False),
        sa.Column("capacity", sa.String(16), nullable=False),
        sa.Column("national_id", sa.String(10), nullable=False),
        sa.Column("first_name", sa.String(100), nullable=False),
        sa.Column("last_name", sa.String(100), nullable=False),
        sa.Column("father_name", sa.String(100)),
        sa.Column("born_on", sa.Date()),
        sa.Column("gender", sa.String(8)),
        sa.Column("mobile", sa.String(16)),
        sa.Column("degree", sa.String(16)),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime()),
        sa.ForeignKeyConstraint(["holder_id"], ["holder.id"], name=op.f("fk_person_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_holder_id"), "person", ["holder_id"], unique=False)
    op.create_index(op.f("ix_person_national_id"), "person", ["national_id"], unique=False)
    op.create_table(
        "licence_event",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("licence_id", sa.String(32), nullable=False),
        sa.Column("from_state", sa.String(16)),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=op.f("fk_licence_event_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_event")),
    )
    op.create_index(op.f("ix_licence_event_licence_id"), "licence_event", ["licence_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_licence_event_licence_id"), table_name="licence_event")
    op.drop_table("licence_event")
    op.drop_index(op.f("ix_person_national_id"), table_name="person")
    op.drop_index(op.f("ix_person_holder_id"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("ix_licence_office_id"), table_name="licence")
    op.drop_index(op.f("ix_licence_issuer_issuer_number"), table_name="licence")
    op.drop_index(op.f("ix_licence_holder_id"), table_name="licence")
    op.drop_index(op.f("ix_licence_expires_on"), table_name="licence")
    op.drop_table("licence")
    op.drop_index(op.f("ix_office_postal_code"), table_name="office")
    op.drop_index(op.f("ix_office_county"), table_name="office")
    op.drop_table("office")
    op.drop_table("holder")
