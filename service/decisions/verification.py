"""Does the log stand as it was written? Every fault by its own code, with the sequence it concerns.

Leaves are hashed from the stored bytes; nothing is serialised again. No key is needed, and public keys where
signatures are to be verified. A fault in one batch does not hide the next: the tree goes on from what that batch
stored. A large log is looked at in stretches, side by side.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from service.decisions import guards, schema
from service.decisions.checkpoints import Witness
from service.decisions.database import Database
from service.decisions.entry import DECISIONS, Kind, digest
from service.decisions.faults import DATABASE_ERRORS, database_failed, place
from service.decisions.key_changes import rotation_faults, succession
from service.decisions.key_table import key_faults
from service.decisions.notes import Verifier
from service.decisions.reading import LogReader, Summary, blob
from service.decisions.spans import Expected, Seen, look_at, look_at_batch, sound_frontier
from service.decisions.subject_index import left_faults
from service.decisions.succession import succession_faults
from service.problems import Problem, problem

_AT_ONCE = 1000
#: Entries in a stretch, and from how many on other processes are worth their start.
_STRETCH = 20_000
_MANY = 3 * _STRETCH
#: Signatures verified unless all are asked for, the newest ones: one costs as much as several entries.
_SIGNATURES = 20_000


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen: `entries` present, the tree as last stored, `erased` decisions, the faults in order.

    Of `trees` stored, one a batch, `signatures` had theirs verified; of checkpoints outside, `witnesses` were held
    against the log.
    """

    database: str
    entries: int
    size: int
    root: bytes
    erased: int
    trees: int
    signatures: int
    witnesses: int
    faults: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def verify(
    log: LogReader,
    *,
    witnesses: Collection[Witness] = (),
    verifiers: Collection[Verifier] = (),
    all_signatures: bool = False,
    url: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check the whole log; `witnesses` are trees seen outside the database, `verifiers` the keys that sign it.

    Without witnesses, a log whose tail was cut in every table, or that was rewritten whole, looks sound; without
    verifiers signatures are not looked at, and of a long log only the newest ones unless `all_signatures`. Given the
    `url` the log was opened at, a large log is read by several processes. `progress` is told the entries looked at
    and how many there are. Raises LogUnavailable where the database cannot be read.
    """
    try:
        with log.database.read.connect() as connection:
            expected = _expected(connection, tuple(witnesses), tuple(verifiers), all_signatures)
            seen = _look(connection, log.database.name, expected, url, progress)
            return _Whole(connection, log.database.name, seen, expected.verifiers).report(len(expected.witnesses))
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault


def verify_entry(log: LogReader, known: Summary) -> tuple[Problem, ...]:
    """What does not stand of an entry as it was read: its bytes, its columns, its leaf in the tree of its batch.

    Whether that tree is one with all that was logged before and after is what `verify` says. Raises
    LogUnavailable where the database cannot be read.
    """
    sequence, name = known.sequence, log.database.name
    size, entries, heads = schema.tree.c.size, schema.entries.c, select(schema.tree)
    try:
        with log.database.read.connect() as connection:
            before = connection.execute(heads.where(size < sequence).order_by(size.desc()).limit(1)).first()
            head = connection.execute(heads.where(size >= sequence).order_by(size).limit(1)).first()
            first, last = 1 if before is None else before.size + 1, sequence if head is None else head.size
            seen = look_at_batch(connection, name, first, last, before)
            here = select(entries.decision_id).where(entries.sequence == sequence)
            if connection.scalar(here) != known.decision_id:
                seen.faults.append(_problem(name, "log-entry-moved", sequence=sequence, written=sequence))
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, name) from fault
    faults = [*seen.faults, *_gaps(name, seen, tail=False)]
    # What is wrong with another entry of the batch alone leaves this one standing.
    return tuple(fault for fault in faults if dict(fault.params).get("sequence", sequence) == sequence)


def _expected(
    connection: Connection, witnesses: tuple[Witness, ...], verifiers: tuple[Verifier, ...], all_signatures: bool
) -> Expected:
    size = schema.tree.c.size
    signed = connection.scalar(select(func.min(size)).where(schema.tree.c.note.is_not(None)))
    # A checkpoint kept outside was signed: from there on every tree was.
    signed_from = min((item for item in (signed, *(known.size for known in witnesses)) if item), default=None)
    newest = select(size).order_by(size.desc()).offset(_SIGNATURES).limit(1)
    older = None if all_signatures else connection.scalar(newest)
    return Expected(witnesses, verifiers, signatures_from=0 if older is None else older + 1, signed_from=signed_from)


def _look(
    connection: Connection,
    name: str,
    expected: Expected,
    url: str | None,
    progress: Callable[[int, int], None] | None,
) -> Seen:
    """The whole log, stretch by stretch, put together."""
    total = connection.scalar(select(func.count()).select_from(schema.entries)) or 0
    stretches = list(_stretches(connection, total))
    whole = Seen()
    if url is not None and total >= _MANY:
        # Not forked: a connection must not be in two processes.
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
            for seen in pool.map(partial(_elsewhere, url, name, expected), stretches):
                _add(whole, seen, progress, total)
    else:
        for after, last in stretches:
            _add(whole, look_at(connection, name, after, last, expected), progress, total)
    return whole


def _elsewhere(url: str, name: str, expected: Expected, stretch: tuple[int, int | None]) -> Seen:
    """A stretch looked at in a process of its own, which keeps its connection."""
    database = _opened(url)
    with database.read.connect() as connection:
        return look_at(connection, name, *stretch, expected)


_databases: dict[str, Database] = {}


def _opened(url: str) -> Database:
    if url not in _databases:
        _databases[url] = Database.open(url, create=False, read_only=True)
    return _databases[url]


def _stretches(connection: Connection, total: int) -> Iterator[tuple[int, int | None]]:
    """Where stretches end and begin: at trees whose frontier is sound."""
    size, after = schema.tree.c.size, 0
    for goal in range(_STRETCH, total, _STRETCH):
        if goal <= after:
            continue
        head = connection.execute(select(schema.tree).where(size >= goal).order_by(size).limit(1)).first()
        if head is not None and head.size < total and sound_frontier(head) is not None:
            yield after, head.size
            after = head.size
    yield after, None


def _add(whole: Seen, seen: Seen, progress: Callable[[int, int], None] | None, total: int) -> None:
    """Put what was seen of the next stretch to what was seen so far."""
    # One key that nobody knows may have signed a million trees: it is named once.
    strange = any(item.code == "log-note-unknown" for item in whole.faults)
    for item in seen.faults:
        if item.code != "log-note-unknown" or not strange:
            whole.faults.append(item)
            strange = strange or item.code == "log-note-unknown"
    for first, last in seen.missing:
        whole.lack(first, last)
    whole.unsealed = seen.unsealed
    for value, sequence in seen.named.items():
        whole.named.setdefault(value, sequence)
    whole.unmet += seen.unmet
    whole.entries += seen.entries
    whole.trees += seen.trees
    whole.signatures += seen.signatures
    for key, size in seen.signers.items():
        whole.signers.setdefault(key, size)
    if seen.size:
        whole.size, whole.root = seen.size, seen.root
    if progress is not None:
        progress(whole.entries, total)


def _gaps(name: str, seen: Seen, *, tail: bool) -> Iterator[Problem]:
    """One fault per run of missing entries, and one for those after the last tree.

    A run up to the end, with nothing after it, is a cut tail.
    """
    for first, last in seen.missing:
        cut = tail and last == seen.size and seen.unsealed is None
        yield _problem(name, "log-tail-cut" if cut else "log-entry-missing", first=first, last=last)
    if seen.unsealed is not None:
        first, last = seen.unsealed
        yield _problem(name, "log-unsealed", first=first, last=last)


def _problem(database: str, code: str, /, **params: Any) -> Problem:
    return problem(code, place(database), **params)


@dataclass(slots=True)
class _Whole:
    """What concerns the log as a whole: what is named and gone, texts, triggers."""

    connection: Connection
    name: str
    seen: Seen
    verifiers: tuple[Verifier, ...]

    def report(self, witnesses: int) -> Report:
        seen = self.seen
        faults = [*map(self._explained, seen.faults), *_gaps(self.name, seen, tail=True)]
        for known in seen.unmet:
            faults.append(_problem(self.name, "log-witness-missing", size=known.size, source=known.source))
        erased, unexplained = self._erased()
        for sequence in unexplained:
            faults.append(_problem(self.name, "log-key-gone", sequence=sequence))
        faults += [*self._lost(), *succession_faults(self.connection, self.name)]
        faults += rotation_faults(self.connection, self.name, seen.signers)
        faults += left_faults(self.connection, self.name)
        faults += [*key_faults(self.connection, self.name), *self._archive(), *self._triggers()]
        return Report(
            database=self.name,
            entries=seen.entries,
            size=seen.size,
            root=seen.root,
            erased=erased,
            trees=seen.trees,
            signatures=seen.signatures,
            witnesses=witnesses,
            faults=tuple(faults),
        )

    def _explained(self, fault: Problem) -> Problem:
        """A signature of an unknown key that an entry under a known signature tells of: which, and the key itself."""
        params = dict(fault.params)
        if fault.code != "log-note-unknown" or "key" not in params:
            return fault
        told = succession(self.connection, str(params["key"]), self.verifiers)
        if told is None:
            return fault
        return _problem(self.name, "log-note-succeeded", **params, sequence=told[0], new=told[1])

    def _lost(self) -> Iterator[Problem]:
        """Keys, requests and rows of the index without an entry tell of lost ones."""
        told: set[str] = set()
        for holder in (schema.keys, schema.idempotency, schema.subjects):
            lost = (
                select(holder.c.decision_id)
                .distinct()
                .where(holder.c.decision_id.not_in(select(schema.entries.c.decision_id)))
                .order_by(holder.c.decision_id)
            )
            for row in self._stream(lost):
                if row.decision_id not in told:
                    told.add(row.decision_id)
                    yield _problem(self.name, "log-entry-lost", decision_id=row.decision_id)

    def _erased(self) -> tuple[int, list[int]]:
        """How many decisions have no key left, and the sequences of those that no entry tells the erasure of."""
        entries = schema.entries.c
        told: set[str] = set()
        for row in self._stream(select(schema.entries).where(entries.kind == Kind.ERASURE.value)):
            with contextlib.suppress(ValueError, AttributeError, TypeError):  # told of as an entry that is unreadable
                told.update(json.loads(blob(row.public)).get("erased") or ())
        without = (
            select(entries.sequence, entries.decision_id)
            .where(entries.kind.in_(DECISIONS), entries.decision_id.not_in(select(schema.keys.c.decision_id)))
            .order_by(entries.sequence)
        )
        rows = [*self._stream(without)]
        return len(rows), [row.sequence for row in rows if row.decision_id not in told]

    def _archive(self) -> Iterator[Problem]:
        """Every archived text against its digest, every digest an entry names against the archive."""
        named = dict(self.seen.named)
        for row in self._stream(select(schema.archive).order_by(schema.archive.c.digest)):
            named.pop(row.digest, None)
            if digest(blob(row.bytes)) != row.digest:
                about = {"digest": row.digest, "kind": row.kind, "name": row.name}
                yield _problem(self.name, "log-archive-edited", **about)
        for value, sequence in named.items():
            yield _problem(self.name, "log-archive-missing", digest=value, sequence=sequence)

    def _triggers(self) -> Iterator[Problem]:
        for code, params in guards.faults(self.connection):
            yield _problem(self.name, code, **params)

    def _stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        return iter(self.connection.execution_options(yield_per=_AT_ONCE).execute(query))
