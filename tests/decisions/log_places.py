"""A folder with a log, and what a test does to it."""

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
from service.decisions.signing import Signing

DATA = Path(__file__).parent / "data"
ZONE = timezone(timedelta(hours=8))
ON = datetime(2024, 7, 1, 9, 30, tzinfo=ZONE)
POLICY_TEXT = b"policy: studio\n"
TABLE_TEXT = b"levels: [1, 2]\n"


@dataclass
class Place:
    """A folder with a log, and how to open it and write to it."""

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
    def raw(self) -> Iterator[sqlite3.Connection]:
        """The database as somebody with the file and a SQLite shell has it."""
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.create_function("leaf_hash", 1, merkle.leaf_hash)
        try:
            yield connection
        finally:
            connection.close()

    def tamper(self, *statements: str) -> None:
        """Run SQL with the append-only triggers out of the way, and put them back."""
        with self.raw() as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
            for _, sql in triggers:
                connection.execute(sql)

    def count(self, table: str) -> int:
        with self.raw() as connection:
            query = f"SELECT count(*) FROM {table}"  # noqa: S608 - a table named by a test
            return connection.execute(query).fetchone()[0]
