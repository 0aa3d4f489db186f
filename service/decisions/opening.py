"""Do the private parts open? What the sealed part cannot show of the keys beside it: that each is the one it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import func, select

from service.decisions import schema
from service.decisions.faults import DATABASE_ERRORS, LogDamaged, database_failed, place
from service.decisions.reading import LogReader, blob
from service.decisions.vault import Sealed, WrappedKey
from service.problems import Problem, problem

_AT_ONCE = 100


def unopened(log: LogReader, progress: Callable[[int, int], None] | None = None) -> Iterator[Problem]:
    """A problem for each private part that its key does not open: a key was swapped or altered, or the part was.

    Nothing of what is opened is kept. Raises LogUnavailable without the master keys, or where the database cannot be
    read.
    """
    entries, keys, name = schema.entries.c, schema.keys, log.database.name
    vault = log.opened_vault()
    query = (
        select(entries.sequence, entries.decision_id, entries.private, keys.c.key_id, keys.c.wrapped)
        .join(keys, keys.c.decision_id == entries.decision_id)
        .order_by(entries.sequence)
    )
    try:
        with log.database.read.connect() as connection:
            total = connection.scalar(select(func.count()).select_from(keys)) or 0
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
            for done, row in enumerate(rows, start=1):
                sealed = Sealed(blob(row.private), WrappedKey(row.key_id, blob(row.wrapped)))
                try:
                    vault.unseal(sealed, bound_to=row.decision_id.encode("utf-8", "surrogateescape"))
                except LogDamaged:
                    yield problem("log-private-closed", place(name), sequence=row.sequence)
                if progress is not None:
                    progress(done, total)
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, name) from fault
