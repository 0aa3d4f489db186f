"""The log in a SQLite file.

WAL and synchronous=FULL, so that a commit is on the disk when it returns; one process serves, held by a lock
file beside the database; commands write beside it, a transaction each; readers see a snapshot and cannot write.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, pool

from service.decisions.connections import SETTING, Connections
from service.decisions.faults import DATABASE_ERRORS, unavailable

# Long: whoever writes all the time leaves the others but short moments, and who waits tries only ten times a second.
_BUSY_SECONDS = 25.0
# Readers at once; more wait their turn.
_READERS = 8
# Auditors on the machine read as members of the group.
_FILE_MODE = 0o640


def connect(url: URL, *, create: bool, read_only: bool, serving: bool) -> Connections:
    """The connections to the SQLite file of `url`; no table is looked at.

    With `serving`, this process alone holds the file until it lets go. Raises LogUnavailable where the file is
    missing and not to be made, another process serves it, or the URL names no file.
    """
    if url.database in (None, "", ":memory:"):
        raise unavailable("log-url-unsupported", SETTING, backend="sqlite")
    # Symbolic links resolved, so that one file has one lock.
    path = Path(str(url.database)).resolve()
    if not path.exists() and (read_only or not create):
        raise unavailable("log-missing", path)
    read = _reader(path)
    if read_only:
        return Connections(str(path), read, None, read.dispose)
    _make_folder(path)
    lock = _lock(path) if serving else None
    write = _writer(path)

    def release() -> None:
        read.dispose()
        # Closed last, a connection that may write moves the WAL into the file: what is left is one file.
        with contextlib.suppress(*DATABASE_ERRORS), write.connect():
            pass
        if lock is not None:
            os.close(lock)

    return Connections(str(path), read, write, release)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise unavailable("log-directory-unwritable", path.parent) from fault


def _lock(path: Path) -> int:
    """The descriptor that holds the database's lock; the system frees it however the process ends."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise unavailable("log-directory-unwritable", path.parent) from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "?"
        os.close(descriptor)
        raise unavailable("log-locked", path, process=holder) from fault
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    except OSError:
        pass  # The number is a courtesy to the next process; the lock holds on a full disk too.
    return descriptor


def _writer(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        _make(path)
        connection = _open(path, "rwc")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA recursive_triggers = ON")
        # What is deleted is overwritten: a destroyed key must not be read from the file's free space.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    # No pool: closing after a fault really closes, and the next batch starts on a fresh file handle.
    return _engine(connect, "BEGIN IMMEDIATE", pool.NullPool)


def _reader(path: Path) -> Engine:
    return _engine(lambda: _open(path, "ro"), "BEGIN", pool.QueuePool, pool_size=_READERS, max_overflow=0)


def _make(path: Path) -> None:
    """Make the file that only its owner and group may read; SQLite gives those beside it the same rights."""
    # There already, or not to be made: SQLite says so in its own way.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE))


def _open(path: Path, mode: str) -> sqlite3.Connection:
    # isolation_level None: transactions begin where we say, not where the driver guesses.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
    )
    # Text that somebody made no text is for verification to name, not for the driver to fail on.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


def _engine(
    connect: Callable[[], sqlite3.Connection], begin: str, poolclass: type[pool.Pool], **options: int
) -> Engine:
    # hide_parameters: a database error must not carry values into a traceback.
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=poolclass, hide_parameters=True, **options)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
