"""The tree after each batch is signed: a checkpoint note beside it. Heads of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a trigger refuses updates of rows, not of the table's form."""
    op.add_column("tree", sa.Column("note", sa.String))
