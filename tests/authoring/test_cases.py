"""Files of cases: read strictly, run, and what they cover."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from service import messages
from service.authoring.case_reader import read_cases
from service.authoring.case_runs import Bench, Report
from service.authoring.cases import CaseFile
from service.authoring.outcomes import Outcome
from service.authoring.subjects import finding_kind
from service.policy.library import files_of, policy_from_texts
from service.policy.model import Policy
from service.policy.source import read_bytes
from service.problems import FilePlace, Problem

DATA = Path(__file__).parents[1] / "data" / "case_files"
SMALL = (DATA / "small.yaml").read_text(encoding="utf-8")
CASES = (DATA / "small.cases.yaml").read_text(encoding="utf-8")
BAD = sorted((DATA / "bad").glob("*.yaml"))


def policy(text: str = SMALL) -> Policy:
    found, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert found is not None, [str(item) for item in problems]
    return found


def read(text: str, folder: Path = DATA, policy_text: str = SMALL) -> tuple[CaseFile | None, tuple[Problem, ...]]:
    document, problems = read_bytes("small/2024.cases.yaml", text.encode())
    assert document is not None, [str(item) for item in problems]
    with Bench(policy(policy_text)) as bench:
        return read_cases(document, folder, bench.policy, bench.names())


def run(text: str, folder: Path = DATA, policy_text: str = SMALL) -> Report:
    file, problems = read(text, folder, policy_text)
    assert file is not None, [str(item) for item in problems]
    with Bench(file.policy) as bench:
        series = bench.series(file)
        for _ in series:
            pass
        return series.report()


def edited(old: str, new: str) -> str:
    assert CASES.count(old) == 1
    return CASES.replace(old, new)


def test_cases_that_hold_are_met() -> None:
    report = run(CASES)
    assert len(report.ran) == 5
    assert report.failed == ()


@pytest.mark.parametrize("case", BAD, ids=lambda path: path.stem)
def test_a_fault_is_a_problem_at_its_place(case: Path) -> None:
    """`<fault>.yaml` holds one fault; its first line says in a comment what is told: line:column: code -> name."""
    text = case.read_text(encoding="utf-8")
    found, problems = read(text)
    assert found is None
    told = []
    for item in problems:
        assert isinstance(item.place, FilePlace)
        assert "None" not in item.message
        offer = f" -> {item.suggestion}" if item.suggestion else ""
        told.append(f"{item.place.line}:{item.place.column}: {item.code}{offer}")
    assert told == text.split("\n", 1)[0].removeprefix("# ").split("; ")


@pytest.mark.parametrize(
    ("condition", "about", "kind"),
    [
        ("fact: plan, given: true, in_principle: true", "people.asked", "exception"),
        ("fact: plan, given: true, in_principle: true", "people", "judgement"),  # others of it are judged
        ("share: people, where: {fact: 'people[].name', given: true}, at_least: 50%, in_principle: true",
         "people.asked", "exception"),
        ("judgement: 是否可行, evidence: plan, in_principle: true", "people.asked", "judgement"),
        ("all: [{fact: plan, given: true, in_principle: true}]", "people.asked", "exception"),
        ("all: [{judgement: 是否可行, evidence: plan}], in_principle: true", "people.asked", "judgement"),
        ("fact: plan, given: true, on_miss: review", "people.asked", "judgement"),
    ],
)  # fmt: skip
def test_a_finding_without_a_kind_is_of_the_kind_that_its_condition_waits_for(
    condition: str, about: str, kind: str
) -> None:
    text = SMALL.replace("    all:\n", f"    all:\n      - {{id: asked, label: 所问, {condition}}}\n", 1)
    assert finding_kind(policy(text), about) == kind


def test_a_finding_without_a_kind_rejects_an_exception() -> None:
    small = SMALL.replace("at_least: 3人, on_miss: review", "at_least: 3人, in_principle: true")
    case = "cases: [{name: a, base: full, change: {staff: 2人}, findings: [{about: people.staff, result: rejected}], "
    text = CASES[: CASES.index("cases:")] + case + "expect: {overall: ineligible, people.staff: not_satisfied}}]\n"
    assert run(text, policy_text=small).failed == ()


def test_every_fault_of_a_case_file_has_a_file() -> None:
    held = "\n".join(path.read_text(encoding="utf-8") for path in BAD)
    codes = [line.split('"')[1] for line in Path(messages.__file__).with_name("cases.toml").read_text().split("\n")
             if line.startswith('"cases-') and ".hint" not in line]  # fmt: skip
    # Told by the command line, which knows the files beside one another.
    assert [code for code in codes if f": {code}" not in held] == ["cases-no-policy"]


def test_a_case_that_is_not_met_says_what_came_and_why() -> None:
    report = run(edited("people.grown: not_satisfied}\n    deciding: [people.grown]",
                        "people.grown: satisfied}\n    deciding: [people.useful]"))  # fmt: skip
    (failed,) = report.failed
    assert failed.case.name == "少一名成员"
    status, deciding = failed.mismatches
    assert (status.name, status.expected, status.actual) == ("people.grown", "satisfied", "not_satisfied")
    assert (deciding.name, deciding.deciding, deciding.actual) == ("people.useful", True, "needs_review")
    assert status.why
    assert CASES.split("\n")[status.place.line - 1].strip().startswith("expect")
    assert failed.case.changed == (("people.0", None), ("people.2", None))


def test_a_mismatch_of_the_whole_is_explained() -> None:
    (failed,) = run(edited("expect: {overall: eligible}", "expect: {overall: ineligible}")).failed
    (mismatch,) = failed.mismatches
    assert mismatch.actual == "eligible"
    assert mismatch.why[0]


def test_an_application_in_a_file_may_be_bare_or_wrapped(tmp_path: Path) -> None:
    (tmp_path / "bare.json").write_text('{"staff": 3}', encoding="utf-8")
    (tmp_path / "wrapped.json").write_text('{"id": "G", "application": {"staff": 3}}', encoding="utf-8")
    for name in ("bare", "wrapped"):
        text = CASES[: CASES.index("bases:")] + (
            f"bases: {{b: {{file: {name}.json}}}}\ncases: [{{name: a, base: b, expect: {{people.staff: satisfied}}}}]\n"
        )
        assert run(text, tmp_path).failed == ()


def test_a_fault_in_the_file_of_a_base_stands_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"staff": 3,\n "kind": "店铺"}', encoding="utf-8")
    text = CASES[: CASES.index("bases:")] + (
        "bases: {b: {file: bad.json}}\ncases: [{name: a, base: b, expect: {overall: eligible}}]\n"
    )
    found, (told,) = read(text, tmp_path)
    assert found is None
    assert (str(told.place), told.code) == ("bad.json:2:10", "cases-application")
    (tmp_path / "bad.json").write_text('{"staff": 3', encoding="utf-8")
    _, problems = read(text, tmp_path)
    assert {str(item.place).partition(":")[0] for item in problems} == {"bad.json"}


def test_coverage_names_what_is_seen_wanted_and_lacking() -> None:
    conditions = {one.subject.name: one for one in run(CASES).coverage.conditions}
    assert list(conditions) == [
        "scope", "people", "people.staff", "people.grown", "people.adult", "people.useful", "people.other",
        "people.other/1", "people.known", "people.known/1", "people.known/2", "materials", "formalities",
        "preferences",
    ]  # fmt: skip
    assert conditions["people.staff"].seen == {"satisfied", "unknown"}
    assert conditions["people.staff"].lacking == (Outcome.NOT_SATISFIED,)
    assert conditions["people.adult"].outcomes == {Outcome.SATISFIED, Outcome.NOT_SATISFIED}
    # What is answered is never missed; what is filled with a literal is never blank.
    assert conditions["materials"].wanted == {Outcome.SATISFIED, Outcome.OPEN}
    assert conditions["people.known/1"].wanted == {Outcome.SATISFIED, Outcome.NOT_SATISFIED}


def test_a_condition_under_a_negation_is_covered_as_it_reads() -> None:
    conditions = {one.subject.name: one for one in run(CASES).coverage.conditions}
    # The application is of a firm, so that "is a school" does not hold and "none is" does.
    assert conditions["people.other/1"].seen == {"not_satisfied", "unknown"}
    assert conditions["people.other"].seen == {"satisfied", "unknown"}


def test_what_is_declared_impossible_is_not_wanted_and_told_if_seen() -> None:
    before = run(CASES).coverage
    declared = (
        "coverage: {required: 50%, impossible: [{condition: people.staff, outcome: OUTCOME, why: 不会}]}\nbases:\n"
    )
    report = run(edited("bases:\n", declared.replace("OUTCOME", "not_satisfied")))
    assert report.file.required == Decimal(50)
    assert report.coverage.wanted == before.wanted - 1
    assert report.wrongly_impossible == ()
    wrong = run(edited("bases:\n", declared.replace("OUTCOME", "satisfied"))).wrongly_impossible
    assert [(one.subject.name, outcome) for one, outcome in wrong] == [("people.staff", Outcome.SATISFIED)]


def test_the_percentage_is_whole_only_where_nothing_is_lacking() -> None:
    coverage = run(CASES).coverage
    assert coverage.seen == coverage.wanted - sum(len(one.lacking) for one in coverage.conditions)
    assert Decimal(0) < coverage.percentage < Decimal(100)


def test_a_file_of_cases_is_no_file_of_a_snapshot(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    for name in ("2024.yaml", "2024.cases.yaml"):
        (tmp_path / "small" / name).write_text(SMALL, encoding="utf-8")
    assert [path.name for path in files_of(tmp_path)] == ["2024.yaml"]
