"""Files of cases in Chinese keywords say what those in English say, and their problems speak Chinese."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from service.authoring.case_reader import read_cases
from service.authoring.case_runs import Bench, Report
from service.authoring.case_schema import CaseFileSchema
from service.authoring.case_text import case_text
from service.authoring.cases import Case, CaseFile
from service.authoring.proposals import Proposer
from service.authoring.translation import translate
from service.policy.keywords import CHINESE, ENGLISH, Language, Role, chinese
from service.policy.library import policy_from_texts
from service.policy.model import Policy
from service.policy.policy_schema import PolicySchema
from service.policy.source import read_bytes
from service.problems import FilePlace, Problem

DATA = Path(__file__).parents[1] / "data" / "case_files"
SMALL = (DATA / "small.yaml").read_text(encoding="utf-8")
CASES = (DATA / "small.cases.yaml").read_text(encoding="utf-8")
BAD = sorted((DATA / "bad").glob("*.yaml"))
HEAD = "语言: 1\n政策: small\n版本: 2024\n"


def in_chinese(text: str, schema: Any = CaseFileSchema) -> str:
    found, problems = translate("f", text.encode(), schema, CHINESE)
    assert found is not None, [str(item) for item in problems]
    return found.raw.decode()


def policy(text: str = SMALL) -> Policy:
    found, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert found is not None, [str(item) for item in problems]
    return found


def read(text: str, of: Policy | None = None) -> tuple[CaseFile | None, tuple[Problem, ...]]:
    document, problems = read_bytes("small/2024.cases.yaml", text.encode())
    assert document is not None, [str(item) for item in problems]
    with Bench(of or policy()) as bench:
        return read_cases(document, DATA, bench.policy, bench.names())


def told(text: str) -> list[tuple[str, str, str | None]]:
    file, problems = read(text)
    assert file is None
    return [(str(item.place).partition(":")[2], item.code, item.suggestion) for item in problems]


def run(file: CaseFile | None) -> Report:
    assert file is not None
    with Bench(file.policy) as bench:
        series = bench.series(file)
        for _ in series:
            pass
        return series.report()


def said(case: Case) -> tuple[Any, ...]:
    """A case without its places."""
    expected = [(one.name, one.status) for one in case.expected]
    return case.name, case.application, case.changed, case.findings, expected, [name for name, _ in case.deciding]


def test_chinese_cases_come_to_what_the_english_ones_come_to() -> None:
    text = in_chinese(CASES)
    assert "  - {name: 齐全" not in text
    assert "预期: {总体: 提交专家评审, people: 待人工评审, people.staff: 符合, people.grown: 符合}" in text
    assert "人工认定: [{事项: people.useful, 认定: 认可}]" in text
    file, problems = read(text)
    assert problems == ()
    assert file is not None
    original, _ = read(CASES)
    assert original is not None
    assert (file.language, original.language) == (CHINESE, ENGLISH)
    assert list(map(said, file.cases)) == list(map(said, original.cases))
    assert file.bases == original.bases
    assert run(file).failed == ()


def test_sections_that_every_policy_has_go_by_their_chinese_names() -> None:
    file, problems = read(
        f"{HEAD}覆盖: {{须达到: 10%, 不会出现: [{{条件: 申报材料, 结果: 未定, 原因: 试}}]}}\n"
        "情形:\n  - 名字: 空白\n"
        "    人工认定: [{事项: 申报范围, 种类: 例外审批, 认定: 否定, 由: 某人, 日期: 2024-07-01, 理由: 试}]\n"
        "    预期: {总体: 待补正, 申报范围: 信息不足, 形式审查: 信息不足, people.other: 信息不足}\n"
        "    决定因素: [申报材料, people.staff]\n"
    )
    assert problems == ()
    assert file is not None
    (case,) = file.cases
    assert [(one.name, one.status) for one in case.expected] == [
        ("overall", "incomplete"), ("scope", "unknown"), ("formalities", "unknown"), ("people.other", "unknown"),
    ]  # fmt: skip
    assert [name for name, _ in case.deciding] == ["materials", "people.staff"]
    assert [finding.as_json() for finding in case.findings] == [
        {"about": "scope", "kind": "exception", "result": "rejected", "by": "某人", "on": "2024-07-01", "reason": "试"}
    ]
    assert [(one.condition, one.outcome.value) for one in file.impossible] == [("materials", "open")]
    assert run(file).failed == ()


def at(line: str) -> tuple[str, int]:
    """A line without its marks `<`, and the column where the mark was."""
    return line.replace("<", ""), line.index("<") + 1


@pytest.mark.parametrize(
    ("marked", "code", "suggestion"),
    [
        ("情形: [{名字: a, 预期: {总体: <eligible}}]", "foreign-keyword", "形式审查通过"),
        ("情形: [{名字: a, 预期: {<overall: 待补正}}]", "foreign-keyword", "总体"),
        ("情形: [{名字: a, 预期: {总体: 待补正}, 决定因素: <materials}]", "foreign-keyword", "申报材料"),
        ("情形: [{名字: a, 预期: {申报范围: 信息不足, <scope: 符合}}]", "foreign-keyword", "申报范围"),
        ("情形: [{名字: a, 预期: {<申报范为: 信息不足}}]", "cases-unknown-condition", "申报范围"),
        ("情形: [{名字: a, 预期: {<申报范围.x: 信息不足}}]", "cases-unknown-condition", "申报范围"),
        ("情形: [{名字: a, 预期: {<people.staf: 信息不足}}]", "cases-unknown-condition", "people.staff"),
        ("情形: [{名字: a, 预期: {总体: <待补证}}]", "not-allowed", "待补正"),
        ("情形: [{名字: a, 预期: {总体: <信息不足}}]", "not-allowed", None),
        ("情形: [{名字: a, 预期: {申报范围: <待补正}}]", "not-allowed", None),
        ("情形: [{名字: a, 决定因素: people, 人工认定: [{事项: <申报材枓, 认定: 认可}]}]", "finding-about", "申报材料"),
        ("情形: [{名字: a, 预期: {总体: 待补正}, 人工认定: [{事项: 申报材料, 认定: <同意}]}]", "not-allowed", None),
        ("情形: [{名字: a, 决定因素: people, 人工认定: [{日期: <x, 事项: people, 认定: 认可}]}]", "finding-date", None),
        ("覆盖: {不会出现: [{条件: <申报材枓, 结果: 未定, 原因: 试}]}", "cases-not-covered", "申报材料"),
        ("覆盖: {不会出现: [{条件: 申报材料, 结果: <末定, 原因: 试}]}", "not-allowed", None),
    ],
)  # fmt: skip
def test_a_fault_of_a_chinese_file_is_told_in_its_words(marked: str, code: str, suggestion: str | None) -> None:
    line, column = at(marked)
    assert told(f"{HEAD}{line}\n") == [(f"4:{column}", code, suggestion)]


@pytest.mark.parametrize(
    ("marked", "code", "suggestion"),
    [
        ("cases: [{name: a, expect: {<总体: incomplete}}]", "cases-unknown-condition", "overall"),
        ("cases: [{name: a, expect: {<申报范围: unknown}}]", "cases-unknown-condition", "scope"),
        ("cases: [{name: a, deciding: <申报材料}]", "cases-unknown-condition", "materials"),
        ("cases: [{name: a, expect: {overall: <待补正}}]", "foreign-keyword", "incomplete"),
        ("cases: [{name: a, expect: {scope: <待补正}}]", "not-allowed", None),
    ],
)
def test_chinese_words_in_an_english_file_are_told(marked: str, code: str, suggestion: str | None) -> None:
    line, column = at(marked)
    assert told(f"language: 1\npolicy: small\nedition: 2024\n{line}\n") == [(f"4:{column}", code, suggestion)]


def test_a_criterion_may_have_a_name_that_is_a_word_of_the_other_language() -> None:
    of = policy(SMALL.replace("criteria:\n  people:", "criteria:\n  总体:", 1))
    text = (
        "language: 1\npolicy: small\nedition: 2024\ncases: [{name: a, expect: {总体: unknown, 总体.staff: unknown}}]\n"
    )
    file, problems = read(text, of)
    assert problems == ()
    assert run(file).failed == ()
    # In Chinese that name is the whole's, so the file stays as it is.
    found, problems = translate("f", text.encode(), CaseFileSchema)
    assert found is None
    assert [item.code for item in problems] == ["translate-clash"]


@pytest.mark.parametrize("case", BAD, ids=lambda path: path.stem)
def test_the_problems_of_a_broken_file_are_the_same_in_chinese_and_speak_it(case: Path) -> None:
    text = case.read_text(encoding="utf-8")
    written = in_chinese(text)

    def lines(problems: tuple[Problem, ...]) -> list[tuple[int, str]]:
        return [(item.place.line, item.code) for item in problems if isinstance(item.place, FilePlace)]

    _, expected = read(text)
    _, found = read(written)
    assert lines(found) == lines(expected)
    keywords = {*chinese(Role.KEY), *chinese(Role.VALUE), *chinese(Role.OVERALL)}
    allowed = set(re.findall(r"[a-z_]+", written))
    for problem in found:
        said = set(re.findall(r"(?<![\w.-])[a-z_]+(?![\w.[-])", f"{problem.message}{problem.hint}"))
        assert said & keywords - allowed - {"policy", "test"} == set(), str(problem)


@pytest.mark.parametrize("of", [CHINESE, ENGLISH], ids=lambda language: language.code)
@pytest.mark.parametrize("begun", [None, CHINESE, ENGLISH], ids=["new", "zh", "en"])
def test_proposals_are_in_the_language_of_the_file_they_are_for(of: Language, begun: Language | None) -> None:
    declared = policy(SMALL if of is ENGLISH else in_chinese(SMALL, PolicySchema))
    if begun is None:
        file = CaseFile(declared, "small/2024.cases.yaml")
    else:
        found, _ = read(CASES if begun is ENGLISH else in_chinese(CASES), declared)
        assert found is not None
        file = found
    with Bench(declared) as bench:
        proposals = Proposer(bench, file).propose()
    assert proposals.cases
    written = {} if begun is None else {"full": "{}", "grown": "{}"}
    text = case_text(proposals, file, written, head=True)
    expected = of if begun is None else begun
    word = expected.word
    assert f"\n{word('language')}: 1\n" in text
    assert text.count(f"    {word('proposed')}: true") == len(proposals.cases)
    assert f"{word('proposed')}\n" in text.split(f"\n{word('language')}")[0] + "\n"
    assert f"{word('expect')}: {{{word('overall')}: " in text
    assert f"{expected.other.word('expect')}:" not in text
    if begun is None:
        again, problems = read(text, declared)
        assert problems == ()
        assert again is not None
        assert again.language is expected
        assert len(again.cases) == len(proposals.cases)
        assert run(again).failed == ()
        assert any(case.findings for case in again.cases)
