"""The tables of the log, as queries see them; the migrations make them.

`entries`, `archive`, `tree` and `successors` are append-only: triggers refuse UPDATE, DELETE, REPLACE and TRUNCATE
(guards.py). `keys`, `subjects` and `idempotency` are deletable: destroying a key erases a private part, and what finds
it goes with it. Of `api_keys` triggers let a row come, and its end draw nearer.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

# The newest migration; a test holds it equal to the one Alembic finds.
REVISION = "0008"

APPEND_ONLY = ("entries", "archive", "tree", "successors")

metadata = MetaData()
# SQLite makes only a column typed INTEGER the row id.
_sequence = BigInteger().with_variant(Integer, "sqlite")

entries = Table(
    "entries",
    metadata,
    Column("sequence", _sequence, primary_key=True, autoincrement=False),
    Column("decision_id", String, nullable=False, unique=True),
    # Copies of what stands in `public`, to find entries by; verification compares them with it.
    Column("kind", String, nullable=False),
    Column("policy", String),
    Column("edition", String),
    Column("status", String),
    # The sealed bytes, their leaf hash, and the ciphertext they commit to.
    Column("public", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("private", LargeBinary, nullable=False),
    Index("entries_by_policy", "policy", "edition", "status", "sequence"),
    Index("entries_by_kind", "kind", "sequence"),
)

keys = Table(
    "keys",
    metadata,
    Column("decision_id", String, primary_key=True),
    Column("key_id", String, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

# Secrets of the whole log (purpose -> wrapped key), such as the one that keys idempotency digests.
secrets = Table(
    "secrets",
    metadata,
    Column("name", String, primary_key=True),
    Column("key_id", String, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

archive = Table(
    "archive",
    metadata,
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

# One row per committed batch: the tree after it. `frontier` is merkle.Frontier.to_bytes(), `note` the signed
# checkpoint, null in rows of before trees were signed.
tree = Table(
    "tree",
    metadata,
    Column("size", _sequence, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("note", String),
)

# Which decision superseded which: a copy of what the sealed parts say, so that no decision is superseded twice.
successors = Table(
    "successors",
    metadata,
    Column("decision_id", String, primary_key=True),
    Column("successor", String, nullable=False),
)

# `slot` and `body` are keyed digests: neither a key a client made up nor a body stands here in clear.
idempotency = Table(
    "idempotency",
    metadata,
    Column("slot", LargeBinary, primary_key=True),
    Column("requester", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("decision_id", String, nullable=False),
)

# Whose application a decision is on, as keyed digests (see `subjects`).
subjects = Table(
    "subjects",
    metadata,
    Column("kind", String, primary_key=True),
    Column("tag", LargeBinary, primary_key=True),
    Column("sequence", _sequence, primary_key=True, autoincrement=False),
    Column("decision_id", String, nullable=False),
    Index("subjects_by_decision", "decision_id"),
)

# One row, written to find out whether writing works.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("beats", _sequence, nullable=False),
)

# Who may ask, by the SHA-256 of a key; no part of what is sealed. Times are UTC, ISO 8601 to the second.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("holder", String, nullable=False),
    Column("role", String, nullable=False),
    Column("unit", String),
    Column("made_at", String, nullable=False),
    Column("expires_at", String),
    Column("revoked_at", String),
    Column("rotated_from", String),
)
