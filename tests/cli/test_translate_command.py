"""`eligibility policy translate`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command import POLICIES, eligibility

NAME = next(path.parent.name for path in POLICIES.glob("*/*.yaml") if path.parent.name != "tables")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the policies, to be translated."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / NAME / "2024.yaml"


def test_the_translation_is_written_to_the_screen_and_nothing_else_is(file: Path) -> None:
    raw = file.read_bytes()
    ended = eligibility("policy", "translate", file)
    assert (ended.code, ended.err) == (0, "")
    assert "\n语言: 1\n" in ended.out
    assert file.read_bytes() == raw


def test_there_and_back_in_place_gives_the_same_file_and_the_check_is_content_between(folder: Path, file: Path) -> None:
    raw = file.read_bytes()
    file.chmod(0o640)
    there = eligibility("policy", "translate", file, "--in-place")
    assert (there.code, there.out) == (0, "")
    assert "由英文译成中文" in there.err
    assert file.read_text("utf-8").split("\n")[2] == "语言: 1"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []
    checked = eligibility("policy", "check", file, "--quiet")
    assert (checked.code, checked.out) == (0, "")
    again = eligibility("policy", "translate", file, "--in-place", "--to", "zh")
    assert (again.code, again.out) == (0, "")
    assert "本来就用中文" in again.err
    back = eligibility("policy", "translate", file, "--in-place", "--to", "en")
    assert (back.code, back.out) == (0, "")
    assert file.read_bytes() == raw


def test_the_translation_is_written_to_another_file(file: Path, tmp_path: Path) -> None:
    raw = file.read_bytes()
    target = tmp_path / "2024.yaml"
    ended = eligibility("policy", "translate", file, "--output", target)
    assert (ended.code, ended.out) == (0, "")
    assert "语言: 1" in target.read_text("utf-8")
    assert file.read_bytes() == raw


def test_a_check_writes_nothing(file: Path) -> None:
    raw = file.read_bytes()
    ended = eligibility("policy", "translate", file, "--check")
    assert (ended.code, ended.out) == (0, "")
    assert "可由英文译成中文" in ended.err
    assert file.read_bytes() == raw


def test_tables_are_translated(folder: Path) -> None:
    ended = eligibility("policy", "translate", folder / "tables" / "regions.yaml")
    assert ended.code == 0
    assert ended.out.startswith("表: regions\n种类: 选项集\n")


def test_cases_are_translated_and_hold_beside_a_policy_of_the_other_language(folder: Path, file: Path) -> None:
    cases = file.with_name("2024.cases.yaml")
    before, raw = file.read_bytes(), cases.read_bytes()
    there = eligibility("policy", "translate", cases, "--in-place")
    assert (there.code, there.out) == (0, "")
    assert "由英文译成中文" in there.err
    assert "\n情形:\n" in cases.read_text("utf-8")
    assert file.read_bytes() == before
    tested = eligibility("policy", "test", file, "--quiet")
    assert (tested.code, tested.out, tested.err) == (0, "", "")
    assert eligibility("policy", "translate", cases, "--in-place").code == 0
    assert cases.read_bytes() == raw


def test_cases_are_translated_whatever_is_wrong_with_their_policy(file: Path) -> None:
    file.write_bytes(b"language: [")
    cases = file.with_name("2024.cases.yaml")
    assert eligibility("policy", "translate", cases, "--check").code == 0
    cases.write_text(cases.read_text("utf-8").replace("coverage:", "覆盖:", 1), encoding="utf-8")
    ended = eligibility("policy", "translate", cases)
    assert (ended.code, ended.out) == (3, "")
    assert "foreign-keyword" in ended.err
    cases.write_bytes(b"cases: [")
    assert "yaml-unclosed-bracket" in eligibility("policy", "translate", cases).err


def test_a_file_at_fault_is_refused_with_its_problems(file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace("authority:", "authorty:", 1), encoding="utf-8")
    raw = file.read_bytes()
    ended = eligibility("policy", "translate", file, "--in-place")
    assert (ended.code, ended.out) == (3, "")
    assert "unknown-key" in ended.err
    assert "^^^^^^^^" in ended.err
    assert file.read_bytes() == raw


def test_a_file_that_is_no_yaml_is_refused(file: Path) -> None:
    file.write_bytes(b"language: [")
    ended = eligibility("policy", "translate", file)
    assert (ended.code, ended.out) == (3, "")
    assert "yaml-unclosed-bracket" in ended.err


def test_a_name_that_would_become_a_keyword_is_told(file: Path) -> None:
    text = file.read_text("utf-8").replace("  studio_field:", "  个数: {type: text, label: 个数}\n  studio_field:", 1)
    file.write_text(
        text.replace("'申报单位为{unit.unit_type}", "'申报单位为{个数}{unit.unit_type}", 1), encoding="utf-8"
    )
    ended = eligibility("policy", "translate", file)
    assert (ended.code, ended.out) == (3, "")
    assert "translate-clash" in ended.err


def test_a_table_at_fault_does_not_hide_what_a_policy_says(folder: Path, file: Path) -> None:
    (folder / "tables" / "regions.yaml").write_bytes(b"table: [")
    assert eligibility("policy", "translate", file, "--check").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--in-place", "--check"), "只能用一个"),
        (("--to", "fr"), "zh、en"),
        (("--output", "no/such/folder.yaml"), "写不进这个文件"),
    ],
)
def test_a_wrong_command_is_told(file: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = eligibility("policy", "translate", file, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    ended = eligibility("policy", "translate", tmp_path / "none.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert "请检查文件名" in ended.err


def test_what_is_neither_policy_nor_table_nor_cases_is_told(file: Path) -> None:
    notice = next((file.parent / "documents").iterdir())
    ended = eligibility("policy", "translate", notice, COLUMNS="200")
    assert (ended.code, ended.out) == (2, "")
    assert "不是政策文件、表文件或用例文件" in ended.err


def test_the_help_names_every_option() -> None:
    ended = eligibility("policy", "translate", "--help")
    assert ended.code == 0
    for option in ("--to zh|en", "--output 文件", "--in-place", "--check"):
        assert option in ended.out
