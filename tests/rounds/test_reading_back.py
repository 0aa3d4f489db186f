"""A panel sheet is read back surely: every fault at once by its cell, the same sheet twice adds nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from service.decisions.faults import DecisionSuperseded
from service.decisions.reading import Stored
from service.decisions.recompute import Recomputation
from service.decisions.replay import Outcome
from service.decisions.verification import verify
from service.engine.revisions import Revisions
from service.policy.source import read_file
from service.problems import Problem
from service.rounds.filled import Filled, from_items
from service.rounds.recording import Plan, plan, record
from service.rounds.sheet import COLUMNS, read_workbook
from tests.rounds.places import FIRST, NOW, UPHELD, Place, decider, edited, fill, put

_DOCUMENT, _ = read_file(Path(__file__).parents[1] / "data" / "rounds" / "filled.yaml")
assert _DOCUMENT is not None
VECTORS = _DOCUMENT.data


def planned(place: Place, revisions: Revisions, filled: tuple[Filled, ...]) -> tuple[Plan | None, tuple[Problem, ...]]:
    with place.open(read_only=True) as log, decider(log, revisions) as office:
        return plan(office, filled)


def recorded(place: Place, revisions: Revisions, path: Path) -> tuple[Stored, ...]:
    filled, problems = read_workbook(path)
    assert not problems
    with place.open() as log, decider(log, revisions) as office:
        found, problems = plan(office, filled)
        assert found is not None, problems
        return record(office, found, received_at=NOW)


def told(problems: tuple[Problem, ...]) -> list[str]:
    assert all(problem.message for problem in problems)
    return [f"{problem.place}: {problem.code}" for problem in problems]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["it"])
def test_every_fault_of_a_sheet_is_told_at_its_cell(place: Place, revisions: Revisions, vector: dict[str, Any]) -> None:
    path = fill(place.sheet(), {int(row): _texts(cells) for row, cells in vector["rows"].items()}, gating=False)
    filled, problems = read_workbook(path)
    if not problems:
        found, problems = planned(place, revisions, filled)
        assert (found is None) == bool(problems)
    assert told(problems) == vector["faults"]


def _texts(cells: dict[str, Any]) -> dict[str, Any]:
    """Days as somebody types them."""
    return {name: value if value is None else str(value) for name, value in cells.items()}


def test_a_filled_sheet_settles_what_it_asks_and_is_bound_to_what_it_showed(place: Place, revisions: Revisions) -> None:
    made = recorded(place, revisions, fill(place.sheet()))
    assert [stored.reply["overall"]["status"] for stored in made] == ["eligible", "eligible"]
    assert [stored.requested_by for stored in made] == ["经办:test"] * 2
    with place.open(read_only=True) as log, Recomputation() as engine:
        assert verify(log).sound
        for stored in made:
            before = log.public(str(stored.public["supersedes"]))
            assert before is not None
            for finding in stored.findings:
                assert finding["application_digest"] == before.public["application_digest"]
            replayed = engine.replay(log, stored.decision_id)
            assert replayed is not None
            assert replayed.outcome is Outcome.SAME
    assert made[0].findings[0] == {
        "about": "inheritance.shortage-talent",
        "kind": "judgement",
        "result": "upheld",
        "by": "专家评审组",
        "on": "2024-07-15",
        "reason": "评审组会议认定",
        "evidence": ["会议纪要", "现场照片"],
        "conflict": "none",
        "application_digest": made[0].findings[0]["application_digest"],
    }
    assert place.asked().questions == []


def test_the_same_sheet_read_again_adds_nothing(place: Place, revisions: Revisions) -> None:
    path = fill(place.sheet())
    recorded(place, revisions, path)
    found, problems = planned(place, revisions, read_workbook(path)[0])
    assert not problems
    assert found is not None
    assert (found.made, found.recorded) == ((), 7)


def test_a_sheet_may_be_filled_in_and_read_bit_by_bit(place: Place, revisions: Revisions) -> None:
    path = fill(place.sheet(), {FIRST: UPHELD}, gating=False)
    (first,) = recorded(place, revisions, path)
    assert first.reply["overall"]["status"] == "needs_review"
    second, _ = recorded(place, revisions, fill(path))
    assert second.public["supersedes"] == first.decision_id
    assert len(second.findings) == 3


def test_a_decision_found_upon_meanwhile_is_refused_with_all_of_the_sheet(place: Place, revisions: Revisions) -> None:
    path = fill(place.sheet())
    (meanwhile,) = recorded(
        place, revisions, fill(place.sheet("other.xlsx"), {FIRST: {**UPHELD, "by": "别人"}}, gating=False)
    )
    found, problems = planned(place, revisions, read_workbook(path)[0])
    assert found is None
    assert {problem.code for problem in problems} == {"panel-superseded"}
    assert [str(problem.place) for problem in problems] == ["评审表!N4", "评审表!N5", "评审表!N6"]
    assert all(meanwhile.decision_id in problem.message for problem in problems)


def test_a_decision_found_upon_after_the_dry_run_leaves_nothing_of_the_sheet(
    place: Place, revisions: Revisions
) -> None:
    found, _ = planned(place, revisions, read_workbook(fill(place.sheet()))[0])
    assert found is not None
    other = fill(place.sheet("other.xlsx"), {FIRST: {**UPHELD, "by": "别人"}}, gating=False)
    (meanwhile,) = recorded(place, revisions, other)
    with place.open() as log, decider(log, revisions) as office:
        before = len(log.list())
        with pytest.raises(DecisionSuperseded) as raised:
            record(office, found, received_at=NOW)
        assert raised.value.newest == meanwhile.decision_id
        assert len(log.list()) == before


def test_a_recusal_and_another_reviewer_in_a_row_of_their_own(place: Place, revisions: Revisions) -> None:
    path = place.sheet(rows=2)
    away = {"reason": "领办人的师父", "by": "李评审", "on": "2024-07-15", "conflict": "回避"}
    (stored,) = recorded(place, revisions, fill(path, {FIRST: UPHELD, FIRST + 1: away}, gating=False))
    assert [finding.get("conflict_note") for finding in stored.findings] == [None, "领办人的师父"]
    assert "result" not in stored.findings[1]
    assert [note["code"] for note in stored.reply["notes"] if note["code"].startswith("finding")] == ["finding-recused"]
    section = stored.reply["criteria"]["inheritance"]
    assert section["status"] == "needs_review"


def test_rows_moved_about_are_still_about_the_same(place: Place, revisions: Revisions) -> None:
    path = place.sheet()
    with edited(path) as sheet:
        last = sheet.max_row
        rows = [[cell.value for cell in sheet[row]] for row in range(FIRST, last + 1)]
        for row, values in enumerate(reversed(rows), start=FIRST):
            put(sheet, row, dict(zip(COLUMNS, values, strict=True)))
    made = recorded(place, revisions, fill(path))
    assert [stored.reply["overall"]["status"] for stored in made] == ["eligible", "eligible"]


def test_json_says_the_same_as_the_sheet(place: Place, revisions: Revisions) -> None:
    asked = [question.as_json() for question in place.asked().questions]
    given = {
        "result": "upheld",
        "reason": "理由",
        "by": "甲",
        "on": "2024-07-15",
        "conflict": "none",
        "evidence": ["纪要"],
    }
    data = [{**item, **(given if item["gates"] else {"result": None})} for item in asked]
    told_keys = [key for key in asked[0] if key not in ("decision_id", "about", "kind", "application_digest")]
    filled, problems = from_items(json.loads(json.dumps(data)), told_keys)
    assert not problems
    assert len(filled) == 7
    found, problems = planned(place, revisions, filled)
    assert not problems
    assert found is not None
    assert len(found.made) == 2


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({}, ["/: panel-not-list"]),
        ([5, {"result": "upheld"}], ["/0: finding-not-object", "/1: finding-needs"]),
    ],
)
def test_json_that_is_no_sheet_is_told(data: object, faults: list[str]) -> None:
    assert told(from_items(data)[1]) == faults


def test_faults_of_json_are_told_by_pointer(place: Place, revisions: Revisions) -> None:
    first = place.asked().questions[0]
    item = {"decision_id": first.decision_id, "about": first.about, "kind": "guess", "result": "upheld", "by": 5}
    filled, _ = from_items([item])
    _, problems = planned(place, revisions, filled)
    assert sorted(told(problems)) == [
        "/0/by: finding-text",
        "/0/conflict: panel-needs",
        "/0/evidence: panel-needs",
        "/0/kind: finding-choice",
        "/0/on: panel-needs",
        "/0/reason: panel-needs",
    ]


@pytest.mark.parametrize(
    ("damage", "faults"),
    [
        (lambda path: path.write_bytes(b"no workbook"), ["sheet.xlsx: panel-unreadable"]),
        (lambda path: Workbook().save(path), ["sheet.xlsx: panel-no-sheet"]),
        (lambda path: _without(path, "理由"), ["评审表: panel-column"]),
        (lambda path: _without(path, "about"), ["评审表: panel-column"]),
        (lambda path: path.write_bytes(path.read_bytes()[:2000]), ["sheet.xlsx: panel-unreadable"]),
    ],
    ids=["no workbook", "another workbook", "a column deleted", "a hidden column deleted", "cut off"],
)
def test_what_is_no_panel_sheet_is_told(place: Place, damage: Any, faults: list[str]) -> None:
    path = place.sheet()
    damage(path)
    assert told(read_workbook(path)[1]) == faults


def _without(path: Path, heading: str) -> None:
    book = load_workbook(path)
    for cell in book.worksheets[0][3]:
        if cell.value == heading:
            cell.value = None
    book.save(path)
