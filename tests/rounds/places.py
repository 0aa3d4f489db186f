"""A log with decisions on samples, and a panel sheet that a test fills in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from service.api.app import create_app
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.policy.library import load_library
from service.rounds.archive import RevisionArchive
from service.rounds.deciding import Decider
from service.rounds.questions import Asked, Questions, decisions_of
from service.rounds.sheet import COLUMNS, write_workbook

ROOT = Path(__file__).parents[2]
APPLICATIONS = ROOT / "tests" / "data" / "applications"
POLICY, EDITION = "lucheng-skills-master-studio", "2024"
# Two that wait for people alone, the second for an exception too; one ineligible, one incomplete.
SAMPLES = ("G01", "G10", "G02", "G07")
SHEET, FIRST = "评审表", 4
NOW = dt.datetime(2024, 8, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
UPHELD = {
    "result": "成立",
    "reason": "评审组会议认定",
    "by": "专家评审组",
    "on": dt.date(2024, 7, 15),
    "conflict": "无利害关系",
    "evidence": "会议纪要；现场照片",
}


@dataclass(frozen=True)
class Place:
    """A folder with a log."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(
            policies=ROOT / "policies",
            database_url=f"sqlite:///{self.folder / 'log.db'}",
            key_file=self.folder / "master.key",
        )

    @property
    def options(self) -> tuple[str, ...]:
        """The settings as options of a command."""
        held = self.settings
        return ("--database-url", held.database_url, "--key-file", str(held.key_file))

    @contextmanager
    def open(self, **options: Any) -> Iterator[DecisionLog]:
        with DecisionLog.open(self.settings.database_url, key_file=self.settings.key_file, **options) as log:
            yield log

    def asked(self, **options: Any) -> Asked:
        """The questions as the sheet has them."""
        snapshot, _ = load_library(self.settings.policies)
        assert snapshot is not None
        policy = snapshot.find(POLICY, EDITION)
        assert policy is not None
        asked = Asked()
        with self.open(read_only=True) as log, Questions(log) as questions:
            for item, replaced in decisions_of(log, policy):
                questions.add(asked, item, replaced=replaced, **options)
        return asked

    def sheet(self, name: str = "sheet.xlsx", **options: Any) -> Path:
        """A blank sheet."""
        path = self.folder / name
        write_workbook(self.asked().questions, "评审", path, **options)
        return path


def made(folder: Path, revisions: Revisions) -> Place:
    """A log with a decision on each sample."""
    place = Place(folder)
    with place.open() as log:
        client = create_app(place.settings, revisions, log).test_client()
        for name in SAMPLES:
            held = json.loads((APPLICATIONS / f"{name}.json").read_text(encoding="utf-8"))
            reply = client.post(f"/v1/policies/{POLICY}/decisions?edition={EDITION}", json=held["application"])
            assert reply.status_code == 201, reply.text
    return place


@contextmanager
def decider(log: DecisionLog, revisions: Revisions) -> Iterator[Decider]:
    """Who decides with the policies of this repository, at a time after the days on the sheet."""
    with revisions.hold() as revision:
        yield Decider(
            log=log, archive=RevisionArchive(log), revision=revision, requested_by="经办:test", clock=lambda: NOW
        )


@contextmanager
def edited(path: Path) -> Iterator[Worksheet]:
    """The sheet of a workbook, saved afterwards."""
    book = load_workbook(path)
    yield book[SHEET]
    book.save(path)


def fill(path: Path, rows: Mapping[int, Mapping[str, Any]] | None = None, *, gating: bool = True) -> Path:
    """Fill in every question a verdict waits for (unless not `gating`), then `rows` by row and column's name."""
    with edited(path) as sheet:
        for row in range(FIRST, sheet.max_row + 1) if gating else ():
            if sheet.cell(row, COLUMNS.index("gates") + 1).value == "影响结论":
                exception = sheet.cell(row, COLUMNS.index("kind") + 1).value == "exception"
                put(sheet, row, {**UPHELD, "result": "批准例外" if exception else "成立"})
        for row, cells in (rows or {}).items():
            put(sheet, row, cells)
    return path


def put(sheet: Worksheet, row: int, cells: Mapping[str, Any]) -> None:
    """Write cells of a row by the names of their columns."""
    for name, value in cells.items():
        sheet.cell(row, COLUMNS.index(name) + 1).value = value
