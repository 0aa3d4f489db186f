"""`eligibility log export` for reading: the filters of the list, cells no program computes, a file Excel takes."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from service.cli import program
from service.config import Settings
from service.decisions.entry import DecisionDraft
from service.decisions.log import DecisionLog

STATE = {"status": "not_satisfied", "machine_status": "needs_review", "deciding": True}
EVIL = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "＝1")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A log of decisions asked for by names that would be formulas."""
    folder = tmp_path_factory.mktemp("export")
    settings = Settings(database_url=f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key")
    with DecisionLog.open(settings.database_url, key_file=settings.key_file) as log:
        digest = log.archive("policy", "p/2024.yaml", b"policy")
        for name in EVIL:
            at = datetime(2024, 6, 1, 12, tzinfo=UTC)
            log.append(
                DecisionDraft(
                    policy_id="p", edition="2024", policy_digest=digest, tables=(), requested_by=name, received_at=at,
                    on=at, application={"n": "张三"}, findings=(), reply={"overall": {"status": "ineligible"}},
                    overall="ineligible", conditions={"master": STATE, "master.age": STATE},
                )
            )  # fmt: skip
    return settings


def _export(written: Settings, *arguments: object) -> int:
    places = ("--database-url", written.database_url, "--key-file", written.key_file)
    return program.run(["log", "export", *map(str, (*arguments, *places))])


def test_csv_has_a_row_an_entry_and_no_formula(written: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert _export(written, "--format", "csv") == 0
    said = capsys.readouterr().out
    assert "张三" not in said
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [row["请求方"] for row in rows] == [f"'{name}" for name in reversed(EVIL)]
    assert {row["未符合的部分和条件"] for row in rows} == {"master：不符合；master.age：不符合"}
    assert {row["结论"] for row in rows} == {"不符合"}


def test_a_csv_file_begins_with_the_mark_that_spreadsheets_look_for(written: Settings, tmp_path: Path) -> None:
    assert _export(written, "--output", tmp_path / "日志.csv") == 0
    raw = (tmp_path / "日志.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == len(EVIL) + 1


def test_the_workbook_has_entries_and_their_conditions(written: Settings, tmp_path: Path) -> None:
    target = tmp_path / "日志.xlsx"
    assert _export(written, "--output", target) == 0
    book = load_workbook(target)
    assert book.sheetnames == ["条目", "条件"]
    entries, conditions = (list(sheet.iter_rows(values_only=True)) for sheet in book)
    assert [row[4] for row in entries[1:]] == [f"'{name}" for name in reversed(EVIL)]
    assert len(conditions) == 1 + 2 * len(EVIL)
    assert conditions[2][2:] == ("master.age", None, "不符合", "待人工评审", "是")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_filters_narrow_what_is_exported(written: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, count in (
        (("--condition", "master.age", "--condition-status", "not_satisfied"), len(EVIL)),
        (("--status", "eligible"), 0),
        (("--until", "2024-01-01"), 0),
    ):
        assert _export(written, "--format", "csv", *arguments) == 0
        assert len(list(csv.reader(io.StringIO(capsys.readouterr().out)))) == 1 + count


def test_many_entries_are_read_page_by_page(
    written: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.cli.log_export._AT_ONCE", 2)
    assert _export(written, "--format", "csv") == 0
    assert len(list(csv.reader(io.StringIO(capsys.readouterr().out)))) == 1 + len(EVIL)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "xlsx"), "--output"), (("--status", "eligible"), "整份"), (("--format", "pdf"), "csv"),
        (("--format", "csv", "--output", "/nowhere/x.csv"), "x.csv"),
        (("--output", "/nowhere/x.xlsx"), "x.xlsx"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_told(
    written: Settings, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _export(written, *arguments) == 2
    assert told in capsys.readouterr().err
