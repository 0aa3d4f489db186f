"""`eligibility policy new`: files written whole or not at all, and what it prints."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command import ROOT, eligibility

DATA = ROOT / "tests" / "data" / "policies"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "chinese", tmp_path / "policies"))


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_it_names_what_it_wrote_and_what_is_left_to_do(folder: Path) -> None:
    before = _files(folder)
    ended = eligibility("policy", "new", "2025", "--from", "2024", "--policies", folder)
    assert (ended.code, ended.err) == (0, "")
    assert _files(folder) - before == {"2025.yaml", "通知2025.txt"}
    unspaced = "".join(ended.out.split())
    for said in (
        "2025.yaml",
        "通知2025.txt",
        "须换成新通知的正文",
        "eligibilitypolicycheck",
        "diff样例/2024样例/2025",
        "R1",
    ):
        assert said in unspaced
    assert eligibility("policy", "check", folder, "--quiet").code == 0
    assert eligibility("policy", "diff", "2024", "2025", "--policies", folder).code == 1


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    before = _files(folder)
    ended = eligibility("policy", "new", "2025", "--from", "样例/2024", "--dry-run", "--policies", folder)
    assert ended.code == 0
    assert "没有写入" in ended.out
    assert _files(folder) == before


def test_a_file_that_is_there_is_not_overwritten(folder: Path) -> None:
    there = folder / "样例" / "documents" / "通知2025.txt"
    there.write_text("新通知", "utf-8")
    ended = eligibility("policy", "new", "2025", "--from", "2024", "--policies", folder)
    assert ended.code == 2
    assert str(there) in ended.err.replace("\n", "")
    assert there.read_text("utf-8") == "新通知"
    assert "2025.yaml" not in _files(folder)


@pytest.mark.parametrize("name", ["a/b", "2024.yaml", "-"])
def test_a_name_that_no_edition_can_have_is_refused(folder: Path, name: str) -> None:
    assert eligibility("policy", "new", "--from", "2024", "--policies", folder, "--", name).code == 2


def test_an_unknown_edition_and_a_faulty_one_are_told_apart(folder: Path) -> None:
    ended = eligibility("policy", "new", "2026", "--from", "2023", "--policies", folder)
    assert ended.code == 2
    assert "2024" in ended.err
    (folder / "样例" / "2024.yaml").write_text("版本: 2024\n", "utf-8")
    assert eligibility("policy", "new", "2026", "--from", "2024", "--policies", folder).code == 3


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    documents = folder / "样例" / "documents"
    documents.rename(folder / "样例" / "texts")
    (folder / "样例" / "documents").symlink_to(folder / "样例" / "texts")
    text = folder / "样例" / "texts" / "通知2025.txt"
    text.symlink_to(folder / "nowhere" / "file.txt")
    ended = eligibility("policy", "new", "2025", "--from", "2024", "--policies", folder)
    assert ended.code == 2
    assert "2025.yaml" not in _files(folder)
