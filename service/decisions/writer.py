"""One thread that writes the log: a queue, and one transaction for all that waits in it (group commit).

A job is a function of the batch under way. Its result reaches the waiting caller only after the commit; if
the commit fails, every caller of the batch gets LogUnavailable and nothing of it counts. A transaction of the
engine shuts out every other writer of the log from its first statement on, and every batch reads the tree in its
own: so other threads, processes and nodes may write between two batches.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Transaction, func, insert, select, true
from sqlalchemy.exc import DBAPIError

from service.decisions import merkle, schema
from service.decisions.entry import Prepared
from service.decisions.faults import (
    DATABASE_ERRORS,
    LogDamaged,
    LogFault,
    database_failed,
    place,
    unavailable,
)
from service.problems import problem

T = TypeVar("T")

# A disk that hangs must not hang every request with it.
_WAIT_SECONDS = 30.0
# The last entry and the last tree in one statement, so that both are of one moment.
_ENTRIES = select(func.coalesce(func.max(schema.entries.c.sequence), 0).label("entries")).subquery()
_NEWEST = schema.tree.select().order_by(schema.tree.c.size.desc()).limit(1).subquery()
_HEAD = select(_ENTRIES, _NEWEST).outerjoin_from(_ENTRIES, _NEWEST, true())


@dataclass(frozen=True, slots=True)
class Head:
    """The tree after a commit: `size` entries and their root, its signed note, and how the batch made it grow.

    Note and growth are None where the batch added nothing.
    """

    size: int
    root: bytes
    note: str | None = None
    growth: merkle.Growth | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Which entry answers a request, and where it stands; `replayed` (sequence 0) if it was there before.

    `public` are the bytes sealed, empty if replayed.
    """

    decision_id: str
    sequence: int = 0
    public: bytes = b""
    replayed: bool = False


@dataclass(slots=True)
class Batch:
    """What one transaction writes after the tree with the frontier `before`; `sign` makes the note of a tree."""

    connection: Connection
    before: merkle.Frontier
    sign: Callable[[int, bytes], str]
    answered: dict[bytes, tuple[bytes, Placed]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[dict[str, Any]] = field(default_factory=list)

    def add(self, prepared: Prepared) -> Placed:
        """Give the entry the next sequence and seal it."""
        sequence = self.before.size + len(self.rows) + 1
        public = prepared.public_bytes(sequence, self.before.size)
        leaf = merkle.leaf_hash(public)
        self.rows.append(
            {
                "sequence": sequence,
                "decision_id": prepared.decision_id,
                "kind": prepared.kind.value,
                "policy": prepared.policy,
                "edition": prepared.edition,
                "status": prepared.status,
                "public": public,
                "leaf": leaf,
                "private": prepared.private,
            }
        )
        if prepared.key is not None:
            self.keys.append(
                {
                    "decision_id": prepared.decision_id,
                    "key_id": prepared.key.key_id,
                    "wrapped": prepared.key.wrapped,
                }
            )
        about = {"sequence": sequence, "decision_id": prepared.decision_id}
        self.subjects += [{"kind": tag.named.value, "tag": tag.digest, **about} for tag in prepared.tags]
        return Placed(prepared.decision_id, sequence, public)

    def flush(self) -> Head:
        """Write the entries, their keys and the tree after them, signed."""
        if not self.rows:
            return Head(self.before.size, self.before.root())
        leaves = [row["leaf"] for row in self.rows]
        after = self.before.extend(leaves)
        root = after.root()
        head = Head(after.size, root, self.sign(after.size, root), merkle.Growth(self.before, leaves))
        self.connection.execute(insert(schema.entries), self.rows)
        self.connection.execute(
            insert(schema.tree),
            [{"size": head.size, "root": head.root, "frontier": after.to_bytes(), "note": head.note}],
        )
        if self.keys:
            self.connection.execute(insert(schema.keys), self.keys)
        if self.subjects:
            self.connection.execute(insert(schema.subjects), self.subjects)
        return head


Job = Callable[[Batch], T]


@dataclass(frozen=True, slots=True)
class _Waiting:
    job: Job[Any]
    future: Future[tuple[Any, Head]]


class Writer:
    """The writer of one database; `start` reads the tree and starts the thread, `close` drains the queue."""

    def __init__(self, engine: Engine, name: str, sign: Callable[[int, bytes], str]) -> None:
        self._engine = engine
        self._name = name
        self._sign = sign
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="decision-log-writer", daemon=True)

    def start(self) -> None:
        """Start writing; LogDamaged where the tree and the entries do not belong together."""
        try:
            with self._engine.begin() as connection:
                read_frontier(connection, self._name)
        except DATABASE_ERRORS as fault:
            raise database_failed(fault, self._name) from fault
        self._thread.start()

    def submit(self, job: Job[T], *, wait: float | None = None) -> tuple[T, Head]:
        """The job's result and the tree after its commit, once that is durable.

        Raises what the job raised, or LogUnavailable where the log is closed, the commit failed or did not
        come within `wait` seconds (default 30).
        """
        future: Future[tuple[T, Head]] = Future()
        with self._gate:
            if self._closed:
                raise unavailable("log-closed", self._name)
            self._queue.put(_Waiting(job, future))
        try:
            return future.result(_WAIT_SECONDS if wait is None else wait)
        except TimeoutError as fault:
            # Still waiting: it will not be written. Under way: it may be written, unanswered.
            future.cancel()
            raise unavailable("log-slow", self._name) from fault

    def close(self) -> None:
        """Write what waits, then stop; further jobs are refused. Calling it again does nothing."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            waiting = [self._queue.get()]
            # All that stand in the queue now; those that come later make the next batch.
            waiting += [self._queue.get() for _ in range(self._queue.qsize())]
            closing = waiting[-1] is None
            batch = [item for item in waiting if item and item.future.set_running_or_notify_cancel()]
            if batch:
                self._serve(batch)
        self._disconnect()

    def _serve(self, waiting: list[_Waiting]) -> None:
        try:
            outcomes, head = self._transact(waiting)
        except Exception as fault:  # Whatever it is, the waiters raise it; this thread lives on.
            self._disconnect()
            for item in waiting:
                item.future.set_exception(self._for_waiter(fault))
            return
        for item, (result, failed) in zip(waiting, outcomes, strict=True):
            if failed is None:
                item.future.set_result((result, head))
            else:
                item.future.set_exception(failed)

    def _transact(self, waiting: list[_Waiting]) -> tuple[list[tuple[Any, Exception | None]], Head]:
        """Run the jobs in one transaction and commit; a job that fails by itself leaves the others alone."""
        connection, transaction = self._begin()
        batch = Batch(connection, read_frontier(connection, self._name), self._sign)
        outcomes: list[tuple[Any, Exception | None]] = []
        for item in waiting:
            try:
                outcomes.append((item.job(batch), None))
            except DATABASE_ERRORS:
                raise
            except Exception as fault:  # Raised again in the thread that handed the job in.
                outcomes.append((None, fault))
        head = batch.flush()
        self._commit(transaction)
        return outcomes, head

    def _commit(self, transaction: Transaction) -> None:
        transaction.commit()

    def _begin(self) -> tuple[Connection, Transaction]:
        """The connection and a transaction that shuts out every other writer.

        A connection kept since an earlier batch may have died unseen, as when the database was restarted:
        nothing was written over it yet, so a fresh one is tried.
        """
        if self._connection is not None:
            try:
                return self._connection, self._connection.begin()
            except DBAPIError as fault:
                if not fault.connection_invalidated:
                    raise
                self._disconnect()
        self._connection = self._engine.connect()
        return self._connection, self._connection.begin()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # Not a rollback on a connection in doubt: closing it makes the database roll back.
            connection.invalidate()
            connection.close()

    def _for_waiter(self, fault: Exception) -> Exception:
        """An exception of the waiter's own: one object raised in many threads would mix their tracebacks."""
        if isinstance(fault, DATABASE_ERRORS):
            return database_failed(fault, self._name)
        if isinstance(fault, LogFault):
            return type(fault)(*fault.problems)
        return fault


def read_frontier(connection: Connection, name: str) -> merkle.Frontier:
    """The tree after the last commit; LogDamaged where it does not belong to the entries there are."""
    row = connection.execute(_HEAD).one()
    size, root, raw = (0, merkle.EMPTY_ROOT, b"") if row.size is None else (row.size, row.root, row.frontier)
    try:
        frontier = merkle.Frontier.from_bytes(size, raw)
    except ValueError:
        frontier = None
    if frontier is None or frontier.root() != root or row.entries != size:
        raise LogDamaged(problem("log-head-differs", place(name), size=size, entries=row.entries))
    return frontier
