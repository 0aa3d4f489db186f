"""Findings about what a policy asks the opposite of: what people uphold is so, wherever it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.engine.explanation import explain
from tests.engine.written import Written, written

BODY = """
award:
  amounts:
    - {label: 低档, amount: 1万元, cite: {clause: 四}, when: {not: {meets: high}}}
facts:
  day: {type: date, label: 申报日期}
  age: {type: number, label: 年龄, unit: 岁}
scope: {label: 范围, cite: {clause: 一}, fact: age, given: true}
criteria:
  premise: {label: 高档的年龄, cite: {clause: 二}, when: {meets: high}, then: {fact: age, at_most: 30岁}}
  points:
    label: 计分
    cite: {clause: 二}
    points: [{when: {meets: high}, points: 5}, {when: {fact: age, at_most: 50岁}, points: 5}]
    at_most: 5
  lower: {label: 不是高档, cite: {clause: 二}, not: {meets: high}}
  clean: {label: 没有违规, cite: {clause: 二}, not: {id: breach, label: 违规, judgement: 是否违规}}
  none: {label: 没有缺陷, cite: {clause: 二}, none: [{id: first, judgement: 一}, {id: second, judgement: 二}]}
  twice: {label: 并非没有, cite: {clause: 二}, not: {id: free, not: {id: shown, judgement: 有无}}}
  other: {label: 同一违规, cite: {clause: 二}, meets: clean.breach}
tiers:
  high: {label: 高档, cite: {clause: 三}, judgement: 是否突出}
"""


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


@pytest.mark.parametrize(
    ("about", "name", "upheld", "rejected"),
    [
        pytest.param("high", "premise", "not_satisfied", "satisfied", id="a premise met elsewhere"),
        pytest.param("high", "points", "not_satisfied", "satisfied", id="points that must not be too many"),
        pytest.param("high", "lower", "not_satisfied", "satisfied", id="the opposite of what is met elsewhere"),
        pytest.param("lower", "lower", "needs_review", "needs_review", id="what is asked elsewhere is decided there"),
        pytest.param("clean.breach", "clean", "not_satisfied", "satisfied", id="the question under a negation"),
        pytest.param("clean", "clean", "satisfied", "not_satisfied", id="the whole around a negation"),
        pytest.param("none.first", "none", "not_satisfied", "needs_review", id="one of those none of which may be"),
        pytest.param("none", "none", "satisfied", "not_satisfied", id="all of those none of which may be"),
        pytest.param("twice.shown", "twice", "satisfied", "not_satisfied", id="the question under two negations"),
        pytest.param("twice.free", "twice", "not_satisfied", "satisfied", id="the negation under a negation"),
        pytest.param("clean.breach", "other", "satisfied", "not_satisfied", id="asked elsewhere as it is"),
        pytest.param("clean", "other", "not_satisfied", "satisfied", id="what is around it, asked elsewhere as it is"),
    ],
)
def test_what_people_find_is_so_wherever_the_policy_asks_for_it(
    policy: Written, about: str, name: str, upheld: str, rejected: str
) -> None:
    application = {"day": "2025-06-01", "age": 40}
    found = [policy.status(name, application, {"about": about, "result": result}) for result in ("upheld", "rejected")]
    assert found == [upheld, rejected]


def test_an_amount_for_who_does_not_reach_a_tier_is_due_once_people_reject_the_tier(policy: Written) -> None:
    application = {"day": "2025-06-01", "age": 40}
    statuses = [
        result.status
        for finding in ("upheld", "rejected")
        for _, result in policy.assess(application, {"about": "high", "result": finding}).amounts
        if result is not None
    ]
    assert statuses == [0, 3]


@pytest.mark.parametrize(
    ("result", "reason"),
    [("upheld", "违规：评审组认定有此情形（2025-06-30）"), ("rejected", "违规：评审组认定无此情形（2025-06-30）")],
)
def test_the_reason_says_what_was_found_of_what_is_denied(policy: Written, result: str, reason: str) -> None:
    found = explain(policy.assess({"day": "2025-06-01", "age": 40}, {"about": "clean.breach", "result": result}))
    assert found["criteria"]["clean"]["explanation"] == reason
