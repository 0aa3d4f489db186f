"""The panel sheet holds what people must judge, nothing personal, and nothing that a program would compute."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from service.rounds.cells import neutral
from service.rounds.questions import Question
from service.rounds.sheet import COLUMNS, write_workbook
from service.rounds.sheet_html import sheet_html
from tests.rounds.places import APPLICATIONS, FIRST, SAMPLES, SHEET, Place

GATING = ["inheritance.shortage-talent", "inheritance.training", "inheritance.apprentices"]


def test_questions_are_those_of_applications_that_wait_for_people_alone(place: Place) -> None:
    asked = place.asked()
    assert [(item.sequence, item.about) for item in asked.questions if item.gates] == [
        *((2, about) for about in GATING),
        *((3, about) for about in ["master.years-to-retirement", *GATING]),
    ]
    assert asked.left_out == {"ineligible": 1, "incomplete": 1}
    assert {item.sequence for item in place.asked(everything=True).questions} == {2, 3, 4, 5}


def test_a_question_comes_with_evidence_clause_and_quote(place: Place) -> None:
    found = {item.about: item for item in place.asked().questions if item.sequence == 3}
    training = found["inheritance.training"]
    assert training.question == "是否举办有一定规模的培训班，在传统工艺传承等方面产生辐射效应、取得明显成果"
    assert training.given == "每年举办2期培训班,共60人次"
    assert (
        training.basis
        == "一、（四）：“举办有一定规模的培训班传授技艺、培养人才，传统工艺传承等方面产生辐射效应，取得明显成果”"
    )
    assert (training.section, training.unit, training.status) == ("有传承", "温州示例阀门制造有限公司", "待人工评审")
    assert found["master.years-to-retirement"].kind == "exception"
    assert "原则上应距法定退休年龄3年以上" in found["master.years-to-retirement"].basis


@pytest.mark.parametrize(("unit", "count"), [("阀门", 2), ("91330302", 2), ("没有这家", 0)])
def test_a_unit_is_found_by_a_part_of_its_name_or_code(place: Place, unit: str, count: int) -> None:
    assert len({item.decision_id for item in place.asked(unit=unit).questions}) == count


def test_nothing_personal_stands_on_a_sheet(place: Place) -> None:
    page = sheet_html(place.asked(everything=True).questions, "评审")
    with zipfile.ZipFile(place.sheet()) as packed:
        texts = page + "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    for name in SAMPLES:
        leader = json.loads((APPLICATIONS / f"{name}.json").read_text(encoding="utf-8"))["application"]["leader"]
        for key in ("name", "id_number", "birth_date", "mobile"):
            assert not leader.get(key) or leader[key] not in texts, key


def test_only_what_is_to_be_filled_in_can_be_changed(place: Place) -> None:
    sheet = load_workbook(place.sheet())[SHEET]
    assert sheet.protection.sheet
    open_cells = {cell.column_letter for cell in sheet[FIRST] if not cell.protection.locked}
    assert open_cells == set("HIJKLM")
    assert all(cell.protection.locked for cell in sheet[FIRST - 1])
    assert sheet.freeze_panes == "B4"
    assert [letter for letter in "NOPQ" if sheet.column_dimensions[letter].hidden] == [*"NOPQ"]
    lists = {rule.formula1: str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert set(lists) == {'"成立,不成立"', '"批准例外,不批准例外"', '"无利害关系,回避"'}
    assert lists['"批准例外,不批准例外"'] == "H10"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$3:$3"


def test_text_that_would_be_a_formula_is_none(tmp_path: Path) -> None:
    texts = ["=1+1", "+86", "-1", "@x", "\t=1", "＝1+1", "＠x", " =1", "\x07=1"]
    questions = [
        Question(
            decision_id="d", sequence=1, application_digest="x", unit=text, person="", about="a.b", kind="judgement",
            section=text, question=text, given=text, basis=text, status=text, gates=True,
        )
        for text in texts
    ]  # fmt: skip
    write_workbook(questions, "=title", tmp_path / "s.xlsx")
    sheet = load_workbook(tmp_path / "s.xlsx")[SHEET]
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"}
    assert sheet["A1"].value == "'=title"
    for row, text in enumerate(texts, start=FIRST):
        assert sheet.cell(row, COLUMNS.index("question") + 1).value == neutral(text)
        assert str(sheet.cell(row, 1).value)[0] in "'?"


def test_the_page_stands_alone_and_escapes_what_applicants_wrote(place: Place) -> None:
    (first, *_) = place.asked().questions
    told = {name: getattr(first, name) for name in first.__dataclass_fields__}
    page = sheet_html([Question(**{**told, "given": "<script>alert(1)</script>"})], "评审")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    assert sheet_html(place.asked().questions, "评审") == sheet_html(place.asked().questions, "评审")


def test_an_erased_decision_is_counted_and_not_asked_about(place: Place) -> None:
    with sqlite3.connect(place.folder / "log.db") as raw:
        raw.execute("DELETE FROM keys WHERE decision_id = (SELECT decision_id FROM entries WHERE sequence = 2)")
    asked = place.asked()
    assert asked.erased == 1
    assert {item.sequence for item in asked.questions} == {3}
