"""The log's database: where it is, who may open it, how its connections are set, its migrations.

SQLite: WAL and synchronous=FULL, so that a commit is on the disk when it returns; one process serves, held by
a lock file beside the database; commands write beside it, a transaction each; readers see a snapshot and cannot
write.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, pool, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import column

from service.decisions import schema
from service.decisions.faults import DATABASE_ERRORS, LogUnavailable, database_failed, unavailable

_BUSY_SECONDS = 5.0
# Readers at once; more wait their turn.
_READERS = 8
# Alembic keeps the migration under way in module globals.
_migrating = threading.Lock()


class Database:
    """One open log database; `read` gives snapshots, `write` the writer's connections, None if read-only.

    `name` is the file's path, for problems.
    """

    def __init__(self, name: str, read: Engine, write: Engine | None, lock: int | None) -> None:
        self.name = name
        self.read = read
        self.write = write
        self._lock = lock

    @classmethod
    def open(cls, url: str, *, create: bool, read_only: bool, serving: bool = False) -> Database:
        """Open and migrate the database at the SQLAlchemy `url`, making it if missing and `create`.

        With `serving`, one process alone holds a SQLite file until it closes it. Raises LogUnavailable where the
        URL is no SQLite file, the file is missing, another process serves it, or its tables are of a newer
        version.
        """
        path = _path_of(url)
        if not path.exists() and (read_only or not create):
            raise unavailable("log-missing", path)
        if read_only:
            database = cls(str(path), _reader(path), None, None)
        else:
            _make_folder(path)
            lock = _lock(path) if serving else None
            database = cls(str(path), _reader(path), _writer(path), lock)
        try:
            database._prepare()
        except LogUnavailable:
            database.close()
            raise
        except DATABASE_ERRORS as fault:
            database.close()
            raise database_failed(fault, path) from fault
        return database

    def close(self) -> None:
        """Close every connection and let the next process serve."""
        self.read.dispose()
        if self.write is not None:
            # Closed last, a connection that may write moves the WAL into the file: what is left is one file.
            with contextlib.suppress(*DATABASE_ERRORS), self.write.connect():
                pass
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepare(self) -> None:
        if self.write is not None:
            with self.write.connect() as connection:
                if _revision(connection) != schema.REVISION:
                    _migrate(connection, self.name)
            return
        with self.read.connect() as connection:
            if _revision(connection) != schema.REVISION:
                raise unavailable("log-schema-differs", self.name)


def _path_of(url: str) -> Path:
    """The database file of a SQLite URL, symbolic links resolved so that one file has one lock."""
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        # The URL itself may hold a password and is not repeated.
        raise unavailable("log-url-malformed", "ELIGIBILITY_DATABASE_URL") from fault
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise unavailable("log-url-unsupported", "ELIGIBILITY_DATABASE_URL", backend=parsed.get_backend_name())
    return Path(str(parsed.database)).resolve()


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
        connection = _connect(path, "rwc")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA recursive_triggers = ON")
        # What is deleted is overwritten: a destroyed key must not be read from the file's free space.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    # No pool: closing after a fault really closes, and the next batch starts on a fresh file handle.
    return _engine(connect, "BEGIN IMMEDIATE", pool.NullPool)


def _reader(path: Path) -> Engine:
    return _engine(lambda: _connect(path, "ro"), "BEGIN", pool.QueuePool, pool_size=_READERS, max_overflow=0)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
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


def _revision(connection: Connection) -> str | None:
    """The migration the tables stand at; None for an empty database."""
    master = table("sqlite_master", column("name"))
    made = connection.scalar(select(master.c.name).where(master.c.name == "alembic_version"))
    revision: str | None = (
        connection.scalar(select(column("version_num")).select_from(table("alembic_version"))) if made else None
    )
    connection.rollback()
    return revision


def _migrate(connection: Connection, name: str) -> None:
    """Bring the tables to the newest migration in one transaction; unknown newer ones are refused."""
    from alembic import command  # Slow, and needed only where the tables are not up to date.
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _migrating:
        try:
            with connection.begin():
                command.upgrade(config, "head")
        except CommandError as fault:
            raise unavailable("log-schema-differs", name) from fault
