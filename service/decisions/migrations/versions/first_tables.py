"""The first tables: entries, keys, secrets, archive, tree, idempotency, heartbeat.

A migration repeats the tables instead of importing them, so that it makes in ten years what it makes now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite makes only a column typed INTEGER the row id.
_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# table -> what makes two of its rows the same one
_APPEND_ONLY = {
    "entries": "sequence = NEW.sequence OR decision_id = NEW.decision_id",
    "archive": "digest = NEW.digest",
    "tree": "size = NEW.size",
}


def upgrade() -> None:
    """Make the tables and the triggers that keep three of them append-only."""
    op.create_table(
        "entries",
        sa.Column("sequence", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("decision_id", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("policy", sa.String),
        sa.Column("edition", sa.String),
        sa.Column("status", sa.String),
        sa.Column("public", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=False),
    )
    op.create_index("entries_by_policy", "entries", ["policy", "edition", "status", "sequence"])
    op.create_index("entries_by_kind", "entries", ["kind", "sequence"])
    for name, key in (("keys", "decision_id"), ("secrets", "name")):
        op.create_table(
            name,
            sa.Column(key, sa.String, primary_key=True),
            sa.Column("key_id", sa.String, nullable=False),
            sa.Column("wrapped", sa.LargeBinary, nullable=False),
        )
    op.create_table(
        "archive",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tree",
        sa.Column("size", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "idempotency",
        sa.Column("slot", sa.LargeBinary, primary_key=True),
        sa.Column("requester", sa.String, nullable=False),
        sa.Column("policy", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("decision_id", sa.String, nullable=False),
    )
    beat = op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("beats", _COUNT, nullable=False),
    )
    op.bulk_insert(beat, [{"id": 1, "beats": 0}])
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    for table, same in _APPEND_ONLY.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        # INSERT OR REPLACE passes a delete trigger unless recursive_triggers is on; this one it meets.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - fixed names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}"
        )


def _guard_postgres() -> None:
    refuse = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END"
    bind = op.get_bind()
    bind.exec_driver_sql(
        f"CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$".replace("%", "%%")
    )
    for table in _APPEND_ONLY:
        for verb in ("update", "delete", "truncate"):
            # By statement: an INSERT that would update on conflict is refused whether or not it meets one.
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            # Always: session_replication_role does not switch it off.
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_{verb}")
