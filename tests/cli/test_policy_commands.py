"""`eligibility policy check` and `show`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command import POLICIES, ROOT, eligibility
from rich.cells import cell_len

from service import messages

BASE = ROOT / "tests" / "data" / "policies" / "base"
VALUES = ROOT / "tests" / "data" / "policies" / "values"
WARNED = ROOT / "tests" / "data" / "policies" / "warned"
NAME = next(path.parent.name for path in POLICIES.glob("*/*.yaml") if path.parent.name != "tables")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the policies, to be broken."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def _break(folder: Path, old: str, new: str) -> tuple[Path, int, int]:
    """Replace the first `old`; the file, and line and column of the first character that differs."""
    path = next(path for path in folder.glob("*/2024.yaml") if path.parent.name != "tables")
    text = path.read_text(encoding="utf-8")
    start = text.index(old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text.count("\n", 0, start) + 1
    return path, line, start - (text.rfind("\n", 0, start) + 1) + 1


def test_sound_policies_are_read_back_beside_their_quotes() -> None:
    ended = eligibility("policy", "check")
    assert (ended.code, ended.err) == (0, "")
    found = eligibility("policy", "check", "--format", "json").json
    assert found["sound"] is True
    assert {problem["severity"] for problem in found["problems"]} <= {"warning"}
    conditions = [item for policy in found["policies"] for item in policy["conditions"]]
    unspaced = "".join(ended.out.split())
    for item in conditions:
        assert item["sentence"]
        if item["id"]:
            assert item["id"] in unspaced
    assert {item["section"] for item in conditions} >= {"scope", "materials", "formalities", "preferences"}


def test_what_the_conditions_rest_on_is_read_back_after_them() -> None:
    ended = eligibility("policy", "check", VALUES)
    said = "“评审等次”（results.class）：“评审得分”90分以上为优秀，80分以上不满90分为良好"
    shown = eligibility("policy", "check", BASE)
    unspaced = "".join(shown.out.split())
    assert said in unspaced
    assert unspaced.index("（preferences）") < unspaced.index("·“代码有效”")
    (policy,) = eligibility("policy", "check", BASE, "--format", "json").json["policies"]
    formulas = {item["fact"]: item for item in policy["formulas"]}
    assert formulas["results.subsidy"] == {
        "fact": "results.subsidy",
        "label": "按支出补贴",
        "sentence": "“支出合计”的30%，不足0.01元的部分舍去，不超过5000元",
    }
    # Nothing rests on the bonus of this one.
    assert "“金额合计”（all_amounts）：" in ended.out
    assert "“奖金”（bonus）" not in ended.out


def test_a_policy_shown_says_how_each_fact_is_computed() -> None:
    shown = "".join(eligibility("policy", "show", "demo", "--policies", VALUES).out.split())
    assert "·“奖金”（bonus）：“年数”10年以上为20万元，5年以上不满10年为5万元，其余为0元" in shown


def test_quiet_and_sound_is_silent() -> None:
    ended = eligibility("policy", "check", WARNED / "base", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_warning_is_told_and_fails_a_strict_check_only(tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    assert eligibility("policy", "check", folder, "--strict").code == 0
    shutil.copy(WARNED / "never-matters.yaml", folder / "demo" / "2025.yaml")
    ended = eligibility("policy", "check", folder, "--quiet")
    assert ended.code == 0
    place = (WARNED / "never-matters.expected").read_text("utf-8").partition(" ->")[0]
    assert ended.out.startswith(f"policies/demo/2025.yaml:{place}: （提醒）")
    assert ended.out.endswith("错误 0 个，提醒 1 个\n")
    assert eligibility("policy", "check", folder, "--quiet", "--strict").code == 3
    found = eligibility("policy", "check", folder, "--format", "json").json
    assert [item["severity"] for item in found["problems"]] == ["warning"]
    assert found["sound"] is True


def test_a_problem_names_file_line_and_column_and_underlines_the_word_under_wide_characters(
    folder: Path,
) -> None:
    path, line, _ = _break(
        folder, "deadline: {at: null, label: 以正式通知为准", "deadline: {at: null, lable: 以正式通知为准"
    )
    ended = eligibility("policy", "check", folder)
    assert ended.code == 3
    lines = ended.out.split("\n")
    text = path.read_text(encoding="utf-8").split("\n")[line - 1]
    column = text.index("lable") + 1
    (number,) = [n for n, shown in enumerate(lines) if shown.startswith(f"policies/{NAME}/{path.name}:{line}:")]
    assert lines[number].startswith(f"policies/{NAME}/{path.name}:{line}:{column}: unknown-key: ")
    assert "“label”" in lines[number + 1]
    shown, marks = lines[number + 2], lines[number + 3]
    at = marks.index("^")
    assert marks[at:] == "^" * len("lable")
    assert cell_len(shown[: shown.index("lable")]) == at


def test_marks_stand_under_the_word_behind_wide_characters(folder: Path) -> None:
    path, line, _ = _break(folder, "一次性资助}", "一次性奖金}")
    ended = eligibility("policy", "check", folder, "--quiet")
    assert ended.code == 3
    lines = ended.out.split("\n")
    (number,) = [n for n, shown in enumerate(lines) if f"{path.name}:{line}:" in shown]
    assert ": quote-not-found.near: " in lines[number]
    shown, marks = next(
        (lines[n], lines[n + 1]) for n in range(number, number + 4) if lines[n + 1].strip(" |").startswith("^")
    )
    quote = "给予2万元一次性奖金"
    assert cell_len(shown[: shown.index(quote)]) == marks.index("^")
    assert marks.count("^") == cell_len(quote)


def test_all_problems_of_all_files_are_told_in_one_run(folder: Path) -> None:
    _break(folder, "authority:", "autority:")
    table = sorted((folder / "tables").glob("*.yaml"))[0]
    table.write_text("table： x\n", encoding="utf-8")
    found = eligibility("policy", "check", folder, "--format", "json").json
    assert found["sound"] is False
    codes = {(item["file"], item["code"]) for item in found["problems"]}
    files = {file for file, _ in codes}
    assert f"policies/tables/{table.name}" in files
    assert any(file.startswith(f"policies/{NAME}/") for file in files)
    # A file at fault in its writing has its line shown too.
    assert all(item["excerpt"] for item in found["problems"] if item["file"].startswith("policies/tables/"))


def test_a_fault_is_shown_where_the_tables_lie_outside_the_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(POLICIES, tmp_path / "policies")
    shutil.move(folder / "tables", tmp_path / "shared")
    (folder / "tables").symlink_to(tmp_path / "shared")
    file = folder / "样例" / "2024.yaml"
    shutil.move(folder / NAME, file.parent)
    file.write_text(file.read_text("utf-8").replace("policy:", "policy：", 1), "utf-8")
    ended = eligibility("policy", "check", str(file))
    assert ended.code == 3
    assert "yaml-full-width-colon" in ended.out + ended.err


def test_one_file_is_checked_with_the_tables_beside_it_and_only_its_problems_shown(folder: Path) -> None:
    path, _, _ = _break(folder, "authority:", "autority:")
    table = folder / "tables" / "more.yaml"
    table.write_text("table: [\n", encoding="utf-8")
    ended = eligibility("policy", "check", path, "--quiet", cwd=folder)
    assert ended.code == 3
    assert "autority" in ended.out
    assert "more.yaml" not in ended.out
    assert eligibility("policy", "check", path.name, cwd=path.parent).out.count("unknown-table") == 0
    (folder / "tables" / "more.yaml").unlink()
    whole = eligibility("policy", "check", path.parent, "--quiet")
    assert whole.code == 3
    assert "autority" in whole.out


def test_a_sound_file_beside_a_faulty_one_is_good_and_the_other_is_mentioned(folder: Path) -> None:
    (folder / "tables" / "more.yaml").write_text("table: [\n", encoding="utf-8")
    path = next(path for path in folder.glob("*/2024.yaml") if path.parent.name != "tables")
    ended = eligibility("policy", "check", path)
    assert ended.code == 0
    assert "其他文件" in ended.out


@pytest.mark.parametrize("name", ["none.yaml", "notes.txt"])
def test_what_is_no_policy_file_is_exit_2(folder: Path, name: str) -> None:
    (folder / "notes.txt").write_text("", encoding="utf-8")
    ended = eligibility("policy", "check", folder / name)
    assert (ended.code, ended.out) == (2, "")


def test_an_example_that_differs_is_an_error_at_its_condition(folder: Path) -> None:
    old = "fact: materials.application_form\n"
    example = "      examples: [{given: {materials.application_form: %s}, then: satisfied}]\n"
    _break(folder, old, old + example % "true")
    assert eligibility("policy", "check", folder, "--quiet").code == 0
    _break(folder, example % "true", example % "false")
    ended = eligibility("policy", "check", folder, "--quiet")
    assert ended.code == 3
    assert ": example-differs: " in ended.out


def test_show_prints_the_policy_whole() -> None:
    ended = eligibility("policy", "show", NAME, "2024")
    assert (ended.code, ended.err) == (0, "")
    unspaced = "".join(ended.out.split())
    found = eligibility("policy", "check", "--format", "json").json
    shown = next(policy for policy in found["policies"] if policy["edition"] == "2024")
    for item in shown["conditions"]:
        assert "".join(item["sentence"].split()) in unspaced
        for citation in item["citations"]:
            assert citation["quote"] is None or "".join(citation["quote"].split()) in unspaced
    assert [line for line in ended.out.split("\n") if cell_len(line) > 80] == []


def test_show_writes_markdown_and_html_on_the_screen_or_in_a_file(tmp_path: Path) -> None:
    markdown = eligibility("policy", "show", NAME, "2024", "--format", "markdown")
    assert (markdown.code, markdown.err) == (0, "")
    assert markdown.out.startswith("# ")
    file = tmp_path / "页面.html"
    assert eligibility("policy", "show", NAME, "2024", "--format", "html", "--output", file).out == ""
    assert file.read_text("utf-8") == eligibility("policy", "show", NAME, "2024", "--format", "html").out
    ended = eligibility("policy", "show", NAME, "2024", "--output", tmp_path / "none" / "页面.txt")
    assert (ended.code, ended.out) == (2, "")
    assert "不能写入文件" in ended.err


@pytest.mark.parametrize("kind", ["policy", "table"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_schema_writes_json_schema(kind: str, language: str, tmp_path: Path) -> None:
    ended = eligibility("policy", "schema", "--kind", kind, "--language", language)
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["$schema"].endswith("2020-12/schema")
    file = tmp_path / "schema.json"
    eligibility("policy", "schema", "--kind", kind, "--language", language, "--output", file)
    assert file.read_text("utf-8") == ended.out


@pytest.mark.parametrize("arguments", [("none",), (NAME, "1999")])
def test_show_of_what_is_not_there_names_what_is(arguments: tuple[str, ...]) -> None:
    ended = eligibility("policy", "show", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ("2024" if len(arguments) == 2 else NAME) in ended.err


def test_preferences_are_read_back_as_tags_each_by_itself() -> None:
    example = Path(__file__).parent.parent / "data" / "policies" / "base"
    (read,) = eligibility("policy", "check", example, "--format", "json").json["policies"]
    head, *tags = [item for item in read["conditions"] if item["section"] == "preferences"]
    assert head["sentence"] == messages.text("read.head-tags")
    assert head["citations"]
    assert [item["depth"] for item in tags] == [1] * 10 + [2, 1]
    assert [item["id"] for item in tags] == [
        "disabled", "bamboo", "weaving", "both", "only", None, "tier", "whole", None, "merit", None, "some-craft",
    ]  # fmt: skip
    (formalities, *_) = [item for item in read["conditions"] if item["section"] == "formalities"]
    assert formalities["sentence"] == messages.text("read.head-all")
