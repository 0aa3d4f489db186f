"""What another edition changes for applications, and applications read by the dictionary of another edition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.authoring.fitting import fit
from service.authoring.impact import Case, Direction, Impact, Moved, Turn, asked_anew, impact, summarise
from service.authoring.impact_amounts import AmountTurn
from service.engine.compiler import CompiledPolicy
from service.policy.library import policy_from_texts
from service.policy.model import Policy
from service.problems import Problem

CHANGES = Path(__file__).parents[1] / "data" / "policies" / "changes"
ON = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
APPLICATION: dict[str, Any] = {
    "applied_on": "2024-05-01",
    "started": "2010-01-01",
    "age": 57,
    "area": 40,
    "funds": 800,
    "kind": "企业",
    "plan": "有",
    "site": "有",
    "phone": "1",
    "staff": [{"number": str(n), "months": 30, "hurt": False} for n in range(3)],
}


class Policies:
    """Small policies compiled once, by the name of their change or with words of the base replaced."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], CompiledPolicy] = {}

    def __call__(self, name: str = "base", **words: str) -> CompiledPolicy:
        key = (name, *words.items())
        if key not in self._made:
            self._made[key] = CompiledPolicy(_policy(name, words))
        return self._made[key]

    def close(self) -> None:
        for compiled in self._made.values():
            compiled.close()


def _policy(name: str, words: dict[str, str]) -> Policy:
    text = (CHANGES / f"{name}.yaml").read_text("utf-8")
    for old, new in (pair.split(" => ") for pair in words.values()):
        assert old in text
        text = text.replace(old, new)
    policy, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert problems == ()
    assert policy is not None
    return policy


@pytest.fixture(scope="module")
def policies() -> Iterator[Policies]:
    made = Policies()
    yield made
    made.close()


def came(case: Case, new: CompiledPolicy) -> Impact:
    found = impact(case, new, on=ON)
    assert isinstance(found, Impact)
    return found


def case(before: CompiledPolicy, findings: Any = None, **changes: Any) -> Case:
    return Case("a.json", {**APPLICATION, **changes}, findings, before)


def test_a_loss_is_told_with_what_pulls_down_now(policies: Policies) -> None:
    found = came(case(policies()), policies("upper-limit-lowered"))
    turn = Turn("person.age", "年龄", "satisfied", "not_satisfied")
    assert (found.before, found.after, found.direction) == ("needs_review", "ineligible", Direction.WORSE)
    assert found.sections == (Moved(Turn("person", "人", "satisfied", "not_satisfied"), (turn,)),)


def test_a_gain_is_told_with_what_pulled_down_before(policies: Policies) -> None:
    found = came(case(policies("upper-limit-lowered")), policies())
    assert found.direction is Direction.BETTER
    assert [turn.id for moved in found.sections for turn in moved.by] == ["person.age"]


def test_the_innermost_named_condition_is_told(policies: Policies) -> None:
    found = came(case(policies(), funds=1), policies("lower-limit-raised-in-any"))
    assert [turn.id for moved in found.sections for turn in moved.by] == ["person.area"]


def test_the_same_conclusion_for_other_reasons_is_told_apart(policies: Policies) -> None:
    found = came(case(policies(), kind="商户"), policies("upper-limit-lowered"))
    assert (found.before, found.after, found.direction) == ("ineligible", "ineligible", Direction.WITHIN)


def test_what_changes_nothing_is_the_same(policies: Policies) -> None:
    found = came(case(policies()), policies("label"))
    assert (found.direction, found.sections) == (Direction.SAME, ())


def test_a_criterion_that_only_one_edition_has_stands_alone(policies: Policies) -> None:
    found = came(case(policies(), site="无"), policies("criterion-added"))
    assert Moved(Turn("place", "场所", None, "not_satisfied"), ()) in found.sections
    back = came(case(policies("criterion-added")), policies())
    assert back.sections == (Moved(Turn("place", "场所", "satisfied", None), ()),)


GRANT = (
    "year_of: {of: applied_on}} => year_of: {of: applied_on}}\n  money: {label: 金额, unit: 元, "
    "amount_by: {of: kind, amounts: {企业: AMOUNT, 学校: 1万元}, otherwise: 0元}}"
)
LARGE = "when: {fact: area, at_least: 500平方米, cite: {clause: 一}}"
AWARD = (
    "grant: {amount: 2万元, once: true} => grant: {amount: 2万元}\n  amounts: [{label: 可得补贴, fact: money, WHEN}]"
)


@pytest.mark.parametrize(
    ("amount", "when", "kind", "expected"),
    [
        ("3万元", "", "企业", [AmountTurn("可得补贴", "20000元", "30000元")]),
        ("3万元", "", "学校", []),
        (
            "2万元",
            LARGE,
            "企业",
            [AmountTurn("可得补贴", "20000元", "不给")],
        ),
        ("2万元", "", "企业", []),
    ],
)
def test_another_amount_is_told_though_the_conclusion_is_the_same(
    policies: Policies, amount: str, when: str, kind: str, expected: list[AmountTurn]
) -> None:
    old = policies(grant=GRANT.replace("AMOUNT", "2万元"), award=AWARD.replace(", WHEN", ""))
    new = policies(grant=GRANT.replace("AMOUNT", amount), award=AWARD.replace("WHEN", when or "cite: {clause: 一}"))
    found = came(case(old, kind=kind), new)
    assert (found.before, found.after) == ("needs_review", "needs_review")
    assert list(found.amounts) == expected
    assert found.direction is (Direction.WITHIN if expected else Direction.SAME)
    assert summarise([found]).amounts == ((("可得补贴", 1),) if expected else ())


def test_an_amount_that_one_edition_lacks_is_told(policies: Policies) -> None:
    new = policies(grant=GRANT.replace("AMOUNT", "2万元"), award=AWARD.replace(", WHEN", ""))
    assert came(case(policies()), new).amounts == (AmountTurn("可得补贴", None, "20000元"),)


def test_an_amount_that_tells_of_a_person_is_not_shown(policies: Policies) -> None:
    private = "kind: {type: code, => kind: {type: code, personal: other,"
    old, new = (
        policies(grant=GRANT.replace("AMOUNT", amount), award=AWARD.replace(", WHEN", ""), kind=private)
        for amount in ("2万元", "3万元")
    )
    (turn,) = came(case(old), new).amounts
    assert (turn.before, turn.after) == ("（涉及个人信息，不显示）", "（涉及个人信息，不显示）")


def test_findings_go_with_the_application_as_far_as_the_other_edition_knows_them(policies: Policies) -> None:
    finding = {"kind": "judgement", "result": "upheld", "by": "专家", "on": "2024-06-01"}
    about = [{**finding, "about": "staff.judged"}, {**finding, "about": "place"}]
    found = came(case(policies("criterion-added"), about), policies())
    assert (found.before, found.after) == ("eligible", "eligible")
    assert found.dropped_findings == ("place",)


def test_faulty_findings_are_problems(policies: Policies) -> None:
    found = impact(case(policies(), [{"about": "nobody"}]), policies("label"), on=ON)
    assert all(isinstance(item, Problem) for item in found)
    assert found


def test_fields_the_other_edition_does_not_take_are_dropped_and_told(policies: Policies) -> None:
    old = policies(
        a="phone: {type: text, label: 电话} => phone: {type: text, label: 电话}\n  fax: {type: text, label: 传真}"
    )
    new = policies(
        a="poor: {type: boolean, label: 低收入} => poor: {type: number, label: 低收入}",
        b="fact: poor, is: true => fact: poor, is: 1",
    )
    found = came(case(old, fax="1", poor=True), new)
    assert found.dropped == ("fax", "poor")
    assert found.unread_before == ()
    back = came(Case("b", {**APPLICATION, "poor": 3}, None, old), new)
    assert (back.dropped, back.unread_before) == ((), ("poor",))


def test_what_neither_edition_can_read_is_refused_with_the_problems_of_the_older(policies: Policies) -> None:
    found = impact(case(policies(), nobody=1, age="老"), policies("label"), on=ON)
    assert isinstance(found, tuple)
    assert {str(item.place) for item in found} == {"/nobody", "/age"}
    (problem,) = impact(Case("c", ["no object"], None, policies()), policies("label"), on=ON)
    assert problem.code == "application-not-object"


@pytest.mark.parametrize(
    ("application", "dropped"),
    [
        ({"staff": [{"number": "1", "badge": 2}, {"badge": 3}]}, ("staff[].badge",)),
        ({"staff": [{"number": "1"}, None]}, ("staff",)),
        ({"staff": [{"number": "1"}, 7]}, ("staff",)),
        ({"staff": "甲"}, ("staff",)),
        ({"kind": "火星", "area": "大", "a/b~c": 1}, ("a/b~c", "area", "kind")),
    ],
)
def test_an_application_is_read_without_what_does_not_fit(
    policies: Policies, application: dict[str, Any], dropped: tuple[str, ...]
) -> None:
    before = repr(application)
    found = fit(policies().policy, application)
    assert found is not None
    assert found.dropped == dropped
    assert repr(application) == before


def test_the_summary_counts_directions_turns_and_conditions(policies: Policies) -> None:
    old, new = policies(), policies("upper-limit-lowered")
    found = [
        came(case(old), new),
        came(case(old), new),
        came(case(old, age=50), new),
        came(case(old, kind="商户"), new),
    ]
    summary = summarise(found)
    assert summary.total == 4
    assert summary.directions == {Direction.BETTER: 0, Direction.WORSE: 2, Direction.WITHIN: 1, Direction.SAME: 1}
    assert summary.turns == (("needs_review", "ineligible", 2),)
    assert summary.by == (("person.age", "年龄", 3),)
    assert summarise(found[::-1]) == summary


def test_facts_asked_anew_are_those_conditions_rest_on(policies: Policies) -> None:
    new = policies(
        a="phone: {type => born: {type: date, label: 出生}\n  idle: {type: text, label: 未用}\n  phone: {type",
        b="year: {label => older: {label: 岁数, unit: 岁, years_between: {from: born, to: applied_on}}\n  year: {label",
        c="{id: age, label: 年龄, fact: age, => {id: age, label: 年龄, fact: older,",
    )
    assert [fact.path for fact in asked_anew([policies().policy], new.policy)] == ["born"]
    assert asked_anew([new.policy], policies().policy) == ()
