"""Differences of two editions: each file of tests/data/policies/changes holds one, told in the file beside it.

`base.yaml` of a folder is the older edition of every pair, `<change>.yaml` the newer; `<change>.expected` holds
what an officer reads. Set WRITE_EXPECTED to write these anew, and read them before they are kept.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from service.authoring.changes import Change, Kind
from service.authoring.diff import diff
from service.authoring.editions import Edition, read_edition
from service.authoring.effects import Sense
from service.cli.policy_diff import change_head, change_lines

DATA = Path(__file__).parents[1] / "data" / "policies"
BASES = sorted((DATA / "changes").rglob("base.yaml"))
CHANGES = sorted(path for path in (DATA / "changes").rglob("*.yaml") if path not in BASES)
MIRRORED = {
    Sense.STRICTER: Sense.LOOSER,
    Sense.LOOSER: Sense.STRICTER,
    Kind.ADDED: Kind.DROPPED,
    Kind.DROPPED: Kind.ADDED,
}


def edition(path: Path) -> Edition:
    found, problems = read_edition(path)
    assert problems == ()
    assert found is not None
    return found


def base_of(case: Path) -> Path:
    return case.with_name("base.yaml")


def told(changes: tuple[Change, ...]) -> str:
    lines = []
    for change in changes:
        where = f"{change.section} " if change.section else f"{change.part.value} "
        lines.append(where + "".join(change_head(change)))
        lines += [f"  {line}" for line in change_lines(change)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CHANGES, ids=lambda path: path.stem)
def test_a_change_is_told_so(case: Path) -> None:
    found = told(diff(edition(base_of(case)), edition(case)))
    expected = case.with_suffix(".expected")
    if "WRITE_EXPECTED" in os.environ:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CHANGES, ids=lambda path: path.stem)
def test_turned_round_stricter_is_looser_and_added_is_dropped(case: Path) -> None:
    old, new = edition(base_of(case)), edition(case)
    there = Counter((MIRRORED.get(c.kind, c.kind), MIRRORED.get(c.sense, c.sense)) for c in diff(old, new))
    back = Counter((c.kind, c.sense) for c in diff(new, old))
    assert there == back


@pytest.mark.parametrize("case", [*BASES, *CHANGES], ids=lambda path: path.stem)
def test_an_edition_does_not_differ_from_itself(case: Path) -> None:
    assert diff(edition(case), edition(case)) == ()


# --- tables -------------------------------------------------------------------------------------------------

TABLES = [
    (
        "crafts.yaml",
        "aliases: [篾编]",
        "aliases: [篾编, 竹器]",
        "竹编，别名篾编，视为编织 → 竹编，别名篾编、竹器，视为编织",
    ),
    ("grades.yaml", "title: ", "title: 新", "标题："),
    ("ages.yaml", "ages: {man: 60岁", "ages: {man: 61岁", "法规："),
    ("formats.yaml", "pattern: '", "pattern: 'x", "格式："),
    ("crafts.yaml", "table: crafts", "table: crafts  # 注释", "［仅文字］"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), TABLES, ids=lambda text: text)
def test_what_differs_in_a_table_is_told(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    folder = Path(shutil.copytree(DATA / "base", tmp_path / "policies"))
    before = edition(folder / "demo" / "2025.yaml")
    table = folder / "tables" / file
    text = table.read_text("utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), "utf-8")
    found = told(tuple(c for c in diff(before, edition(folder / "demo" / "2025.yaml")) if c.part.value == "tables"))
    assert said in found


def test_a_table_that_came_or_went_is_told(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA / "base", tmp_path / "policies"))
    before = edition(folder / "demo" / "2025.yaml")
    text = (folder / "tables" / "crafts.yaml").read_text("utf-8")
    (folder / "tables" / "more.yaml").write_text(text.replace("table: crafts", "table: more"), "utf-8")
    after = edition(folder / "demo" / "2025.yaml")
    assert [(c.kind, c.subject) for c in diff(before, after)] == [(Kind.ADDED, "more")]
    assert [(c.kind, c.subject) for c in diff(after, before)] == [(Kind.DROPPED, "more")]


def test_editions_of_the_policies_in_force_differ_and_do_not_differ_from_themselves() -> None:
    policies = Path(__file__).parents[2] / "policies"
    for folder in sorted(path for path in policies.iterdir() if path.name != "tables"):
        editions = [edition(path) for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(".cases.yaml")]
        for one in editions:
            for other in editions:
                changes = diff(one, other)
                assert bool(changes) is (one is not other)
                assert changes == diff(one, other)
                back = diff(other, one)
                assert len(changes) == len(back)
