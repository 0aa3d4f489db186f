"""`eligibility panel-sheet` and `eligibility decide`: a dry run first, then all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli.program import run
from service.decisions.verification import verify
from tests.cli.command import eligibility
from tests.rounds.places import EDITION, FIRST, POLICY, ROOT, UPHELD, Place, fill

POLICIES = ("--policies", str(ROOT / "policies"))
JUDGED = (
    *("--about", "inheritance.training", "--result", "upheld", "--by", "王评审", "--on", "2024-07-15"),
    *("--reason", "记录齐全", "--evidence", "签到表", "--evidence", "教案", "--no-conflict"),
)


@pytest.fixture
def command(place: Place, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command on the log: exit code, standard output, standard error."""

    def called(*arguments: object) -> tuple[int, str, str]:
        code = run([*map(str, arguments), *POLICIES, *place.options])
        return (code, *capsys.readouterr())

    return called


def entries(place: Place) -> int:
    with place.open(read_only=True) as log:
        return len(log.list(limit=500))


def test_a_sheet_is_shown_dry_and_written_when_asked(place: Place, command: Any) -> None:
    out = place.folder / "评审表.xlsx"
    code, said, _ = command("panel-sheet", f"{POLICY}/{EDITION}", "--output", out)
    assert code == 0
    assert "2 份申报，13 个问题" in said
    fill(out)
    code, said, _ = command("decide", "--from", out)
    assert code == 0
    assert said.count("结论：提交专家评审 → 形式审查通过") == 2
    assert "没有写入" in said
    assert entries(place) == 4
    code, said, _ = command("decide", "--from", out, "--yes")
    assert (code, "已写入 2 个新的决定" in said) == (0, True)
    assert entries(place) == 6
    code, said, _ = command("decide", "--from", out, "--yes")
    assert code == 0
    assert "7 条认定已经在日志中" in said
    assert entries(place) == 6
    with place.open(read_only=True) as log:
        assert verify(log).sound


def test_a_faulty_sheet_is_refused_with_every_cell_and_writes_nothing(place: Place, command: Any) -> None:
    path = fill(place.sheet(), {FIRST + 1: {"result": "通过", "by": None}})
    code, said, told = command("decide", "--from", path, "--yes")
    assert (code, said) == (2, "")
    assert "评审表!H5" in told
    assert "成立、不成立" in told
    assert entries(place) == 4


def test_one_decision_is_made_by_options_and_the_second_time_told(place: Place, command: Any) -> None:
    code, said, _ = command("decide", "2", *JUDGED, "--yes", "--format", "json")
    assert code == 0
    (made,) = json.loads(said)["decisions"]
    assert (made["before"], made["after"], made["sequence"]) == ("needs_review", "needs_review", 6)
    assert made["findings"] == [
        {
            "about": "inheritance.training",
            "kind": "judgement",
            "result": "upheld",
            "conflict": "none",
            "by": "王评审",
            "before": "needs_review",
            "after": "satisfied",
        }
    ]
    code, said, _ = command("decide", "2", *JUDGED, "--yes", "--format", "json")
    assert json.loads(said) == {"written": False, "recorded_before": 1, "decisions": []}
    code, _, told = command("decide", "2", *JUDGED, "--reason", "另一个理由", "--yes")
    assert code == 2
    assert made["decision_id"] in told.replace("\n", "")


def test_an_exception_is_known_by_what_is_asked(command: Any) -> None:
    options = ("--about", "master.years-to-retirement", *JUDGED[2:], "--format", "json")
    code, said, _ = command("decide", "3", *options)
    assert code == 0
    (made,) = json.loads(said)["decisions"]
    assert (made["findings"][0]["kind"], made["findings"][0]["after"]) == ("exception", "satisfied")


def test_who_recuses_gives_no_result(place: Place, command: Any) -> None:
    away = ("--about", "master", "--by", "李评审", "--on", "2024-07-15", "--recused", "领办人的师父")
    code, said, _ = command("decide", "2", *away, "--yes")
    assert (code, "回避" in said) == (0, True)
    with place.open(read_only=True) as log:
        stored = log.get(log.list(limit=1)[0].decision_id)
    assert stored is not None
    assert stored.findings[0]["conflict_note"] == "领办人的师父"
    code, _, told = command("decide", "3", *away, "--result", "upheld")
    assert code == 2
    assert "--result" in told


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["decide"], 2, "--from"),
        (["decide", "2", "--from", "x.xlsx"], 2, "二者只写其一"),
        (["decide", "--from", "x.xlsx", "--by", "甲"], 2, "二者只写其一"),
        (["decide", "2", *JUDGED, "--recused", "亲属"], 2, "--recused"),
        (["decide", "2"], 2, "inheritance.training"),
        (["decide", "2", "--about", "inheritance.training"], 2, "--evidence"),
        (["decide", "2", "--about", "nothing", *JUDGED[2:]], 2, "nothing"),
        (["decide", "99", *JUDGED], 2, "99"),
        (["decide", "1", *JUDGED], 2, "没有这个决定"),
        (["decide", "--from", "nothing.xlsx"], 2, "nothing.xlsx"),
        (["decide", "--from", "sheet.html"], 2, ".xlsx"),
        (["panel-sheet", f"{POLICY}/1999"], 2, "2024"),
        (["panel-sheet", f"{POLICY}/{EDITION}", "--output", "x.pdf"], 2, ".xlsx"),
    ],
)
def test_what_cannot_be_done_is_said(command: Any, arguments: list[str], code: int, words: str) -> None:
    found, said, told = command(*arguments)
    assert (found, said) == (code, "")
    assert words in told.replace("\n", "")


def test_a_sheet_somebody_may_have_filled_in_is_not_overwritten(place: Place, command: Any) -> None:
    out = place.folder / "表.html"
    out.write_text("filled", encoding="utf-8")
    code, _, told = command("panel-sheet", f"{POLICY}/{EDITION}", "--output", out)
    assert (code, "--overwrite" in told) == (2, True)
    assert out.read_text(encoding="utf-8") == "filled"
    assert command("panel-sheet", f"{POLICY}/{EDITION}", "--output", out, "--overwrite")[0] == 0
    assert "评审表" in out.read_text(encoding="utf-8")


def test_questions_as_data_are_filled_in_and_read_back(place: Place, command: Any) -> None:
    code, said, _ = command("panel-sheet", f"{POLICY}/{EDITION}", "--format", "json")
    assert code == 0
    given = {"result": "upheld", "reason": "理由", "by": "甲", "on": "2024-07-15", "conflict": "none"}
    data = [{**item, **given, "evidence": ["纪要"]} for item in json.loads(said) if item["gates"]]
    path = place.folder / "filled.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    code, said, _ = command("decide", "--from", path, "--yes")
    assert (code, "已写入 2 个" in said) == (0, True)


def test_the_commands_work_as_processes_of_their_own(place: Place) -> None:
    out = Path(place.folder / "p.xlsx")
    shown = eligibility("panel-sheet", f"{POLICY}/{EDITION}", "--output", out, *POLICIES, *place.options)
    assert (shown.code, shown.err) == (0, "")
    ended = eligibility("decide", "--from", fill(out, {FIRST: UPHELD}), *POLICIES, *place.options)
    assert (ended.code, ended.err) == (0, "")
    assert "没有写入" in ended.out
