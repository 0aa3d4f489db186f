"""A log's database as somebody with all rights to it has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

#: How either driver tells what a trigger refuses.
REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)


@dataclass(frozen=True)
class Owned:
    """A log's database, by its URL and as somebody with all rights to it has it."""

    url: str
    opened: Callable[[], Any]
    postgres: bool

    def run(self, *statements: str, unguarded: bool = False) -> None:
        """Run SQL written for SQLite, with `unguarded` without the triggers."""
        with self.opened() as connection:
            for verb in ("update", "delete", "truncate" if self.postgres else "replace") if unguarded else ():
                connection.execute(f"DROP TRIGGER api_keys_no_{verb}{' ON api_keys' if self.postgres else ''}")
            for statement in statements:
                connection.execute(statement.replace("x'00'", "'\\x00'::bytea") if self.postgres else statement)
