"""Do the private parts open? What the sealed part cannot show of the keys beside it: that each is the one it was.

What is opened is held against the index of units and persons too, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select

from service.decisions import schema
from service.decisions.archived import ArchivedPolicies
from service.decisions.entry import DECISIONS, Private, read_private
from service.decisions.faults import (
    DATABASE_ERRORS,
    LogDamaged,
    LogUnavailable,
    database_failed,
    place,
)
from service.decisions.reading import LogReader, blob, summary
from service.decisions.subject_index import Comparison, rows_between, told_indexed
from service.decisions.subject_index import Row as IndexRow
from service.decisions.subjects import SECRET, subject_of
from service.decisions.vault import Sealed, Vault, WrappedKey
from service.problems import Problem, problem

_AT_ONCE = 100


@dataclass(slots=True)
class Opening:
    """What came of opening every private part: how many opened, how many did not, how many are erased.

    Of those opened, the index was compared but for `unread`, whose policy this version of the program cannot read.
    """

    opened: int = 0
    closed: int = 0
    erased: int = 0
    unread: int = 0
    index: Comparison = field(default_factory=lambda: Comparison(frozenset()))
    faults: list[Problem] = field(default_factory=list)

    @property
    def counted(self) -> dict[str, int]:
        """The numbers by name; `unindexed` decisions are from before there was an index."""
        numbers = {"opened": self.opened, "closed": self.closed, "erased": self.erased}
        return numbers | {"unread": self.unread, "unindexed": self.index.never}


def open_all(log: LogReader, progress: Callable[[int, int], None] | None = None) -> Opening:
    """Open every private part, and compare the index with what the applications say.

    A fault for each part that its key does not open (a key was swapped or altered, or the part was), and for each
    decision whose rows of the index are not what they should be. Raises LogUnavailable without the master keys, or
    where the database cannot be read.
    """
    entries, keys, name = schema.entries.c, schema.keys, log.database.name
    query = (
        select(schema.entries, keys.c.key_id, keys.c.wrapped)
        .outerjoin(keys, keys.c.decision_id == entries.decision_id)
        .where(entries.kind.in_(DECISIONS))
        .order_by(entries.sequence)
    )
    look = _Look.at(log)
    try:
        with log.database.read.connect() as connection, log.database.read.connect() as other:
            total = connection.scalar(select(func.count()).select_from(schema.entries)) or 0
            look.opening.index = Comparison(told_indexed(connection))
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
            for some in rows.partitions():
                indexed = rows_between(other, some[0].sequence, some[-1].sequence)
                for row in some:
                    look.decision(row, indexed.get(row.sequence, ()))
                if progress is not None:
                    progress(some[-1].sequence, total)
        # Another connection: what was erased meanwhile has lost its rows rightly.
        with log.database.read.connect() as connection:
            look.opening.index.keep(connection)
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, name) from fault
    if look.secret is not None:
        look.opening.faults += look.opening.index.faults(name)
    return look.opening


@dataclass(slots=True)
class _Look:
    """Opens decision after decision."""

    name: str
    vault: Vault
    policies: ArchivedPolicies
    #: What keys the index; None where it is gone.
    secret: bytes | None
    opening: Opening

    @classmethod
    def at(cls, log: LogReader) -> _Look:
        opening = Opening()
        vault, secret = log.opened_vault(), None
        try:
            secret = log.secret_named(SECRET)
        except LogDamaged as fault:
            opening.faults += fault.problems
        return cls(log.database.name, vault, ArchivedPolicies(log), secret, opening)

    def decision(self, row: Row[Any], indexed: Iterable[IndexRow]) -> None:
        if row.wrapped is None:
            self.opening.erased += 1
            return
        private = self._opened(row)
        if private is None:
            self.opening.closed += 1
            return
        self.opening.opened += 1
        if self.secret is None:
            return
        try:
            known = summary(blob(row.public), name=self.name, sequence=row.sequence)
            policy = self.policies.of(known.public, row.sequence)
        except (LogDamaged, KeyError, TypeError):
            # A public part or archived text that was altered is told by verification.
            self.opening.unread += 1
            return
        tags = subject_of(policy, private.application).tags(self.secret)
        self.opening.index.add(row.sequence, row.decision_id, tags, indexed)

    def _opened(self, row: Row[Any]) -> Private | None:
        sealed = Sealed(blob(row.private), WrappedKey(str(row.key_id), blob(row.wrapped)))
        try:
            return read_private(sealed, decision_id=row.decision_id, vault=self.vault)
        except LogUnavailable:
            self._fault("log-private-key-unknown", row, key_id=row.key_id)
        except (LogDamaged, KeyError, TypeError, ValueError):
            self._fault("log-private-closed", row)
        return None

    def _fault(self, code: str, row: Row[Any], **params: Any) -> None:
        self.opening.faults.append(problem(code, place(self.name), sequence=row.sequence, **params))
