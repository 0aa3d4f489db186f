"""`eligibility policy diff`: how editions are named, exit codes, text and JSON."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command import ROOT, eligibility

CHANGES = ROOT / "tests" / "data" / "policies" / "changes"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two policies, one of two editions."""
    policy = tmp_path / "policies" / "small"
    policy.mkdir(parents=True)
    shutil.copy(CHANGES / "base.yaml", policy / "2024.yaml")
    text = (CHANGES / "count-raised.yaml").read_text("utf-8")
    (policy / "2025.yaml").write_text(text.replace("edition: 2024", "edition: 2025").replace("2024-", "2025-"), "utf-8")
    (policy / "2024.cases.yaml").write_text("cases: []\n", "utf-8")
    other = tmp_path / "policies" / "other"
    other.mkdir()
    shutil.copy(CHANGES / "base.yaml", other / "2020.yaml")
    return tmp_path / "policies"


@pytest.mark.parametrize(
    ("first", "second"),
    [("small/2024", "2025"), ("2024", "small/2025"), ("2024", "2025"), ("small/2024", "small/2025")],
)
def test_editions_are_named_by_policy_and_edition(folder: Path, first: str, second: str) -> None:
    ended = eligibility("policy", "diff", first, second, "--policies", folder)
    assert (ended.code, ended.err) == (1, "")
    assert "［加严］改动：人数（enough）" in ended.out.replace(" ", "")
    assert "共6处差异" in ended.out.replace(" ", "")


def test_files_are_compared_wherever_they_lie(tmp_path: Path) -> None:
    assert (
        eligibility(
            "policy", "diff", CHANGES / "base.yaml", CHANGES / "base.yaml", cwd=tmp_path, PYTHONPATH=str(ROOT)
        ).code
        == 0
    )
    ended = eligibility("policy", "diff", CHANGES / "base.yaml", CHANGES / "comment.yaml")
    assert ended.code == 1
    assert "只改了注释" in ended.out


def test_json_holds_everything_with_lines() -> None:
    ended = eligibility("policy", "diff", CHANGES / "base.yaml", CHANGES / "count-raised.yaml", "--format", "json")
    assert ended.code == 1
    assert set(ended.json) == {"before", "after", "changes"}
    (change,) = ended.json["changes"]
    assert change["part"] == "conditions"
    assert change["section"] == "staff"
    assert (change["kind"], change["sense"], change["subject"]) == ("changed", "stricter", "enough")
    text = (CHANGES / "base.yaml").read_text("utf-8").split("\n")
    assert "id: enough" in text[change["line_before"] - 1]
    assert "id: enough" in text[change["line_after"] - 1]
    assert change["before"] != change["after"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("small/2023", "2024、2025"),
        ("smal/2024", "small"),
        ("nowhere.yaml", "nowhere.yaml"),
        ("2019", "small"),
        ("{folder}/small/2024.cases.yaml", "2024.cases.yaml"),
    ],
)
def test_a_name_that_stands_for_nothing_is_told_with_what_there_is(folder: Path, name: str, said: str) -> None:
    ended = eligibility(
        "policy", "diff", name.format(folder=folder), "small/2025" if "/" in name else "2025", "--policies", folder
    )
    assert ended.code == 2
    assert said in ended.err.replace("\n", "")


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    assert eligibility("policy", "diff", "2024", "2025", "--policies", tmp_path / "none").code == 2


def test_the_only_policy_needs_no_name(folder: Path) -> None:
    shutil.rmtree(folder / "other")
    ended = eligibility("policy", "diff", "2024", "2026", "--policies", folder)
    assert ended.code == 2
    assert "2024、2025" in ended.err


def test_a_faulty_edition_is_told_at_its_file(folder: Path) -> None:
    path = folder / "small" / "2025.yaml"
    path.write_text(path.read_text("utf-8").replace("at_least: 4人", "at_least: 许多"), "utf-8")
    ended = eligibility("policy", "diff", "small/2024", "2025", "--policies", folder)
    assert ended.code == 3
    assert f"{path}:" in ended.err.replace("\n", "")
    path.write_text("{", "utf-8")
    assert eligibility("policy", "diff", "small/2024", "2025", "--policies", folder).code == 3


def test_an_edition_that_is_not_there_is_named_as_it_was_given() -> None:
    ended = eligibility("policy", "diff", "2018", "2031")
    assert ended.code == 2
    assert "2031：政策没有这个版本；现有：2018、2024、2025" in ended.err
