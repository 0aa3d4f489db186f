"""Who a decision is on: keyed digests beside the log, deleted with the key of a private part."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index by which rows are deleted."""
    op.create_table(
        "subjects",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("decision_id", sa.String, nullable=False),
    )
    op.create_index("subjects_by_decision", "subjects", ["decision_id"])
