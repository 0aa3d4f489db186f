"""A round: which decision stands for an application, the figures, like cases, the list for 公示."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete

from service.cli import program
from service.cli.round_view import round_json, total_lines
from service.decisions import schema
from service.problems import PointerPlace
from service.rounds.publicity import chosen, rooms
from service.rounds.round import Round, reasons_of, round_of
from service.rounds.standing import standings
from service.rounds.totals import totals
from tests.rounds.conftest import POLICIES, Office

AT = PointerPlace("/0")


def _round(office: Office) -> Round:
    return round_of(office.policy, standings(office.log, office.policy))


def _ids(found: Round) -> list[str]:
    return [item.summary.decision_id for item in found.standings]


# --- which decision stands ---


def test_a_decision_with_findings_stands_instead_of_the_one_it_supersedes(office: Office) -> None:
    first = office.apply("甲")
    second = office.find(first, "upheld")
    found = _round(office)
    assert _ids(found) == [second]
    assert found.standings[0].earlier == ()
    assert found.overall == {"eligible": 1, "needs_review": 0, "incomplete": 0, "ineligible": 0}


@pytest.mark.parametrize(
    ("again", "same"),
    [
        ({"unit": " 甲 "}, True), ({"unit": "甲", "name": "李四"}, False), ({"unit": "乙"}, False),
        ({"unit": "乙", "code": "c1"}, False), ({"unit": "甲", "number": "11010519491231002x"}, False),
    ],
)  # fmt: skip
def test_what_a_unit_submitted_last_for_a_person_stands(office: Office, again: dict[str, Any], same: bool) -> None:
    first = office.apply("甲")
    second = office.apply(again.pop("unit"), **again)
    found = _round(office)
    assert _ids(found) == ([second] if same else [first, second])
    assert found.replaced == int(same)


def test_numbers_tell_units_and_persons_apart_before_names_do(office: Office) -> None:
    number = "11010519491231002X"
    first = office.apply("甲", code="c1", name="张三", number=number)
    renamed = office.apply("甲（集团）", code="Ｃ1", name="张三丰", number=" 11010519491231002x")
    found = _round(office)
    assert _ids(found) == [renamed]
    assert found.standings[0].earlier == (first,)


def test_a_finding_made_late_does_not_bring_back_what_was_replaced(office: Office) -> None:
    first = office.apply("甲", grade="三级")
    second = office.apply("甲")
    office.find(first, "upheld")
    assert _ids(_round(office)) == [second]


def test_without_a_name_every_submission_stands_for_itself(office: Office) -> None:
    assert len(_ids(_round_of_nameless(office))) == 2


def _round_of_nameless(office: Office) -> Round:
    office.apply(None)
    office.apply(None)
    return _round(office)


def test_an_erased_decision_is_counted_by_its_statuses(office: Office) -> None:
    erased, kept = office.apply("甲", grade="三级"), office.apply("乙")
    assert office.log.database.write is not None
    with office.log.database.write.begin() as connection:
        connection.execute(delete(schema.keys).where(schema.keys.c.decision_id == erased))
    found = _round(office)
    assert _ids(found) == [erased, kept]
    assert (found.erased, found.overall["ineligible"]) == (1, 1)


# --- figures ---


def test_the_innermost_named_conditions_that_decided_are_the_reasons(office: Office) -> None:
    poor = office.apply("甲", cost=5)
    low = office.apply("乙", grade="三级", cost=None, works=None)
    asked = office.apply("丙")
    found = {(item.about, item.status): item.decisions for item in _round(office).reasons}
    assert found[("skill.much", "not_satisfied")] == found[("skill.top", "not_satisfied")] == (poor,)
    assert found[("skill.grade", "not_satisfied")] == (low,)
    assert found[("skill.fame", "needs_review")] == (asked,)
    assert ("skill.money", "not_satisfied") not in found
    assert not [about for about, _ in found if about.startswith(("east", "preferences"))]


def test_a_satisfied_application_has_no_reasons(office: Office) -> None:
    office.find(office.apply("甲"), "upheld")
    found = _round(office)
    assert reasons_of(found.policy, found.standings[0]) == ()
    assert [section.statuses["satisfied"] for section in found.sections] == [1] * len(found.sections)


# --- like cases ---


def test_different_findings_on_the_same_facts_are_told(office: Office) -> None:
    one = office.find(office.apply("甲"), "upheld")
    other = office.find(office.apply("乙"), "rejected", by="评委乙", reason="张三的作品平常")
    (found,) = _round(office).unalike
    assert (found.about, found.same) == ("skill.fame", True)
    assert [(item.standing.summary.decision_id, item.upheld, item.by) for item in found.found] == [
        (one, True, "评委甲"),
        (other, False, "评委乙"),
    ]


def test_facts_that_differ_in_words_only_are_told_as_like(office: Office) -> None:
    office.find(office.apply("甲"), "upheld")
    office.find(office.apply("乙", works="另一件作品"), "rejected")
    (found,) = _round(office).unalike
    assert (found.about, found.same) == ("skill.fame", False)


def test_the_same_findings_and_unlike_facts_are_not_told(office: Office) -> None:
    office.find(office.apply("甲"), "upheld")
    office.find(office.apply("乙"), "upheld")
    assert _round(office).unalike == ()


def test_the_last_finding_counts_and_recusals_do_not(office: Office) -> None:
    office.find(office.apply("甲"), "upheld")
    corrected = office.find(office.apply("乙"), "rejected")
    office.find(corrected, "upheld", on="2025-04-02")
    assert _round(office).unalike == ()


def test_a_name_in_a_reason_is_masked(office: Office) -> None:
    office.find(office.apply("甲", name="张三丰"), "upheld", reason="张三丰的作品好")
    office.find(office.apply("乙"), "rejected")
    (found,) = _round(office).unalike
    assert found.found[0].reason == "张**的作品好"


# --- the list ---


@pytest.fixture
def towns(office: Office) -> tuple[Round, list[str]]:
    """Three eligible in the east, two in the west; one that is not eligible."""
    made = [office.find(office.apply(f"东{n}"), "upheld") for n in range(3)]
    made += [office.find(office.apply(f"西{n}", town=town), "upheld") for n, town in enumerate(("west", "西镇"))]
    made.append(office.apply("未评"))
    return _round(office), made


def test_who_is_chosen_stands_in_the_order_given(towns: tuple[Round, list[str]]) -> None:
    found, ids = towns
    selected, problems = chosen(found, [(AT, ids[3]), (AT, ids[0][:8].upper())])
    assert problems == ()
    assert [item.summary.decision_id for item in selected] == [ids[3], ids[0]]


def test_every_quota_is_a_ceiling(towns: tuple[Round, list[str]]) -> None:
    found, ids = towns
    assert {(room.label, room.most, room.count) for room in rooms(found.policy, found.eligible)} == {
        ("总名额", 3, 5), ("各镇名额：东镇", 2, 3), ("各镇名额：西镇", 1, 2),
    }  # fmt: skip
    selected, problems = chosen(found, [(AT, name) for name in ids[:5]])
    assert selected == ()
    assert {item.code for item in problems} == {"round-over-quota"}
    assert {dict(item.params)["label"] for item in problems} == {"各镇名额：东镇", "各镇名额：西镇", "总名额"}


def test_what_the_chosen_would_get_is_held_against_the_ceiling_on_money(towns: tuple[Round, list[str]]) -> None:
    found, ids = towns
    (total,) = totals(found.policy, found.eligible)
    assert (total.sum, total.limit.at_most, total.over, total.open) == (1_000_000, 900_000, 100_000, 0)
    selected, _ = chosen(found, [(AT, ids[3]), (AT, ids[0])])
    assert [*total_lines(found, found.eligible, "eligible"), *total_lines(found, selected, "chosen")] == [
        "资金总额：形式审查通过的 5 份合计 100万元，超出 10万元", "资金总额：入选的 2 份合计 40万元",
    ]  # fmt: skip
    assert round_json(found, None)["totals"] == [
        {"label": "资金总额", "unit": "元", "at_least": None, "at_most": 900_000, "eligible": 1_000_000, "undecided": 0}
    ]


def test_a_sum_that_is_not_decided_is_told_and_not_counted(towns: tuple[Round, list[str]], office: Office) -> None:
    office.find(office.apply("东3", cost=None, grade="一级"), "upheld")
    found = _round(office)
    (line,) = total_lines(found, found.eligible, "eligible")
    assert line == "资金总额：形式审查通过的 6 份合计 100万元，超出 10万元；另有 1 份的金额未定，没有计入"


def test_everything_wrong_with_a_list_is_told_at_once(office: Office, towns: tuple[Round, list[str]]) -> None:
    replaced = towns[1][0]
    newest = office.find(office.apply("东0"), "upheld")
    found, ids = _round(office), towns[1]
    names = [newest, newest, ids[5], "ffffffff-none", replaced, ids[1][:4]]
    _, problems = chosen(found, [(PointerPlace(f"/{n}"), name) for n, name in enumerate(names)])
    assert [(str(item.place), item.code) for item in problems] == [
        ("/1", "round-chosen-twice"), ("/2", "round-chosen-not-eligible"), ("/3", "round-chosen-unknown"),
        ("/4", "round-chosen-replaced"), ("/5", "round-chosen-unknown"),
    ]  # fmt: skip
    assert newest in next(item.message for item in problems if item.code == "round-chosen-replaced")


# --- the command ---


def _command(office: Office, *arguments: object) -> int:
    url, key_file = office.settings.database_url, office.settings.key_file
    places = ("--policies", POLICIES, "--database-url", url, "--key-file", key_file)
    return program.run(["round", "2025", *map(str, (*arguments, *places))])


def test_the_table_tells_figures_reasons_like_cases_and_candidates(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.find(office.apply("甲工坊", name="张三丰"), "upheld")
    assert _command(office) == 0
    told = capsys.readouterr().out
    for words in ("申报 1 份", "形式审查通过 1", "没有发现事实相同而认定不同", "甲工坊", "张**", "200000元"):
        assert words in told
    assert "张三丰" not in told


def test_unlike_findings_have_an_exit_code_of_their_own(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.find(office.apply("甲"), "upheld")
    office.find(office.apply("乙"), "rejected")
    assert _command(office, "--format", "json") == 1
    data = json.loads(capsys.readouterr().out)
    assert [item["same"] for item in data["unalike"]] == [True]
    assert [item["overall"] for item in data["applications"]] == ["eligible", "ineligible"]


def test_an_empty_round_says_so(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert _command(office) == 0
    assert "没有这个版本的决定" in capsys.readouterr().out


def test_the_workbook_lists_the_chosen_with_masked_names_and_no_formulas(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = office.find(office.apply("=1+1", name="张三丰"), "upheld")
    office.find(office.apply("乙"), "upheld")
    names, sheet = tmp_path / "入选.txt", tmp_path / "公示.xlsx"
    names.write_text(f"\ufeff# 第一次评审会\n\n{made[:8]}  # 甲\n", "utf-8")
    assert _command(office, "--chosen", names, "--output", sheet) == 0
    assert "张三丰" not in capsys.readouterr().out
    book = load_workbook(sheet)
    assert book.sheetnames == ["汇总", "申报一览", "各部分状态", "未通过的原因", "同案不同判", "公示名单"]
    rows = list(book["公示名单"].iter_rows(values_only=True))
    assert rows[1:] == [(1, "'=1+1", "张**", "补助：200000元")]
    assert len(list(book["申报一览"].iter_rows())) == 3


@pytest.mark.parametrize(("name", "code"), [("没有.txt", 2), ("坏.txt", 2), ("错.txt", 1)])
def test_a_list_that_cannot_be_taken_stops_the_command(
    office: Office, tmp_path: Path, name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "坏.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "错.txt").write_text("abcdefgh\n", "utf-8")
    assert _command(office, "--chosen", tmp_path / name, "--output", tmp_path / "x.xlsx") == code
    assert name in "".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.xlsx").exists()


def test_an_output_that_is_no_workbook_is_refused_before_anything_is_read(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _command(office, "--output", "x.csv") == 2
    assert ".xlsx" in capsys.readouterr().err
