"""A bundle may be deployed again, so its hash is no longer unique."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME = "uq_deployment_hash"


def upgrade() -> None:
    # Databases made for a while by a shorter first revision never had the constraint.
    if NAME in {one["name"] for one in sa.inspect(op.get_bind()).get_unique_constraints("deployment")}:
        with op.batch_alter_table("deployment") as table:
            table.drop_constraint(NAME, type_="unique")


def downgrade() -> None:
    with op.batch_alter_table("deployment") as table:
        table.create_unique_constraint(NAME, ["hash"])
