"""The log's database: which one it is, opening it with its tables up to date, closing it."""

from __future__ import annotations

from sqlalchemy import URL, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.decisions import postgres, schema, sqlite
from service.decisions.connections import SETTING, Connections
from service.decisions.faults import DATABASE_ERRORS, LogUnavailable, database_failed, unavailable
from service.decisions.migrating import migrate, revision


class Database:
    """One open log database; `read` gives snapshots, `write` the writer's transactions, None if read-only.

    `name` is the file's path, or the server and database, for problems.
    """

    def __init__(self, connections: Connections) -> None:
        self.name = connections.name
        self.write = connections.write
        self._read = connections.read
        self._release = connections.release
        self._open = True

    @classmethod
    def open(cls, url: str, *, create: bool, read_only: bool, serving: bool = False) -> Database:
        """Open and migrate the database at the SQLAlchemy `url`, making file and tables if missing and `create`.

        With `serving`, one process alone holds a SQLite file until it closes it. Raises LogUnavailable where the
        URL names neither a SQLite file nor a PostgreSQL database, that cannot be opened, another process serves
        it, or its tables are missing or of a newer version.
        """
        parsed = _parse(url)
        if is_shared(url):
            connections = postgres.connect(parsed, read_only=read_only)
        elif parsed.get_backend_name() == "sqlite":
            connections = sqlite.connect(parsed, create=create, read_only=read_only, serving=serving)
        else:
            raise unavailable("log-url-unsupported", SETTING, backend=parsed.get_backend_name())
        database = cls(connections)
        try:
            database._prepare(create=create)
        except LogUnavailable:
            database.close()
            raise
        except DATABASE_ERRORS as fault:
            database.close()
            raise database_failed(fault, database.name) from fault
        return database

    @property
    def read(self) -> Engine:
        """Where snapshots come from; LogUnavailable once the database is closed."""
        if not self._open:
            raise unavailable("log-closed", self.name)
        return self._read

    def close(self) -> None:
        """Close every connection and let the next process serve; calling it again does nothing."""
        if self._open:
            self._open = False
            self._release()

    def _prepare(self, *, create: bool) -> None:
        with (self.write or self.read).connect() as connection:
            found = revision(connection)
            if found == schema.REVISION:
                return
            if found is None and connection.dialect.name != "sqlite" and not (create and self.write):
                raise unavailable("log-missing", self.name)
            if self.write is None:
                raise unavailable("log-schema-differs", self.name)
            migrate(connection, self.name)


def is_shared(url: str) -> bool:
    """Whether several processes may serve the log at the SQLAlchemy `url`: PostgreSQL, not SQLite."""
    return _parse(url).get_backend_name() in postgres.DRIVERS


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # These may quote what they could not read.
        raise unavailable("log-url-malformed", SETTING) from None
