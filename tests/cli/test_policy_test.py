"""`eligibility policy test`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command import POLICIES, ROOT, eligibility

SMALL = ROOT / "tests" / "data" / "case_files"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one policy with its cases."""
    made = tmp_path / "policies" / "small"
    made.mkdir(parents=True)
    shutil.copy(SMALL / "small.yaml", made / "2024.yaml")
    shutil.copy(SMALL / "small.cases.yaml", made / "2024.cases.yaml")
    return made


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_policies_of_this_repository_hold_their_cases_and_exercise_every_outcome() -> None:
    ended = eligibility("policy", "test", POLICIES, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    tested = {item["edition"]: item for item in ended.json["policies"]}
    assert set(tested) == {path.stem for path in POLICIES.glob("*/[0-9]*.yaml") if ".cases" not in path.name}
    assert ended.json["without_cases"] == []
    for item in tested.values():
        assert item["coverage"]["required"] == "100"
        assert [one["name"] for one in item["coverage"]["conditions"] if one["lacking"]] == []
    assert not any(case["proposed"] for item in tested.values() for case in item["cases"])


def test_a_page_shows_what_each_condition_was_seen_to_be(folder: Path) -> None:
    ended = eligibility("policy", "test", folder.parent)
    assert (ended.code, ended.err) == (0, "")
    line = next(line for line in ended.out.split("\n") if "people.staff" in line)
    assert line.split()[-3:] == ["✓", "–", "✓"]
    assert "✓" in ended.out


def test_quiet_and_as_it_should_be_is_silent(folder: Path) -> None:
    ended = eligibility("policy", "test", folder, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_case_dated_outside_the_edition_is_told(folder: Path) -> None:
    edit(folder / "2024.cases.yaml", "on: 2024-06-28", "on: 2023-06-28")
    ended = eligibility("policy", "test", folder)
    assert "个用例的申报日期不在本版的生效期间2024-01-01—之内（如第" in "".join(ended.out.split())
    (one,) = eligibility("policy", "test", folder, "--format", "json").json["policies"]
    assert next(case["outside_period"] for case in one["cases"])
    assert "不在本版的生效期间" in "".join(eligibility("policy", "test", folder, "--quiet").out.split())


@pytest.mark.parametrize("name", ["2024.yaml", "2024.cases.yaml", "."])
def test_a_policy_its_cases_and_its_folder_name_the_same(folder: Path, name: str) -> None:
    (one,) = eligibility("policy", "test", folder / name, "--format", "json").json["policies"]
    assert len(one["cases"]) == 5


def test_a_case_that_is_not_met_is_told_with_what_it_changes(folder: Path) -> None:
    edit(folder / "2024.cases.yaml", "people.grown: not_satisfied}", "people.grown: satisfied}")
    ended = eligibility("policy", "test", folder, "--quiet")
    assert ended.code == 1
    for told in ("少一名成员", "people.grown", "2024.cases.yaml:22:11", "people.0"):
        assert told in ended.out
    (one,) = eligibility("policy", "test", folder, "--format", "json").json["policies"]
    (failed,) = [case for case in one["cases"] if not case["passed"]]
    assert failed["mismatches"][0]["actual"] == "not_satisfied"
    assert failed["changed"] == {"people.0": None, "people.2": None}


def test_too_little_coverage_has_an_exit_code_of_its_own(folder: Path) -> None:
    assert eligibility("policy", "test", folder, "--require", "50%").code == 0
    ended = eligibility("policy", "test", folder, "--require", "100%", "--quiet")
    assert ended.code == 4
    assert "people.staff" in ended.out
    # What is written in the file is required too.
    edit(folder / "2024.cases.yaml", "bases:", "coverage: {required: 99.5%}\nbases:")
    assert eligibility("policy", "test", folder).code == 4
    assert eligibility("policy", "test", folder, "--require", "1%").code == 0


def test_what_is_called_impossible_and_seen_is_told(folder: Path) -> None:
    declared = "coverage: {impossible: [{condition: people.staff, outcome: satisfied, why: 不会}]}\nbases:"
    edit(folder / "2024.cases.yaml", "bases:", declared)
    ended = eligibility("policy", "test", folder, "--quiet")
    assert ended.code == 4
    assert "people.staff" in ended.out


def test_a_faulty_file_of_cases_is_told_with_its_line(folder: Path) -> None:
    edit(folder / "2024.cases.yaml", "expect:", "expct:")
    ended = eligibility("policy", "test", folder)
    assert ended.code == 3
    assert "small/2024.cases.yaml:20:5: unknown-key" in ended.out
    (folder / "2024.cases.yaml").write_text("cases: [", encoding="utf-8")
    assert "2024.cases.yaml:1:8: yaml-unclosed-bracket" in eligibility("policy", "test", folder).out


def test_cases_of_no_policy_are_told(folder: Path) -> None:
    shutil.copy(folder / "2024.cases.yaml", folder / "2023.cases.yaml")
    ended = eligibility("policy", "test", folder, "--format", "json")
    assert ended.code == 3
    assert [item["code"] for item in ended.json["problems"]] == ["cases-no-policy"]


def test_a_faulty_policy_is_told_before_its_cases(folder: Path) -> None:
    edit(folder / "2024.yaml", "title:", "tilte:")
    assert eligibility("policy", "test", folder).code == 3


def test_without_cases_nothing_is_held_unless_it_is_required(folder: Path) -> None:
    (folder / "2024.cases.yaml").unlink()
    ended = eligibility("policy", "test", folder)
    assert ended.code == 0
    assert "2024.cases.yaml" in ended.out
    assert eligibility("policy", "test", folder, "--require", "1%").code == 4


@pytest.mark.parametrize("arguments", [["nowhere"], ["README.md"], ["--require", "much"]])
def test_a_wrong_command_line_is_told(arguments: list[str]) -> None:
    ended = eligibility("policy", "test", *arguments)
    assert ended.code == 2
    assert ended.err


def test_proposals_are_shown_and_written_only_where_asked(folder: Path) -> None:
    path = folder / "2024.cases.yaml"
    before = path.read_text(encoding="utf-8")
    shown = eligibility("policy", "test", folder / "2024.yaml", "--generate")
    assert shown.code == 0
    assert path.read_text(encoding="utf-8") == before
    assert shown.out.count("proposed: true") > 5
    written = eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", path)
    assert written.code == 0
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before)
    tested = eligibility("policy", "test", folder, "--format", "json")
    assert tested.code == 0
    (one,) = tested.json["policies"]
    assert len(one["cases"]) == 5 + shown.out.count("proposed: true")
    # What nobody has looked at covers nothing.
    coverage = one["coverage"]
    assert coverage["only_proposed"] > 0
    assert coverage["seen"] + coverage["only_proposed"] <= coverage["wanted"]
    assert any(condition["only_proposed"] and condition["lacking"] for condition in coverage["conditions"])
    held = eligibility("policy", "test", folder, "--require", "100%")
    assert held.code == 4
    assert "核对之前不计入覆盖" in "".join(held.out.split())
    assert "○" in held.out
    # A file that is not there is written whole.
    path.unlink()
    assert eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", path).code == 0
    assert eligibility("policy", "test", folder).code == 0


def test_editors_help_with_proposals_where_they_help_with_the_policy(folder: Path) -> None:
    policy = folder / "2024.yaml"
    assert not eligibility("policy", "test", policy, "--generate").out.startswith("# yaml-language-server")
    line = "# yaml-language-server: $schema=../policy.schema.json\n"
    policy.write_text(line + policy.read_text("utf-8"), "utf-8")
    assert eligibility("policy", "test", policy, "--generate").out.startswith(line.replace("policy", "cases"))


def test_proposals_are_not_written_where_they_would_spoil_a_file(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("mine: 1\n", encoding="utf-8")
    ended = eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", other)
    assert ended.code == 2
    assert other.read_text(encoding="utf-8") == "mine: 1\n"
    path = folder / "2024.cases.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "coverage: {required: 1%}\n", encoding="utf-8")
    assert eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", path).code == 2


def test_chinese_cases_are_shown_proposed_and_added_to_in_their_words(folder: Path) -> None:
    path = folder / "2024.cases.yaml"
    assert eligibility("policy", "translate", path, "--in-place").code == 0
    edit(path, "总体: 形式审查通过", "总体: 不符合, 申报范围: 符合")
    edit(path, "底稿:", "覆盖: {不会出现: [{条件: 申报范围, 结果: 符合, 原因: 试}]}\n底稿:")
    ended = eligibility("policy", "test", folder)
    assert ended.code == 1
    assert "总体 应为 不符合，实为 形式审查通过" in ended.out
    assert "（申报范围）" in ended.out
    assert "申报范围 写明不可能出现“符合”" in ended.out
    edit(path, "总体: 不符合, 申报范围: 符合", "总体: 形式审查通过")
    edit(path, "覆盖: {不会出现: [{条件: 申报范围, 结果: 符合, 原因: 试}]}\n", "")
    before = path.read_text(encoding="utf-8")
    written = eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", path)
    assert written.code == 0
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert "    待核: true\n" in after
    assert "expect" not in after
    tested = eligibility("policy", "test", folder, "--quiet")
    assert (tested.code, tested.out) == (0, "")
    assert "（待核: true）" in eligibility("policy", "test", folder).out
    # A file that is not that of the policy is written whole, its bases included.
    other = folder / "proposed.yaml"
    path.write_text(before, encoding="utf-8")
    assert eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", other).code == 0
    other.replace(path)
    assert "  full: {申报内容: {" in path.read_text(encoding="utf-8")
    assert eligibility("policy", "test", folder).code == 0
    path.write_text(before + "覆盖: {须达到: 1%}\n", encoding="utf-8")
    ended = eligibility("policy", "test", folder / "2024.yaml", "--generate", "--output", path)
    assert (ended.code, "情形 不在文件的最后" in ended.err) == (2, True)


def test_proposals_are_for_one_edition_without_fault(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "twin")
    edit(folder.parent / "twin" / "2024.yaml", "policy: small", "policy: twin")
    edit(folder.parent / "twin" / "2024.cases.yaml", "policy: small", "policy: twin")
    assert eligibility("policy", "test", folder.parent, "--generate").code == 2
    edit(folder / "2024.cases.yaml", "expect:", "expct:")
    assert eligibility("policy", "test", folder, "--generate").code == 3
