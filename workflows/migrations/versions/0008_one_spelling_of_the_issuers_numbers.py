"""Numbers of the issuer and the portal stand in one form, under which they are compared.

A number whose form another licence of the same issuer has already stays as it was written: a person has to look at the
two.
"""

import sqlalchemy as sa
from alembic import op

from workflows.identifiers import register_number

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LICENCE = sa.table("licence", *(sa.column(name) for name in ("id", "issuer", "issuer_number", "national_id")))


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(LICENCE).order_by(LICENCE.c.id)).all()
    held = {(row.issuer, row.issuer_number): row.id for row in rows}
    for row in rows:
        number = register_number(row.issuer_number)
        if held.setdefault((row.issuer, number), row.id) != row.id:
            number = row.issuer_number
        national = None if row.national_id is None else register_number(row.national_id)
        if (number, national) != (row.issuer_number, row.national_id):
            connection.execute(LICENCE.update().where(LICENCE.c.id == row.id).values(
                issuer_number=number, national_id=national))


def downgrade() -> None:
    """What was typed is not known any more, and the one form is among what could have been typed."""
