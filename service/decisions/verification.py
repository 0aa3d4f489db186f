"""Does the log stand as it was written? Every fault by its own code, with the sequence it concerns.

Leaves are hashed from the stored bytes; nothing is serialised again. No key is needed. A fault in one batch
does not hide the next: the tree goes on from what that batch stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, table
from sqlalchemy.sql import column

from service.decisions import merkle, schema
from service.decisions.entry import DECISIONS, digest
from service.decisions.faults import DATABASE_ERRORS, LogDamaged, database_failed, place
from service.decisions.reading import LogReader, Summary, blob, summary
from service.decisions.succession import succession_faults
from service.problems import Problem, problem

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen: `entries` present, the tree as last stored, `erased` decisions, the faults in order."""

    database: str
    entries: int
    size: int
    root: bytes
    erased: int
    faults: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def verify(log: LogReader, *, witnessed: Mapping[int, bytes] | None = None) -> Report:
    """Check the whole log in one snapshot; `witnessed` are tree roots by size, kept outside the database.

    Without witnessed roots, a log whose tail was cut in every table, or that was rewritten whole, looks
    sound. Raises LogUnavailable where the database cannot be read.
    """
    try:
        with log.database.read.connect() as connection:
            return _Verification(connection, log.database.name, dict(witnessed or {})).run()
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault


def verify_entry(log: LogReader, known: Summary) -> tuple[Problem, ...]:
    """What does not stand of an entry as it was read: its bytes, its columns, its leaf in the tree of its batch.

    Whether that tree is one with all that was logged before and after is what `verify` says. Raises
    LogUnavailable where the database cannot be read.
    """
    try:
        with log.database.read.connect() as connection:
            return _Verification(connection, log.database.name, {}).entry(known)
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault


@dataclass(slots=True)
class _Verification:
    connection: Connection
    name: str
    witnessed: dict[int, bytes]
    faults: list[Problem] = field(default_factory=list)
    # First and last sequence of every run of missing entries.
    missing: list[tuple[int, int]] = field(default_factory=list)
    # Digest named by an entry -> the first sequence that names it.
    named: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    # The tree up to the entry just read, and whether every entry of the batch so far was there.
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    whole: bool = True

    def run(self) -> Report:
        rows = self._entries()
        row = next(rows, None)
        size, root = 0, merkle.EMPTY_ROOT
        for head in self._stream(select(schema.tree).order_by(schema.tree.c.size)):
            row = self._batch(rows, row, first=size + 1, last=head.size)
            self._close_batch(head, first=size + 1)
            size, root = head.size, blob(head.root)
        self._report_missing(size, tail=row is None)
        if row is not None:
            first = last = row.sequence
            self._entry(row)
            for row in rows:
                self._entry(row)
                last = row.sequence
            self._fault("log-unsealed", first=first, last=last)
        for known in sorted(self.witnessed):
            self._fault("log-witness-missing", size=known)
        erased = self._keys()
        self.faults.extend(succession_faults(self.connection, self.name))
        self._archive()
        self._triggers()
        return Report(self.name, self.entries, size, root, erased, tuple(self.faults))

    def entry(self, known: Summary) -> tuple[Problem, ...]:
        """The faults of one entry and of the tree as its batch left it."""
        sequence, size, entries = known.sequence, schema.tree.c.size, schema.entries.c
        heads = select(schema.tree)
        before = self.connection.execute(heads.where(size < sequence).order_by(size.desc()).limit(1)).first()
        head = self.connection.execute(heads.where(size >= sequence).order_by(size).limit(1)).first()
        first = 1
        if before is not None:
            # The tree goes on from what the batch before left, checked against its root.
            first, self.whole = before.size + 1, False
            self._close_batch(before, first=first)
        last = sequence if head is None else head.size
        rows = self._entries(entries.sequence.between(first, last))
        seen = list(rows)
        self._batch(iter(seen[1:]), seen[0] if seen else None, first=first, last=last)
        if head is None:
            self._fault("log-unsealed", first=sequence, last=sequence)
        else:
            self._close_batch(head, first=first)
        self._report_missing(last, tail=False)
        if not any(row.sequence == sequence and row.decision_id == known.decision_id for row in seen):
            self._fault("log-entry-moved", sequence=sequence, written=sequence)
        # What is wrong with another entry of the batch alone leaves this one standing.
        return tuple(fault for fault in self.faults if dict(fault.params).get("sequence", sequence) == sequence)

    def _batch(self, rows: Iterator[Row[Any]], row: Row[Any] | None, *, first: int, last: int) -> Row[Any] | None:
        """Read the entries `first` to `last` into the tree; the row that follows them."""
        self.whole = True
        expected = first
        while row is not None and row.sequence <= last:
            if row.sequence > expected:
                self._lack(expected, row.sequence - 1)
            self.frontier = self.frontier.append(self._entry(row))
            if self.whole and row.sequence in self.witnessed:
                self._witness(row.sequence, self.frontier.root())
            expected = row.sequence + 1
            row = next(rows, None)
        if expected <= last:
            self._lack(expected, last)
        return row

    def _lack(self, first: int, last: int) -> None:
        self.whole = False
        if self.missing and self.missing[-1][1] == first - 1:
            first = self.missing.pop()[0]
        self.missing.append((first, last))

    def _close_batch(self, head: Row[Any], *, first: int) -> None:
        """Compare the tree with the one stored after the batch; go on from the stored one if it is sound."""
        root = blob(head.root)
        try:
            stored = merkle.Frontier.from_bytes(head.size, blob(head.frontier))
        except ValueError:
            stored = None
        if stored is None or stored.root() != root:
            self._fault("log-tree-edited", size=head.size)
            stored = None
        elif self.whole and self.frontier.root() != root:
            self._fault("log-root-differs", first=first, last=head.size)
        if stored is not None:
            self.frontier = stored
        self._witness(head.size, root)

    def _witness(self, size: int, root: bytes) -> None:
        """Compare with the root somebody outside saw at this size."""
        known = self.witnessed.pop(size, None)
        if known is not None and known != root:
            self._fault("log-witness-differs", size=size)

    def _entry(self, row: Row[Any]) -> bytes:
        """The leaf hash stored for an entry, after checking the entry against it and against itself."""
        self.entries += 1
        sequence, public = row.sequence, blob(row.public)
        leaf = blob(row.leaf)
        if merkle.leaf_hash(public) != leaf:
            self._fault("log-entry-edited", sequence=sequence)
        try:
            known = summary(public, name=self.name, sequence=sequence)
        except LogDamaged as fault:
            self.faults.extend(fault.problems)
            return leaf
        if known.sequence != sequence:
            self._fault("log-entry-moved", sequence=sequence, written=known.sequence)
        for name, written in _copies(known):
            if getattr(row, name) != written:
                self._fault("log-column-edited", sequence=sequence, column=name)
        # An entry without a private part commits to none.
        committed = known.public.get("private_digest")
        private = blob(row.private)
        if (digest(private) if private else None) != committed:
            self._fault("log-private-edited", sequence=sequence)
        try:
            for value in _digests(known):
                self.named.setdefault(value, sequence)
        except (KeyError, TypeError):
            self._fault("log-entry-unreadable", sequence=sequence)
        return leaf

    def _report_missing(self, size: int, *, tail: bool) -> None:
        """One fault per run of missing entries; a run up to the end, with nothing after it, is a cut tail."""
        for first, last in self.missing:
            cut = tail and last == size
            self._fault("log-tail-cut" if cut else "log-entry-missing", first=first, last=last)

    def _keys(self) -> int:
        """How many decisions have no key left; keys and requests without an entry tell of lost ones."""
        entries = schema.entries.c
        for holder in (schema.keys, schema.idempotency):
            lost = (
                select(holder.c.decision_id)
                .where(holder.c.decision_id.not_in(select(entries.decision_id)))
                .order_by(holder.c.decision_id)
            )
            for row in self._stream(lost):
                self._fault("log-entry-lost", decision_id=row.decision_id)
        erased = select(func.count()).where(
            entries.kind.in_(DECISIONS), entries.decision_id.not_in(select(schema.keys.c.decision_id))
        )
        return self.connection.scalar(erased) or 0

    def _archive(self) -> None:
        """Every archived text against its digest, every digest an entry names against the archive."""
        for row in self._stream(select(schema.archive).order_by(schema.archive.c.digest)):
            self.named.pop(row.digest, None)
            if digest(blob(row.bytes)) != row.digest:
                self._fault("log-archive-edited", digest=row.digest, kind=row.kind, name=row.name)
        for value, sequence in self.named.items():
            self._fault("log-archive-missing", digest=value, sequence=sequence)

    def _triggers(self) -> None:
        master = table("sqlite_master", column("name"), column("type"))
        there = set(self.connection.scalars(select(master.c.name).where(master.c.type == "trigger")))
        for name in sorted(set(schema.TRIGGERS) - there):
            self._fault("log-trigger-missing", name=name)

    def _entries(self, *where: ColumnElement[bool]) -> Iterator[Row[Any]]:
        return self._stream(select(schema.entries).where(*where).order_by(schema.entries.c.sequence))

    def _stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        return iter(self.connection.execution_options(yield_per=_AT_ONCE).execute(query))

    def _fault(self, code: str, **params: Any) -> None:
        self.faults.append(problem(code, place(self.name), **params))


def _copies(known: Summary) -> tuple[tuple[str, str | None], ...]:
    """The columns entries are found by, as the sealed part has them."""
    return (
        ("decision_id", known.decision_id),
        ("kind", known.kind.value),
        ("policy", known.policy_id),
        ("edition", known.edition),
        ("status", known.overall),
    )


def _digests(known: Summary) -> Iterator[str]:
    """The digests of archived texts that an entry names."""
    public = known.public
    if "policy" in public:
        yield public["policy"]["digest"]
    for text in (*public.get("tables", ()), *public.get("files", ())):
        yield text["digest"]
