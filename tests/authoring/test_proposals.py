"""Proposed cases: they hold when run, leave what is there, and reach what no case has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.authoring.case_reader import read_cases
from service.authoring.case_runs import Bench, Report
from service.authoring.case_text import case_text, scalar
from service.authoring.cases import CaseFile
from service.authoring.drafts import difference, places
from service.authoring.outcomes import Outcome
from service.authoring.proposals import Proposals, Proposer
from service.policy.library import policy_from_texts
from service.policy.model import Policy
from service.policy.source import read_bytes

DATA = Path(__file__).parents[1] / "data" / "case_files"
SMALL = (DATA / "small.yaml").read_text(encoding="utf-8")
HEAD = SMALL[: SMALL.index("scope:")]


def policy(text: str = SMALL) -> Policy:
    found, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert found is not None, [str(item) for item in problems]
    return found


def read(text: str, of: Policy) -> CaseFile:
    document, problems = read_bytes("small/2024.cases.yaml", text.encode())
    assert document is not None, [str(item) for item in problems]
    with Bench(of) as bench:
        file, problems = read_cases(document, DATA, of, bench.names())
    assert file is not None, [str(item) for item in problems]
    return file


def proposed(of: Policy, file: CaseFile | None = None) -> tuple[Proposals, str]:
    """What is proposed, and its text as a file of its own."""
    begun = file or CaseFile(of, "small/2024.cases.yaml")
    with Bench(of) as bench:
        proposals = Proposer(bench, begun).propose()
    written = {"full": SMALL_BASE} if file else {}
    return proposals, case_text(proposals, begun, written, head=True)


SMALL_BASE = (
    "{application: {on: 2024-06-28, staff: 3, area: 80.5, plan: 有, kind: 企业, "
    "people: [{name: 甲, born: 1990-01-01}, {name: 乙, born: 1991-01-01}]}}"
)
BEGUN = (
    f"language: 1\npolicy: small\nedition: 2024\nbases: {{full: {SMALL_BASE}}}\n"
    "cases: [{name: 齐全, base: full, expect: {overall: needs_review}}]\n"
)


def run(file: CaseFile) -> Report:
    with Bench(file.policy) as bench:
        series = bench.series(file)
        for _ in series:
            pass
        return series.report()


@pytest.mark.parametrize("begun", [None, BEGUN], ids=["from nothing", "from a base"])
def test_proposals_hold_are_marked_and_leave_nothing_out_but_what_they_say(begun: str | None) -> None:
    of = policy()
    proposals, text = proposed(of, None if begun is None else read(begun, of))
    report = run(read(text, of))
    assert report.ran
    assert all(ran.case.proposed for ran in report.ran)
    assert [ran.mismatches for ran in report.failed] == []
    lacking = {(one.subject.name, outcome) for one in report.with_proposed.conditions for outcome in one.lacking}
    told = {(subject.name, outcome) for subject, outcome in proposals.unreached}
    if begun is None:
        assert lacking == told
    # What nobody has looked at covers nothing.
    assert (report.coverage.seen, report.only_proposed) == (0, report.with_proposed.seen)
    # A number that is filled, a code that is closed and rows that are made: all of it can be reached.
    assert {name for name, _ in told} <= {"people.known/1", "people.known"}


def test_the_same_policy_and_cases_give_the_same_text() -> None:
    assert proposed(policy())[1] == proposed(policy())[1]


def test_each_threshold_is_met_at_it_and_on_both_sides() -> None:
    of = policy()
    file = read(BEGUN, of)
    text = proposed(of, file)[1]
    applications = [case.application.data for case in read(text, of).cases]
    assert {2, 3, 4} <= {data["staff"] for data in applications if data.get("staff") is not None} | {3}
    areas = {str(data["area"]) for data in applications if data.get("area") is not None}
    # Not less than 100 to one decimal: just below, at, just above.
    assert {"99.9", "100", "100.1"} <= areas
    # Over 50: at it, and just above.
    assert {"50", "50.1"} <= areas
    births = {row["born"] for data in applications for row in data.get("people") or () if row.get("born")}
    # Eighteen years before the day of the application.
    assert {"2006-06-27", "2006-06-28", "2006-06-29"} <= births
    counts = {len(data["people"]) for data in applications if data.get("people") is not None}
    assert {1, 3} <= counts


def test_what_nothing_brings_about_is_told() -> None:
    text = HEAD + "scope: {cite: {clause: 一}, all: [{fact: staff, at_least: 3人}, {fact: staff, less_than: 3人}]}\n"
    of = policy(
        text
        + "criteria: {a: {label: 甲, cite: {clause: 一}, fact: plan, given: true}}\n"
        + SMALL[SMALL.index("materials:") :]
    )
    proposals, written = proposed(of)
    assert [(subject.name, outcome) for subject, outcome in proposals.unreached] == [("scope", Outcome.SATISFIED)]
    assert "scope" in written.split("\n")[-2]


def test_nothing_is_proposed_twice() -> None:
    of = policy()
    text = proposed(of)[1]
    file = read(text, of)
    again, _ = proposed(of, None)
    with Bench(of) as bench:
        more = Proposer(bench, file).propose()
    known = {case.name for case in file.cases}
    assert len(again.cases) == len(file.cases)
    assert not [case for case in more.cases if case.name in known]


def identified(data: object) -> list[str]:
    """Every identity number in an application."""
    if isinstance(data, dict):
        own = [str(value) for key, value in data.items() if key == "number" and value]
        return [*own, *(found for value in data.values() for found in identified(value))]
    return [found for item in data for found in identified(item)] if isinstance(data, list) else []


def test_an_application_proposed_is_of_the_edition_and_of_people_with_numbers_of_their_own() -> None:
    numbered = (
        HEAD.replace("from: 2024-01-01", "from: 2024-01-01, until: 2024-12-31")
        .replace(
            "  people:\n",
            "  head: {label: 负责人, fields: {number: {type: identity_number, label: 号码}}}\n  people:\n",
        )
        .replace("      born:", "      number: {type: identity_number, label: 号码}\n      born:")
        .replace("derived:\n", "derived:\n  head_birth: {label: 出生, identity_birth: {of: head.number}}\n")
        .replace("derived:\n", "derived:\n  people[].birth: {label: 出生, identity_birth: {of: 'people[].number'}}\n")
    )
    of = policy(
        f"{numbered}scope: {{cite: {{clause: 一}}, fact: head_birth, on_or_before: {{fact: on, minus: 18年}}}}\n"
        "criteria: {a: {label: 甲, cite: {clause: 一}, count: people, at_least: 3, distinct_by: 'people[].number',"
        " excluding: head.number, where: {fact: 'people[].birth', on_or_before: {fact: on, minus: 18年}}}}\n"
        + SMALL[SMALL.index("materials:") :]
    )
    text = proposed(of)[1]
    applications = [case.application.data for case in read(text, of).cases]
    # Eighteen years before the day of the application, of which nothing but the number tells.
    assert {"2005-12-31", "2006-01-01", "2006-01-02"} <= set(re.findall(r"(\S{10}) 出生者的号码", text))
    assert {data.get("on", "2024-01-01")[:4] for data in applications if data.get("on") is not None} == {"2024"}
    several = [numbers for numbers in map(identified, applications) if len(numbers) > 3]
    assert several
    right = [[number for number in numbers if len(number) == 18] for numbers in several]
    assert [numbers for numbers in right if len(numbers) != len(set(numbers))] == []


def test_a_code_outside_an_open_list_of_codes_is_tried() -> None:
    head = HEAD.replace("  phone:", "  tags: {type: codes, label: 产业, open: true, codes: [甲业, 乙业]}\n  phone:")
    tail = SMALL[SMALL.index("materials:") :].partition("preferences:")[0]
    of = policy(
        f"{head}scope: {{cite: {{clause: 一}}, fact: plan, given: true}}\n"
        "criteria: {a: {label: 甲, cite: {clause: 一}, fact: staff, at_least: 1人}}\n"
        f"{tail}preferences: {{cite: {{clause: 二}}, fact: tags, contains_any: [甲业]}}\n"
    )
    proposals, _ = proposed(of)
    assert [(subject.name, outcome) for subject, outcome in proposals.unreached] == []


LEAVES = st.sampled_from(
    [
        "{fact: staff, at_least: 3人}", "{fact: staff, between: [2人, 9人]}", "{fact: area, less_than: 20.5平方米}",
        "{fact: plan, given: true}", "{fact: kind, is: 企业}", "{fact: kind, is_not: 学校}",
        "{fact: on, on_or_after: 2024-03-01}", "{judgement: 是否可行, evidence: plan}",
        "{count: people, where: {fact: 'people[].name', given: true}, at_least: 1}",
        "{every: people, that: {fact: 'people[].born', on_or_before: {fact: on, minus: 18年}}}",
        "{some: people, that: {fact: 'people[].name', given: true}}",
    ]
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda kind, parts: f"{{{kind}: [{', '.join(parts)}]}}", st.sampled_from(["all", "any", "none"]),
                  st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: f"{{not: {part}}}", inner),
        st.builds(lambda a, b: f"{{when: {a}, then: {b}}}", inner, inner),
        st.builds(lambda a, b: f"{{n_of: [{a}, {b}], at_least: 1}}", inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(TREES)
def test_proposals_for_any_conditions_hold_when_run(tree: str) -> None:
    tail = SMALL[SMALL.index("materials:") :]
    of = policy(
        f"{HEAD}scope: {{cite: {{clause: 一}}, fact: plan, given: true}}\n"
        f"criteria: {{a: {{label: 甲, cite: {{clause: 一}}, all: [{tree}]}}}}\n{tail}"
    )
    _, text = proposed(of)
    file = read(text, of)
    assert file.cases
    assert run(file).failed == ()


@given(st.text(max_size=12))
@settings(derandomize=True)
def test_any_text_that_can_stand_in_a_file_is_read_again(text: str) -> None:
    document, problems = read_bytes("t.yaml", f"a: [{scalar(text)}, 1]\nb: {scalar(text)}\n".encode("utf-8", "replace"))
    if document is not None:
        assert document.data == {"a": [text, 1], "b": text}
    else:
        # Characters that no policy may hold.
        assert problems


@pytest.mark.parametrize(
    ("before", "after", "change", "remove", "add"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}, [], {}),
        ({"a": 1}, {"a": True}, {"a": True}, [], {}),
        ({"a": {"b": 1}}, {"a": {"c": {"d": 1}}}, {"a.c.d": 1}, ["a.b"], {}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}, {}]}, {"a.0.b": 2}, [], {"a": [{}]}),
        ({"a": [{"b": 1}, {}]}, {"a": [{"b": 1}]}, {}, ["a.1"], {}),
        ({"a": ["x"]}, {"a": []}, {"a": []}, [], {}),
    ],
)
def test_a_difference_is_said_place_by_place(
    before: object, after: object, change: object, remove: object, add: object
) -> None:
    found = difference(before, after)
    assert (found.change, found.remove, found.add) == (change, remove, add)


def test_places_of_a_field_of_rows_are_those_of_the_first_rows() -> None:
    data = {"a": {"b": [{"c": [{}, {}]}, {"c": None}, {}]}}
    assert places(data, "a.b[].c[].d") == [("a", "b", 0, "c", 0, "d"), ("a", "b", 0, "c", 1, "d")]
    assert places(data, "a.b", most=1) == [("a", "b")]


@pytest.mark.parametrize("begun", [None, BEGUN], ids=["from nothing", "from a base"])
def test_the_sides_of_a_threshold_differ_in_what_they_expect_although_another_alternative_holds(
    begun: str | None,
) -> None:
    any_of = "any: [{fact: area, at_least: 60平方米}, {fact: staff, at_least: 3人}]"
    of = policy(f"{HEAD}scope: {{cite: {{clause: 一}}, {any_of}}}\ncriteria: {{}}\n")
    file = None if begun is None else read(begun.replace("needs_review", "eligible"), of)
    proposals, _ = proposed(of, file)
    for label in ("面积", "人数"):
        sides = {one.name: one.expected["scope"] for one in proposals.cases if f"：{label}为" in one.name}
        assert set(sides.values()) == {"satisfied", "not_satisfied"}, sides
        assert not any("两边结论相同" in name for name in sides)


def test_a_threshold_that_changes_nothing_expected_is_proposed_as_such() -> None:
    # Any number of people will do, so that the area decides nothing.
    any_of = "any: [{fact: area, at_least: 60平方米}, {fact: staff, at_least: 3人}, {fact: staff, less_than: 3人}]"
    of = policy(f"{HEAD}scope: {{cite: {{clause: 一}}, {any_of}}}\ncriteria: {{}}\n")
    proposals, _ = proposed(of, read(BEGUN.replace("needs_review", "eligible"), of))
    areas = [one for one in proposals.cases if "：面积为" in one.name]
    assert areas
    assert all("两边结论相同" in one.name for one in areas)
    assert {one.expected["scope"] for one in areas} == {"satisfied"}


def test_a_deadline_is_met_to_the_second_and_missed_by_the_next() -> None:
    text = (DATA.parent / "policies" / "changes" / "moments" / "base.yaml").read_text(encoding="utf-8")
    found, problems = policy_from_texts("small", "2025", text.encode(), {})
    assert found is not None, [str(item) for item in problems]
    proposed_text = proposed(found)[1]
    file = read(proposed_text, found)
    assert [ran.mismatches for ran in run(file).failed] == []
    sent = {case.application.data.get("sent_at") for case in file.cases}
    assert {"2025-09-30 17:00", "2025-09-30 17:00:01"} <= sent
    assert {"2025-07-01 08:59:59", "2025-07-01 09:00"} <= sent
