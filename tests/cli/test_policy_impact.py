"""`eligibility policy impact`: files and the log, the edition each is taken from, table, JSON and workbook."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, Ended, eligibility
from openpyxl import load_workbook

from service.api.app import create_app
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.rounds.cells import neutral

CHANGES = ROOT / "tests" / "data" / "policies" / "changes"
JSON = ("--format", "json")
APPLICATION: dict[str, Any] = {
    "applied_on": "2024-05-01",
    "started": "2010-01-01",
    "age": 57,
    "area": 40,
    "funds": 800,
    "kind": "企业",
    "plan": "张三的计划",
    "site": "有",
    "phone": "13800000000",
    "staff": [{"number": str(n), "months": 30, "hurt": False} for n in range(3)],
}


def _edition(folder: Path, change: str, year: str) -> None:
    text = (CHANGES / f"{change}.yaml").read_text("utf-8")
    text = text.replace("edition: 2024", f"edition: {year}").replace(
        "{from: 2024-01-01, until: 2024", f"{{from: {year}-01-01, until: {year}"
    )
    (folder / f"{year}.yaml").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Editions of 2023 and 2024 that agree, and of 2025 with a lower limit of age."""
    made = tmp_path_factory.mktemp("impact") / "policies"
    (made / "small").mkdir(parents=True)
    for change, year in (("base", "2023"), ("base", "2024"), ("upper-limit-lowered", "2025")):
        _edition(made / "small", change, year)
    return made


@pytest.fixture
def applications(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    _write(made / "a.json", APPLICATION)
    _write(made / "b.json", {"application": {**APPLICATION, "age": 40}, "edition": "2023", "findings": []})
    return made


def _write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


def _impact(folder: Path, *arguments: object, **more: Any) -> Ended:
    return eligibility("policy", "impact", *arguments, "--policies", folder, **more)


# --- files ---


def test_the_summary_comes_first_then_who_changes_and_by_what(folder: Path, applications: Path) -> None:
    ended = _impact(folder, "2025", "--against", applications)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.index("结论变差 1") < ended.out.index("a.json")
    assert "b.json" not in ended.out
    unspaced = "".join(ended.out.split())
    assert "年龄：符合→不符合" in unspaced
    assert "提交专家评审→不符合：1份" in unspaced
    assert "张三" not in ended.out


def test_each_is_taken_from_its_own_edition(folder: Path, applications: Path) -> None:
    found = _impact(folder, "2025", "--against", applications, *JSON).json
    assert [(item["edition"], item["direction"]) for item in found["applications"]] == [
        ("2024", "worse"),
        ("2023", "same"),
    ]
    named = _impact(folder, "2025", "--against", applications, "--from", "2023", *JSON).json
    assert [item["edition"] for item in named["applications"]] == ["2023", "2023"]


def test_where_no_other_edition_is_in_force_the_newest_older_one_is_taken(folder: Path, tmp_path: Path) -> None:
    late = _write(tmp_path / "late.json", {**APPLICATION, "applied_on": "2025-05-01"})
    blank = _write(tmp_path / "blank.json", {**APPLICATION, "applied_on": None})
    found = _impact(folder, "2025", "--against", late, blank, *JSON).json
    assert [item["edition"] for item in found["applications"]] == ["2024", "2024"]
    oldest = _impact(folder, "2023", "--against", late, blank, *JSON)
    assert oldest.code == 2
    assert [item["edition"] for item in oldest.json["applications"]] == ["2025"]
    assert oldest.json["unreadable"][0]["problems"][0]["code"] == "impact-no-edition"


def test_a_draft_anywhere_is_compared_with_the_edition_of_its_name(
    folder: Path, applications: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "draft" / "small"
    draft.mkdir(parents=True)
    _edition(draft, "upper-limit-lowered", "2024")
    found = _impact(folder, draft / "2024.yaml", "--against", applications / "a.json", *JSON).json
    assert [(item["edition"], item["direction"]) for item in found["applications"]] == [("2024", "worse")]


def test_lines_and_standard_input_are_read_as_assess_reads_them(folder: Path, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(item) for item in [APPLICATION, {**APPLICATION, "age": 30}])
    (tmp_path / "a.ndjson").write_text(lines, "utf-8")
    found = _impact(folder, "2025", "--against", tmp_path / "a.ndjson", *JSON).json
    assert [item["name"].rpartition(":")[2] for item in found["applications"]] == ["1", "2"]
    piped = _impact(folder, "2025", "--against", "-", *JSON, stdin=lines.encode()).json
    assert piped["summary"] == found["summary"]


def test_what_cannot_be_read_is_told_in_the_end_with_exit_2(folder: Path, applications: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", "utf-8")
    faults = {
        "nowhere.json": None,
        "edition.json": {"application": APPLICATION, "edition": 2024},
        "unknown.json": {"application": APPLICATION, "edition": "1999"},
        "faulty.json": {**APPLICATION, "nobody": 1},
    }
    paths = [broken]
    for name, value in faults.items():
        paths.append(tmp_path / name)
        if value is not None:
            _write(tmp_path / name, value)
    ended = _impact(folder, "2025", "--against", applications / "a.json", *paths, *JSON)
    assert ended.code == 2
    assert ended.json["summary"]["total"] == 1
    codes = [item["problems"][0]["code"] for item in ended.json["unreadable"]]
    assert codes == ["json-syntax", "input-missing", "input-edition-text", "input-edition-unknown", "fault-unknown-key"]
    shown = _impact(folder, "2025", "--against", *paths)
    assert shown.code == 2
    assert "不能读取的 5 份" in shown.out


def test_a_day_given_is_the_day_of_application_under_the_new_edition_alone(folder: Path, tmp_path: Path) -> None:
    written = _write(tmp_path / "a.json", {**APPLICATION, "started": "2019-05-02"})
    asked = ("2024", "--against", written, "--from", "2023", *JSON)
    assert [item["direction"] for item in _impact(folder, *asked).json["applications"]] == ["same"]
    dated = _impact(folder, *asked, "--date", "2024-05-02").json["applications"]
    assert [item["direction"] for item in dated] == ["better"]
    assert _impact(folder, *asked, "--date", "2024-5").code == 2


def test_dropped_and_new_fields_are_told(folder: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft" / "small"
    draft.mkdir(parents=True)
    text = (CHANGES / "base.yaml").read_text("utf-8")
    text = text.replace("phone: {type: text, label: 电话}", "mobile: {type: text, label: 手机}").replace(
        "fact: phone,", "fact: mobile,"
    )
    (draft / "2024.yaml").write_text(text, "utf-8")
    path = _write(tmp_path / "a.json", APPLICATION)
    found = _impact(folder, draft / "2024.yaml", "--against", path, *JSON).json
    assert found["applications"][0]["dropped"] == ["phone"]
    assert found["summary"]["asked_anew"] == [{"fact": "mobile", "label": "手机"}]
    shown = _impact(folder, draft / "2024.yaml", "--against", path).out
    assert "phone" in shown
    assert "手机（mobile）" in shown
    back = _impact(folder, "2024", "--against", _write(tmp_path / "b.json", {**APPLICATION, "phone": "1"}), *JSON)
    assert back.json["summary"]["dropped"] == []


@pytest.mark.parametrize(
    "arguments", [(), ("a.json",), ("--against", "log", "a.json"), ("--against", "a.json", "--output", "a.csv")]
)
def test_a_wrong_command_line_is_exit_2(folder: Path, arguments: tuple[str, ...]) -> None:
    ended = _impact(folder, "2025", *arguments)
    assert ended.code == 2
    assert "eligibility policy impact" in ended.err


def test_an_unknown_edition_is_exit_2_and_a_faulty_one_exit_3(folder: Path, applications: Path, tmp_path: Path) -> None:
    assert _impact(folder, "2025", "--against", applications, "--from", "1999").code == 2
    broken = Path(shutil.copytree(folder, tmp_path / "policies"))
    (broken / "small" / "2023.yaml").write_text("{", "utf-8")
    assert _impact(broken, "2025", "--against", applications).code == 3


# --- the workbook ---


def test_the_workbook_holds_summary_and_rows_and_computes_nothing(folder: Path, tmp_path: Path) -> None:
    _write(tmp_path / "=1+1.json", APPLICATION)
    output = tmp_path / "out.xlsx"
    ended = eligibility(
        "policy", "impact", "2025", "--against", "=1+1.json", "--output", output, "--policies", folder,
        cwd=tmp_path, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert ended.code == 0
    assert str(output) in ended.out.replace("\n", "")
    first, second = load_workbook(output).worksheets
    assert "结论变差 1" in first["A2"].value
    row = [cell.value for cell in second[2]]
    assert row[0] == "'=1+1.json"
    assert row[1:5] == ["2024", "提交专家评审", "不符合", "变差"]
    assert "f" not in {cell.data_type for sheet in (first, second) for line in sheet for cell in line}


def test_a_workbook_that_cannot_be_written_is_exit_2(folder: Path, applications: Path, tmp_path: Path) -> None:
    ended = _impact(folder, "2025", "--against", applications, "--output", tmp_path / "none" / "out.xlsx")
    assert ended.code == 2
    assert ended.out == ""


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=a", "'=a"), ("+a", "'+a"), ("-a", "'-a"), ("@a", "'@a"), ("a=", "a="), ("\ta", "'\ta"), ("\x07", "?")],
)
def test_a_cell_never_begins_a_formula(text: str, cell: str) -> None:
    assert neutral(text) == cell


# --- the log ---


@pytest.fixture(scope="module")
def logged(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A log of three decisions, the last of them made again with a finding; the ids in order."""
    made = tmp_path_factory.mktemp("log")
    settings = Settings(
        policies=folder, database_url=f"sqlite:///{made / 'log.db'}", key_file=made / "master.key", reload_seconds=0
    )
    revisions = Revisions(folder)
    revisions.reload()
    ids = []
    with DecisionLog.open(settings.database_url, key_file=settings.key_file) as log:
        client = create_app(settings, revisions, log).test_client()
        for age in (57, 30, 57):
            answer = client.post("/v1/policies/small/decisions", json={**APPLICATION, "age": age})
            ids.append(answer.get_json()["decision_id"])
        finding = {"about": "staff.judged", "kind": "judgement", "result": "upheld", "by": "专家", "on": "2024-06-01"}
        answer = client.post(f"/v1/decisions/{ids[-1]}/findings", json=[finding])
        assert answer.status_code == 201, answer.get_json()
        ids.append(answer.get_json()["decision_id"])
    revisions.close()
    return made, ids


def _against_log(made: Path, folder: Path, *arguments: object) -> Ended:
    places = ("--database-url", f"sqlite:///{made / 'log.db'}", "--key-file", made / "master.key")
    return _impact(folder, "2025", "--against", "log", *places, *arguments)


def test_the_newest_decision_of_each_is_taken_with_its_findings(folder: Path, logged: tuple[Path, list[str]]) -> None:
    made, ids = logged
    ended = _against_log(made, folder, *JSON)
    assert (ended.code, ended.err) == (0, "")
    found = {item["name"]: item for item in ended.json["applications"]}
    assert list(found) == [ids[3], ids[1], ids[0]]
    assert found[ids[3]]["before"] == "eligible"
    assert found[ids[0]]["before"] == "needs_review"
    assert (found[ids[3]]["direction"], found[ids[1]]["direction"]) == ("worse", "same")
    assert APPLICATION["phone"] not in ended.out


def test_decisions_are_taken_from_the_archived_edition_whatever_the_file_says_today(
    folder: Path, logged: tuple[Path, list[str]], tmp_path: Path
) -> None:
    made, _ = logged
    changed = Path(shutil.copytree(folder, tmp_path / "policies"))
    _edition(changed / "small", "upper-limit-lowered", "2024")
    assert _against_log(made, changed, *JSON).json["summary"]["directions"]["worse"] == 2
    named = _against_log(made, changed, "--from", "2024", *JSON).json
    assert named["summary"]["directions"]["same"] == 3


def test_erased_decisions_are_counted_and_told(folder: Path, logged: tuple[Path, list[str]], tmp_path: Path) -> None:
    made, ids = logged
    for name in ("log.db", "master.key"):
        shutil.copy(made / name, tmp_path / name)
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("DELETE FROM keys WHERE decision_id = ?", (ids[0],))
    connection.close()
    ended = _against_log(tmp_path, folder, *JSON)
    assert ended.code == 0
    assert (ended.json["summary"]["total"], ended.json["summary"]["erased"]) == (2, 1)
    assert "已依法删除的 1 份" in _against_log(tmp_path, folder).out


def test_an_archive_that_is_gone_is_told_for_each_decision(
    folder: Path, logged: tuple[Path, list[str]], tmp_path: Path
) -> None:
    made, _ = logged
    for name in ("log.db", "master.key"):
        shutil.copy(made / name, tmp_path / name)
    with sqlite3.connect(tmp_path / "log.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM archive")
    connection.close()
    ended = _against_log(tmp_path, folder, *JSON)
    assert ended.code == 2
    assert {item["problems"][0]["code"] for item in ended.json["unreadable"]} == {"log-archive-missing"}


def test_a_log_that_is_not_there_is_exit_2(folder: Path, tmp_path: Path) -> None:
    ended = _against_log(tmp_path, folder)
    assert ended.code == 2
    assert "--database-url" in ended.err
