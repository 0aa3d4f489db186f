"""A new master key: every wrapped key of the log wrapped anew, some at a time, beside a running service.

What is wrapped stays the same, so nothing is encrypted again. A rotation that was broken off goes on where it
stood: what is not wrapped by the newest master key is what is left to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, func, select, update

from service.decisions import schema
from service.decisions.faults import DATABASE_ERRORS, database_failed
from service.decisions.log import DecisionLog
from service.decisions.reading import LogReader
from service.decisions.vault import Vault, WrappedKey
from service.decisions.writer import Batch

_AT_ONCE = 500
# Tables of wrapped keys, and what names a row.
_TABLES = ((schema.secrets, "name"), (schema.keys, "decision_id"))


def wrapped_by(log: LogReader) -> Counter[str]:
    """How many keys of the log each master key wraps, by its id."""
    found: Counter[str] = Counter()
    try:
        with log.database.read.connect() as connection:
            for table, _ in _TABLES:
                rows = connection.execute(select(table.c.key_id, func.count()).group_by(table.c.key_id))
                for key_id, count in rows:
                    found[key_id] += count
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault
    return found


def rewrap(log: DecisionLog, vault: Vault) -> Iterator[int]:
    """Wrap what another master key wraps by the current one; yields how many were done, batch by batch.

    Raises LogUnavailable where an older master key that is still needed is not in the file.
    """
    for table, name in _TABLES:
        while done := log.record(_Rewrap(table, name, vault)):
            yield done


class _Rewrap:
    """The job of one transaction."""

    def __init__(self, table: Table, name: str, vault: Vault) -> None:
        self._table, self._name, self._vault = table, name, vault

    def __call__(self, batch: Batch) -> int:
        table = self._table.c
        query = select(self._table).where(table.key_id != self._vault.current).order_by(table[self._name])
        rows = batch.connection.execute(query.limit(_AT_ONCE)).all()
        # All are unwrapped before one is written: a job that fails leaves nothing behind.
        for row, new in [(row, self._wrapped_anew(row)) for row in rows]:
            batch.connection.execute(
                update(self._table)
                .where(table[self._name] == getattr(row, self._name))
                .values(key_id=new.key_id, wrapped=new.wrapped)
            )
        return len(rows)

    def _wrapped_anew(self, row: Any) -> WrappedKey:
        return self._vault.wrap(self._vault.unwrap(WrappedKey(row.key_id, row.wrapped)))
