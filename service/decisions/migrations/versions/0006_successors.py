"""Which decision superseded which, so that none is superseded twice.

Of decisions that were superseded twice before, the later successor counts.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    """Make the table, fill it from the sealed parts, and keep it append-only."""
    made = op.create_table(
        "successors",
        sa.Column("decision_id", sa.String, primary_key=True),
        sa.Column("successor", sa.String, nullable=False),
    )
    entries = sa.table("entries", sa.column("sequence"), sa.column("kind"), sa.column("public", sa.LargeBinary))
    connection = op.get_bind()
    found = {}
    query = sa.select(entries.c.public).where(entries.c.kind == "finding").order_by(entries.c.sequence)
    for raw in connection.scalars(query, execution_options={"yield_per": _AT_ONCE}):
        try:
            public = json.loads(raw)
            found[str(public["supersedes"])] = str(public["decision_id"])
        except (KeyError, TypeError, ValueError):
            continue  # An entry that was tampered with is for verification to name.
    if found:
        op.bulk_insert(made, [{"decision_id": old, "successor": new} for old, new in found.items()])
    if connection.dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'successors is append-only'); END"
    op.execute(f"CREATE TRIGGER successors_no_update BEFORE UPDATE ON successors {refuse}")
    op.execute(f"CREATE TRIGGER successors_no_delete BEFORE DELETE ON successors {refuse}")
    op.execute(
        "CREATE TRIGGER successors_no_replace BEFORE INSERT ON successors "  # noqa: S608 - fixed names
        f"WHEN EXISTS (SELECT 1 FROM successors WHERE decision_id = NEW.decision_id) {refuse}"
    )


def _guard_postgres() -> None:
    for verb in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER successors_no_{verb} BEFORE {verb.upper()} ON successors "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE successors ENABLE ALWAYS TRIGGER successors_no_{verb}")
