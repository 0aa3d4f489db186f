"""The tables of the log brought to the newest migration, once, whoever comes first."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import ColumnClause, Connection, inspect, select, table
from sqlalchemy.sql import column

from service.decisions.faults import unavailable

# Alembic keeps the migration under way in module globals.
_migrating = threading.Lock()


def revision(connection: Connection) -> str | None:
    """The migration the tables stand at; None where there are none. Leaves no transaction open."""
    made = inspect(connection).has_table("alembic_version")
    number: ColumnClause[str] = column("version_num")
    found = connection.scalar(select(number).select_from(table("alembic_version"))) if made else None
    connection.rollback()
    return found


def migrate(connection: Connection, name: str) -> None:
    """Bring the tables to the newest migration in one transaction, which shuts out every other writer.

    Another process may have done so meanwhile: then nothing is left to do. Raises LogUnavailable where the tables
    are of a migration that is not known here.
    """
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
