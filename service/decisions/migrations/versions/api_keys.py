"""Access keys: who may ask, by the digest of a key; a key ends, and never begins again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = ("id", "digest", "holder", "role", "unit", "made_at", "rotated_from")
_SAYS = "access keys are never deleted or given back"
# An end that is there may only come nearer.
_BACK = (
    "(OLD.revoked_at IS NOT NULL AND {differs_revoked})"
    " OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))"
)


def upgrade() -> None:
    """Make the table, and the triggers that keep what is in it."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("unit", sa.String),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("expires_at", sa.String),
        sa.Column("revoked_at", sa.String),
        sa.Column("rotated_from", sa.String),
    )
    if op.get_context().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _changed(differs: str) -> str:
    """The condition under which an update takes something back, with the dialect's word for `differs`."""
    kept = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in _COLUMNS)
    return f"{kept} OR {_BACK.format(differs_revoked=f'NEW.revoked_at {differs} OLD.revoked_at')}"


def _sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    op.execute(f"CREATE TRIGGER api_keys_no_update BEFORE UPDATE ON api_keys WHEN {_changed('IS NOT')} {refuse}")
    op.execute(f"CREATE TRIGGER api_keys_no_delete BEFORE DELETE ON api_keys {refuse}")
    # INSERT OR REPLACE passes a delete trigger unless recursive_triggers is on; this one it meets.
    there = "WHEN EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.id)"
    op.execute(f"CREATE TRIGGER api_keys_no_replace BEFORE INSERT ON api_keys {there} {refuse}")


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION api_keys_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = '23000'; END $$"
    )
    for name, event, condition in (
        ("update", "BEFORE UPDATE ON api_keys FOR EACH ROW", f"WHEN ({_changed('IS DISTINCT FROM')})"),
        ("delete", "BEFORE DELETE ON api_keys FOR EACH ROW", ""),
        ("truncate", "BEFORE TRUNCATE ON api_keys FOR EACH STATEMENT", ""),
    ):
        op.execute(f"CREATE TRIGGER api_keys_no_{name} {event} {condition} EXECUTE FUNCTION api_keys_refuse()")
        # Always: session_replication_role does not switch it off.
        op.execute(f"ALTER TABLE api_keys ENABLE ALWAYS TRIGGER api_keys_no_{name}")
