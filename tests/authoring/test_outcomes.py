"""What a condition can come to, told from how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.authoring.outcomes import Outcome, outcome_of, possible
from service.policy.facts import Fact, FactType
from service.policy.kinds import Member
from service.policy.library import policy_from_texts
from service.policy.literals import vocabulary_of
from service.policy.tables import CodeEntry

SMALL = (Path(__file__).parents[1] / "data" / "case_files" / "small.yaml").read_text(encoding="utf-8")
FACTS = """\
  unit:
    label: 单位
    fields:
      size: {type: number, label: 规模, unit: 人}
derived:
"""
MET, MISSED, OPEN = Outcome.SATISFIED, Outcome.NOT_SATISFIED, Outcome.OPEN
NEVER_BLANK = "{fact: known, is: true}"


@pytest.mark.parametrize(
    ("condition", "outcomes"),
    [
        ("{fact: staff, at_least: 3人}", {MET, MISSED, OPEN}),
        ("{fact: kind, is: 企业}", {MET, MISSED, OPEN}),
        (NEVER_BLANK, {MET, MISSED}),
        (f"{{not: {NEVER_BLANK}}}", {MET, MISSED}),
        (f"{{none: [{NEVER_BLANK}]}}", {MET, MISSED}),
        ("{fact: plan, answered: true}", {MET, OPEN}),
        ("{not: {fact: plan, answered: true}}", {MISSED, OPEN}),
        ("{fact: plan, given: true}", {MET, MISSED, OPEN}),
        ("{fact: staff, given: true}", {MET, OPEN}),
        ("{fact: kind, given: true}", {MET, OPEN}),
        ("{fact: known, given: true}", {MET, MISSED}),
        ("{fact: people, given: true}", {MET, MISSED, OPEN}),
        ("{judgement: 可行, evidence: plan}", {MET, MISSED, OPEN}),
        (f"{{all: [{NEVER_BLANK}, {{fact: plan, answered: true}}]}}", {MET, MISSED, OPEN}),
        ("{all: [{fact: plan, answered: true}, {not: {fact: plan, answered: true}}]}", {MISSED, OPEN}),
        (f"{{any: [{NEVER_BLANK}, {{fact: plan, answered: true}}]}}", {MET, OPEN}),
        ("{n_of: [{fact: plan, answered: true}, {fact: staff, given: true}], at_least: 1}", {MET, OPEN}),
        ("{some: people, that: {fact: 'people[].name', answered: true}}", {MET, MISSED, OPEN}),
        ("{every: people, that: {fact: 'people[].name', answered: true}}", {MET, OPEN}),
        ("{every: people, that: {fact: 'people[].name', given: true}, on_blank: satisfied}", {MET, OPEN}),
        (f"{{points: [{{when: {NEVER_BLANK}, points: 5}}], at_least: 5}}", {MET, MISSED}),
        (f"{{points: [{{when: {NEVER_BLANK}, points: 5}}], at_most: 5}}", {MET}),
        ("{points: [{when: {fact: plan, answered: true}, points: 5}], less_than: 5}", {MET, MISSED, OPEN}),
        (
            "{points: [{when: {not: {fact: plan, answered: true}}, points: 5}, "
            "{when: {fact: plan, given: true}, points: 5}], at_least: 10}",
            {MISSED},
        ),
        (f"{{when: {NEVER_BLANK}, then: {{fact: plan, answered: true}}}}", {MET, OPEN}),
        (f"{{when: {{fact: plan, given: true}}, then: {NEVER_BLANK}}}", {MET, MISSED, OPEN}),
        (f"{{when: {{not: {{fact: plan, answered: true}}}}, then: {NEVER_BLANK}, else: {NEVER_BLANK}}}",
         {MET, MISSED, OPEN}),
        (f"{{readings: {{甲: {NEVER_BLANK}, 乙: {{fact: plan, answered: true}}}}}}", {MET, MISSED, OPEN}),
        # A miss that goes to people may be settled by them.
        ("{fact: known, is: true, on_miss: review, ruling: r}", {MET, MISSED, OPEN}),
        (f"{{not: {{fact: plan, answered: true}}, exempt_when: {NEVER_BLANK}}}", {MET, MISSED, OPEN}),
    ],
)  # fmt: skip
def test_what_is_possible_follows_from_the_kind(condition: str, outcomes: set[Outcome]) -> None:
    head = SMALL[: SMALL.index("scope:")].replace("derived:\n", FACTS, 1)
    tail = SMALL[SMALL.index("scope:") :]
    criteria = f"criteria: {{a: {{label: 甲, cite: {{clause: 一}}, all: [{condition}]}}}}\n"
    before, _, rest = tail.partition("criteria:")
    text = head + before + criteria + rest[rest.index("materials:") :]
    text = text.replace("facts:\n", "rulings: {r: {text: 试, by: 某局}}\nfacts:\n", 1)
    policy, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert policy is not None, [str(item) for item in problems]
    (section,) = (section for section in policy.sections if section.id == "a")
    (child,) = section.root.children  # type: ignore[attr-defined]  # written as `all` above
    assert possible(child) == outcomes


def test_unknown_and_to_be_reviewed_are_one_outcome() -> None:
    assert [outcome_of(one) for one in ("satisfied", "not_satisfied", "unknown", "needs_review")] == [
        MET, MISSED, OPEN, OPEN,
    ]  # fmt: skip


def test_one_of_all_the_values_of_a_closed_list_always_holds() -> None:
    def held(*codes: str, is_open: bool = False, negated: bool = False) -> frozenset[Outcome]:
        entries = tuple(CodeEntry(code=code, label=code) for code in "ab")
        fact = Fact(path="x", type=FactType.CODE, label="x", vocabulary=vocabulary_of(entries, is_open=is_open))
        return possible(Member(fact=fact, operator="in", codes=codes, literals=codes, negated=negated))

    assert held("a", "b") == {Outcome.SATISFIED, Outcome.OPEN}
    assert held("a", "b", negated=True) == {Outcome.NOT_SATISFIED, Outcome.OPEN}
    assert held("a") == held("a", "b", is_open=True) == frozenset(Outcome)
