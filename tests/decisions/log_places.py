"""A log of its own for a test, and what is done to it."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from service.decisions import merkle
from service.decisions.entry import DecisionDraft
from service.decisions.log import DecisionLog
from service.decisions.notes import Verifier
from service.decisions.schema import APPEND_ONLY, metadata
from service.decisions.signing import Signing
from tests.databases import administrator, schema

DATA = Path(__file__).parent / "data"
ZONE = timezone(timedelta(hours=8))
ON = datetime(2024, 7, 1, 9, 30, tzinfo=ZONE)
POLICY_TEXT = b"policy: studio\n"
TABLE_TEXT = b"levels: [1, 2]\n"


@dataclass
class Place:
    """A folder with a log in a SQLite file, and how to open it and write to it."""

    folder: Path
    application: dict[str, Any]
    opened: list[DecisionLog] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "log.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "secret" / "master.keys"

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        return Signing.open(self.key_file.with_name("signing.key"), create=False).verifiers

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    def open(self, **options: Any) -> DecisionLog:
        log = DecisionLog.open(self.url, key_file=self.key_file, **options)
        self.opened.append(log)
        return log

    def close(self) -> None:
        """Close every log that was opened here."""
        for log in self.opened:
            log.close()

    def copy_to(self, other: "Place") -> None:
        """The log as it stands, closed, to another place of its kind."""
        shutil.copytree(self.folder, other.folder, dirs_exist_ok=True)

    def draft(self, log: DecisionLog, **changes: Any) -> DecisionDraft:
        draft = DecisionDraft(
            policy_id="studio",
            edition="2024",
            policy_digest=log.archive("policy", "studio/2024.yaml", POLICY_TEXT),
            tables=(("levels", log.archive("table", "levels", TABLE_TEXT)),),
            requested_by="portal",
            received_at=ON,
            on=ON,
            application=self.application,
            findings=(),
            reply={
                "policy": {"id": "studio", "edition": "2024"},
                "overall": {"status": "eligible", "explanation": "张志强距法定退休11年8个月"},
                "missing": [],
            },
            overall="eligible",
            conditions={
                "master.years": {
                    "status": "satisfied",
                    "machine_status": "needs_review",
                    "deciding": True,
                    "actual": "11年8个月（法定退休日2036-03-15）",
                }
            },
        )
        return replace(draft, **changes)

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """The database as somebody with the file and a SQLite shell has it; `execute` it."""
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.create_function("leaf_hash", 1, merkle.leaf_hash)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Somebody else keeps the log to themselves."""
        with self.raw() as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def sql(self, statement: str) -> str:
        """A statement in the words of SQLite, in those of this database."""
        return statement

    def tamper(self, *statements: str) -> None:
        """Run SQL with the append-only triggers out of the way, and put them back."""
        with self.raw() as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(self.sql(statement))
            for _, sql in triggers:
                connection.execute(sql)

    def everything(self) -> bytes:
        """Every byte that was written."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())

    def count(self, table: str) -> int:
        with self.raw() as connection:
            query = f"SELECT count(*) FROM {table}"  # noqa: S608 - a table named by a test
            return connection.execute(query).fetchone()[0]


# What the statements of tests say in SQLite's words -> how PostgreSQL says it.
_WORDS = (
    (r"x'([0-9a-f]*)'", r"'\\x\1'::bytea"),
    (r"CAST\(replace\(CAST\((\w+) AS TEXT\)", r"convert_to(replace(convert_from(\1, 'UTF8')"),
    (r" AS BLOB\)", r", 'UTF8')"),
    (r"char\(10\)", "chr(10)"),
    (r"substr\(note, -(\d+)\)", r"right(note, \1)"),
)
_LEAF_HASH = """
CREATE FUNCTION leaf_hash(public bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT sha256('\\x00'::bytea || public) $$
"""


@dataclass
class PostgresPlace(Place):
    """A folder with a key file, the log in a schema of a PostgreSQL database."""

    schema: str = ""
    address: str = ""

    @property
    def url(self) -> str:
        return self.address

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """The database as its owner has it in a shell; `execute` it."""
        with administrator() as connection:
            connection.execute(f'SET search_path = "{self.schema}"')
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.raw() as other, other.transaction():
            other.execute("LOCK TABLE tree IN ACCESS EXCLUSIVE MODE")
            yield

    def sql(self, statement: str) -> str:
        for pattern, words in _WORDS:
            statement = re.sub(pattern, words, statement)
        return statement

    def tamper(self, *statements: str) -> None:
        with self.raw() as connection:
            connection.execute(_LEAF_HASH)
            for table in APPEND_ONLY:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                connection.execute(self.sql(statement))
            for table in APPEND_ONLY:
                for verb in ("update", "delete", "truncate"):
                    connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_{verb}")
            connection.execute("DROP FUNCTION leaf_hash")

    def everything(self) -> bytes:
        with self.raw() as connection:
            rows = [
                item if isinstance(item, bytes) else str(item).encode("utf-8")
                for table in metadata.tables
                for row in connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a known table
                for item in row
            ]
        return b"\n".join([super().everything(), *rows])

    def copy_to(self, other: "PostgresPlace") -> None:
        shutil.copytree(self.folder, other.folder, dirs_exist_ok=True)
        other.open().close()
        with other.raw() as connection:
            connection.execute("DELETE FROM secrets; DELETE FROM heartbeat")
            for table in metadata.tables:
                connection.execute(f'INSERT INTO {table} SELECT * FROM "{self.schema}".{table}')  # noqa: S608


@contextmanager
def a_place(kind: str, folder: Path, application: dict[str, Any]) -> Iterator[Place]:
    """A place for a log of this kind; the logs opened there are closed afterwards."""
    if kind == "sqlite":
        place = Place(folder, application)
        yield place
        place.close()
    else:
        with schema() as (name, url):
            place = PostgresPlace(folder, application, schema=name, address=url)
            yield place
            place.close()
