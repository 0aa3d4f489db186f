"""Broken policies: each file of tests/data/policies/bad holds one fault, its problem stands beside it.

`<fault>.yaml` is a policy read in place of that of `base`, `tables/<fault>.yaml` a table beside those of
`base`, `folders/<fault>` a whole folder. `<fault>.expected` holds `line:column: code`, and then ` -> name`
if a name is offered; in a folder's `expected` the file comes first.
"""

from __future__ import annotations

import shutil
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from service import messages
from service.policy.library import load_library
from service.problems import FilePlace, Problem

DATA = Path(__file__).parents[1] / "data" / "policies"
BAD = DATA / "bad"


def cases(pattern: str) -> list[Path]:
    found = sorted(BAD.glob(pattern))
    assert found
    return found


POLICIES, TABLES, FOLDERS = cases("*.yaml"), cases("tables/*.yaml"), cases("folders/*")


def written(problem: Problem, *, with_file: bool = False) -> str:
    assert isinstance(problem.place, FilePlace)
    file = problem.place.file.partition("/")[2] + ":" if with_file else ""
    offer = f" -> {problem.suggestion}" if problem.suggestion else ""
    return f"{file}{problem.place.line}:{problem.place.column}: {problem.code}{offer}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The base policy, with a table and a text that only faults need."""
    made = tmp_path / "policies"
    shutil.copytree(DATA / "base", made)
    shutil.copytree(BAD / "beside", made, dirs_exist_ok=True)
    return made


def refused(folder: Path) -> tuple[Problem, ...]:
    snapshot, problems = load_library(folder)
    assert snapshot is None
    for problem in problems:
        assert "None" not in problem.message
        assert problem.hint != ""
    return problems


@pytest.mark.parametrize("case", POLICIES, ids=lambda path: path.stem)
def test_a_broken_policy_has_this_problem_here(case: Path, folder: Path) -> None:
    shutil.copy(case, folder / "demo" / "2025.yaml")
    problems = refused(folder)
    assert {str(p.place).partition(":")[0] for p in problems} == {"policies/demo/2025.yaml"}
    assert [written(p) for p in problems] == case.with_suffix(".expected").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", TABLES, ids=lambda path: path.stem)
def test_a_broken_table_has_this_problem_here(case: Path, folder: Path) -> None:
    shutil.copy(case, folder / "tables" / "extra.yaml")
    problems = refused(folder)
    assert {str(p.place).partition(":")[0] for p in problems} == {"policies/tables/extra.yaml"}
    assert [written(p) for p in problems] == case.with_suffix(".expected").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", FOLDERS, ids=lambda path: path.name)
def test_a_broken_folder_has_the_problems_of_all_its_files(case: Path) -> None:
    expected = (case / "expected").read_text("utf-8").splitlines()
    assert [written(p, with_file=True) for p in refused(case)] == expected


# The catalogues of problems of policies and tables; those of YAML itself have broken files beside test_source.
CATALOGUES = ("policy.toml", "policy_lists.toml", "values.toml", "head.toml", "words.toml")
# Faults of applications and of translating, which no reading of a policy meets.
OTHERS = ("fault-", "translate-")
ELSEWHERE = {"folder-missing", "document-text-too-large"}


def test_every_problem_a_policy_can_have_is_seen_in_a_broken_file() -> None:
    folder = resources.files(messages)
    said = {code for file in CATALOGUES for code in tomllib.loads((folder / file).read_text("utf-8"))}
    codes = {
        code
        for code in said
        if not code.endswith(".hint")
        and not code.startswith(OTHERS)
        and ("." not in code or code.partition(".")[0] in said)
    }
    lines = [line for file in BAD.rglob("*expected") for line in file.read_text("utf-8").splitlines()]
    seen = {line.split(": ")[1].split(" -> ")[0] for line in lines}
    assert sorted(codes - seen) == sorted(ELSEWHERE), "all but those that no small file holds"


def test_there_is_a_broken_file_for_every_fault_and_one_fault_in_each() -> None:
    assert len(POLICIES) + len(TABLES) + len(FOLDERS) >= 60
    # Where a fault needs two places to be one, or a file shows how several are told at once.
    several = {
        "alias", "merge-keys-407-bytes", "faults-below-a-fault", "several-files",
    }  # fmt: skip
    for expected in BAD.rglob("*expected"):
        name = expected.parent.name if expected.name == "expected" else expected.stem
        lines = expected.read_text("utf-8").splitlines()
        assert (len(lines) == 1) != (name in several), name


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    snapshot, problems = load_library(tmp_path / "nowhere")
    assert snapshot is None
    assert [problem.code for problem in problems] == ["folder-missing"]


def test_what_cannot_be_opened_is_a_problem_of_that_file(folder: Path) -> None:
    (folder / "demo" / "2026.yaml").mkdir()
    assert [(str(p.place), p.code) for p in refused(folder)] == [("policies/demo/2026.yaml", "file-unreadable")]


def test_a_text_outside_the_folder_is_not_read_even_through_a_link(folder: Path) -> None:
    secret = folder.parent / "secret.txt"
    secret.write_text("在本县登记的企业", encoding="utf-8")
    notice = folder / "demo" / "documents" / "notice.txt"
    notice.unlink()
    notice.symlink_to(secret)
    assert [p.code for p in refused(folder)] == ["document-text-missing"]


def test_a_text_too_large_is_not_read(folder: Path) -> None:
    notice = folder / "demo" / "documents" / "notice.txt"
    notice.write_text(notice.read_text("utf-8") + " " * 1_000_000, encoding="utf-8")
    assert [p.code for p in refused(folder)] == ["document-text-too-large"]
