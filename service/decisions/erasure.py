"""Erasing private parts: the keys destroyed, the index and the idempotency rows with them, and an entry that says so.

The sealed part stays and verifies. All decisions on one application go together, since each holds all of it.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from service.decisions import entry, schema
from service.decisions.chains import chain_of, chains
from service.decisions.database import Database
from service.decisions.faults import DATABASE_ERRORS, database_failed
from service.decisions.log import DecisionLog
from service.decisions.reading import LogReader
from service.decisions.writer import Batch

# Decisions that one entry of the log tells the erasure of.
_TOGETHER = 500
_TABLES = (schema.keys, schema.subjects, schema.idempotency)
_MOVING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Held:
    """A decision on an application, and whether its private part is still there."""

    decision_id: str
    sequence: int
    decided_at: datetime
    erased: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: its entry, the decisions, and whether no trace of the keys is left in the files.

    `gone` is False where another process held the log open at that moment, or the database keeps what was deleted
    until it tidies up: then the traces go when that ends.
    """

    entry_id: str
    decisions: tuple[str, ...]
    gone: bool


def held_with(log: LogReader, decision_id: str) -> tuple[Held, ...]:
    """Every decision on the application of this one, oldest first; empty for what is no decision."""
    try:
        with log.database.read.connect() as connection:
            return _held(connection, chain_of(connection, decision_id))
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault


def expired(log: LogReader, *, now: datetime, days: int) -> Iterator[tuple[Held, ...]]:
    """The applications whose last decision is older than so many days, and whose private parts are still there."""
    oldest = now - timedelta(days=days)
    try:
        with log.database.read.connect() as connection, log.database.read.connect() as other:
            for chain in chains(connection):
                held = _held(other, chain)
                if max(one.decided_at for one in held) < oldest and not all(one.erased for one in held):
                    yield held
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault


def erase(
    log: DecisionLog, decisions: Sequence[str], *, reason: str, requested_by: str, at: datetime
) -> tuple[Erased, ...]:
    """Destroy the keys of these decisions, with an entry for every 500 of them; durable on return.

    What was erased before is left out. Raises LogUnavailable.
    """
    done = []
    for start in range(0, len(decisions), _TOGETHER):
        some = decisions[start : start + _TOGETHER]
        made = log.record(_Erasure(tuple(some), reason, requested_by, at.replace(microsecond=0)))
        if made is not None:
            done.append(made)
    gone = leave_no_trace(log.database) if done else True
    return tuple(Erased(made, ids, gone) for made, ids in done)


@dataclass(frozen=True, slots=True)
class _Erasure:
    """The job of one transaction."""

    decisions: tuple[str, ...]
    reason: str
    requested_by: str
    at: datetime

    def __call__(self, batch: Batch) -> tuple[str, tuple[str, ...]] | None:
        keys = schema.keys.c.decision_id
        there = {*batch.connection.scalars(select(keys).where(keys.in_(self.decisions)))}
        erased = tuple(name for name in self.decisions if name in there)
        if not erased:
            return None
        prepared = entry.prepare_erasure(
            decision_id=str(uuid.uuid4()),
            decided_at=self.at,
            requested_by=self.requested_by,
            erased=erased,
            reason=self.reason,
        )
        prepared.public_bytes()  # What cannot be written fails here: a job that fails leaves nothing behind.
        for table in _TABLES:
            batch.connection.execute(delete(table).where(table.c.decision_id.in_(erased)))
        return batch.add(prepared).decision_id, erased


def leave_no_trace(database: Database) -> bool:
    """Take what was deleted out of the database's files; whether that could be done now.

    SQLite overwrites what it deletes, but the log of its last writes holds it until moved into the file.
    """
    if database.write is None:
        return False
    if database.write.dialect.name != "sqlite":
        return _tidied(database)
    until = time.monotonic() + _MOVING_SECONDS
    while True:
        with contextlib.suppress(*DATABASE_ERRORS), database.write.connect() as connection:
            blocked, *_ = connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not blocked:
                return True
        if time.monotonic() > until:
            return False
        time.sleep(0.05)


def _tidied(database: Database) -> bool:
    """Have PostgreSQL write the tables anew without what was deleted; its own log still holds it for a while."""
    with contextlib.suppress(*DATABASE_ERRORS):
        engine = database.write.execution_options(isolation_level="AUTOCOMMIT")  # type: ignore[union-attr]  # asked before
        with engine.connect() as connection:
            for table in _TABLES:
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
    return False


def _held(connection: Connection, chain: Sequence[str]) -> tuple[Held, ...]:
    entries, keys = schema.entries.c, schema.keys.c
    rows = {
        row.decision_id: row
        for row in connection.execute(
            select(entries.decision_id, entries.sequence, entries.public, keys.decision_id.label("held"))
            .outerjoin(schema.keys, keys.decision_id == entries.decision_id)
            .where(entries.decision_id.in_(chain))
        )
    }
    return tuple(
        Held(
            name,
            rows[name].sequence,
            datetime.fromisoformat(json.loads(rows[name].public)["decided_at"]),
            rows[name].held is None,
        )
        for name in chain
        if name in rows
    )
