"""The log in a PostgreSQL database: several processes, on several machines.

Writers take one advisory lock for the length of a transaction, so that one at a time reads the tree and adds to
it. A commit returns once it is on the disk. The server may go away at any time: what it left open is rolled back,
and connections are made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, pool, text

from service.decisions.connections import SETTING, Connections
from service.decisions.faults import DATABASE_ERRORS, database_failed, unavailable

# As it may be written; the driver is always psycopg 3.
DRIVERS = ("postgresql+psycopg", "postgresql", "postgres")
_BUSY_SECONDS = 15.0
# Readers at once in one process; more wait their turn.
_READERS = 8
# A host that is gone answers nothing: these make it an error within seconds. What the URL says comes first.
_CONNECT: dict[str, str | int] = {
    "application_name": "eligibility",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_READING = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
# READ COMMITTED: statements after the lock see what its last holder committed. A writer that hangs with the lock
# loses it. A stronger synchronous_commit than `on` stays.
_WRITING = """
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;
SET lock_timeout = '{busy}s';
SET idle_in_transaction_session_timeout = '30s';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'
"""
# One lock for each schema; the first number tells it from the locks of other programs.
_LOCK = "SELECT pg_advisory_xact_lock(1701604711, hashtext(coalesce(current_schema(), '')))"


def connect(url: URL, *, read_only: bool) -> Connections:
    """The connections to the database of `url`; no table is looked at.

    Raises LogUnavailable where the driver is not psycopg or not installed, the server cannot be reached, or it is
    set to lose what it has committed.
    """
    if url.drivername not in DRIVERS:
        raise unavailable("log-url-unsupported", SETTING, backend=url.drivername)
    url = url.set(drivername=DRIVERS[0])
    name = f"postgresql://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database or ''}"
    try:
        read = _engine(url, _READING, pool.QueuePool, pool_size=_READERS, max_overflow=0, pool_pre_ping=True)
        write = None if read_only else _engine(url, _WRITING.format(busy=_BUSY_SECONDS), pool.NullPool)
    except ModuleNotFoundError as fault:
        raise unavailable("log-driver-missing", SETTING) from fault
    if write is None:
        return Connections(name, read, None, read.dispose)

    @event.listens_for(write, "begin")
    def _lock(connection: Connection) -> None:
        connection.exec_driver_sql(_LOCK)

    try:
        _require_durable(read, name)
    except DATABASE_ERRORS as fault:
        read.dispose()
        raise database_failed(fault, name) from fault
    return Connections(name, read, write, read.dispose)


def _engine(url: URL, settings: str, poolclass: type[pool.Pool], **options: Any) -> Engine:
    given = {key: value for key, value in _CONNECT.items() if key not in url.query}
    # hide_parameters: a database error must not carry values into a traceback.
    engine = create_engine(url, connect_args=given, poolclass=poolclass, hide_parameters=True, **options)
    event.listen(engine, "connect", _setter(settings))
    event.listen(engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def _without_nul(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> tuple[str, Any]:
    """PostgreSQL keeps no NUL in a text: who looks for one looks for a character that stands nowhere either."""
    if not many and isinstance(values, dict):
        values = {
            key: value.replace("\0", "\uffff") if isinstance(value, str) else value for key, value in values.items()
        }
    return statement, values


def _setter(settings: str) -> Callable[[Any, Any], None]:
    def apply(connection: Any, _: Any) -> None:
        # Outside a transaction, so that no rollback takes the settings back.
        connection.autocommit = True
        connection.execute(settings)
        connection.autocommit = False

    return apply


def _require_durable(engine: Engine, name: str) -> None:
    """LogUnavailable where a commit need not survive a loss of power: no setting of ours can mend that."""
    with engine.connect() as connection:
        if connection.scalar(text("SHOW fsync")) != "on":
            raise unavailable("log-not-durable", name)
