"""Districts and settlements, what an office offers, bank codes, cash machines, and the history of the register."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("ended_on IS NULL")


def upgrade() -> None:
    _places()
    op.create_table(
        "bank_code",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("office_id", sa.String(32), nullable=False),
        sa.Column("assigned_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_bank_code_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_code")),
        sa.UniqueConstraint("code", name=op.f("uq_bank_code_code")),
    )
    op.create_index(op.f("ix_bank_code_office_id"), "bank_code", ["office_id"], unique=False)
    op.create_index("ix_bank_code_office_in_force", "bank_code", ["office_id"], unique=True, sqlite_where=_IN_FORCE,
                    postgresql_where=_IN_FORCE)
    op.create_table(
        "office_offering",
        sa.Column("office_id", sa.String(32), nullable=False),
        sa.Column("offering", sa.String(24), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_office_offering_office_id")),
        sa.PrimaryKeyConstraint("office_id", "offering", name=op.f("pk_office_offering")),
    )
    op.create_table(
        "register_change",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("office_id", sa.String(32)),
        sa.Column("holder_id", sa.String(32)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holder.id"], name=op.f("fk_register_change_holder_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_register_change_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_change")),
    )
    op.create_index(op.f("ix_register_change_holder_id"), "register_change", ["holder_id"], unique=False)
    op.create_index(op.f("ix_register_change_office_id"), "register_change", ["office_id"], unique=False)
    with op.batch_alter_table("office") as office:
        office.add_column(sa.Column("district", sa.String(64)))
        office.add_column(sa.Column("settlement_code", sa.String(64)))
        office.add_column(sa.Column("atms", sa.Integer(), server_default="0", nullable=False))
        office.add_column(sa.Column("atms_by_ministry", sa.Integer(), server_default="0", nullable=False))
        office.create_index(op.f("ix_office_settlement_code"), ["settlement_code"], unique=False)
        office.create_foreign_key(op.f("fk_office_settlement_code"), "settlement", ["settlement_code"], ["code"])
        office.create_foreign_key(op.f("fk_office_district"), "district", ["district"], ["code"])


def _places() -> None:
    op.create_table(
        "district",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("county", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_en", sa.String(100), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["county.code"], name=op.f("fk_district_county")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_district")),
    )
    op.create_index(op.f("ix_district_county"), "district", ["county"], unique=False)
    op.create_table(
        "settlement",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("county", sa.String(32), nullable=False),
        sa.Column("district", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(100), nullable=False),
        sa.Column("name_en", sa.String(100)),
        sa.ForeignKeyConstraint(["county"], ["county.code"], name=op.f("fk_settlement_county")),
        sa.ForeignKeyConstraint(["district"], ["district.code"], name=op.f("fk_settlement_district")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_settlement")),
    )
    op.create_index(op.f("ix_settlement_county_name_key_district"), "settlement", ["county", "name_key", "district"],
                    unique=True)
    op.create_index(op.f("ix_settlement_district"), "settlement", ["district"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("office") as office:
        office.drop_constraint(op.f("fk_office_district"), type_="foreignkey")
        office.drop_constraint(op.f("fk_office_settlement_code"), type_="foreignkey")
        office.drop_index(op.f("ix_office_settlement_code"))
        for column in ("atms_by_ministry", "atms", "settlement_code", "district"):
            office.drop_column(column)
    for table in ("register_change", "office_offering", "bank_code", "settlement", "district"):
        op.drop_table(table)
