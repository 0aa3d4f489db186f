"""Examples beside conditions are run, each on an application that holds its values alone."""

from __future__ import annotations

import pytest

from service.authoring.examples import check_examples
from service.policy.library import policy_from_texts
from service.policy.model import Policy
from service.problems import FilePlace

POLICY = """\
language: 1
policy: small
edition: 2024
title: 小政策
authority: 某局
effective: {from: 2024-01-01}
date: on
notice: notice
documents: {notice: {title: 通知}}
facts:
  on: {type: date, label: 日期}
  staff: {type: number, label: 人数, unit: 人}
  plan: {type: evidence, label: 规划}
  people:
    label: 成员
    list: true
    fields:
      age: {type: number, label: 年龄, unit: 岁}
      prizes:
        label: 奖项
        list: true
        fields:
          rank: {type: number, label: 名次}
scope: {cite: {clause: 一}, fact: plan, given: true}
criteria:
  people:
    label: 人员
    cite: {clause: 一}
    all:
      - id: staff
        fact: staff
        at_least: 3人
        on_miss: review
        examples:
          - {given: {staff: 3}, then: STAFF_THREE}
          - {given: {staff: 2}, then: needs_review}
          - {given: {}, then: unknown}
      - id: every
        every: people
        that:
          all:
            - fact: people[].age
              at_most: 60岁
              examples:
                - {given: {'people[].age': 61}, then: not_satisfied}
                - {given: {people: [{age: 60}]}, then: ROW_SIXTY}
            - some: people[].prizes
              that:
                fact: people[].prizes[].rank
                at_most: 3
                examples:
                  - {given: {'people[].prizes[].rank': 3}, then: satisfied}
                  - {given: {'people[].prizes[].rank': 4}, then: PRIZE_FOUR}
        examples:
          - {given: {people: []}, then: satisfied}
          - {given: {staff: STAFF_VALUE}, then: unknown}
materials: {cite: {clause: 一}, fact: plan, given: true}
formalities: {cite: {clause: 一}, fact: plan, given: true}
preferences: {cite: {clause: 一}, fact: plan, given: true}
"""
RIGHT = {
    "STAFF_THREE": "satisfied",
    "ROW_SIXTY": "satisfied",
    "PRIZE_FOUR": "not_satisfied",
    "STAFF_VALUE": "1",
}


def _policy(**words: str) -> Policy:
    text = POLICY
    for name, word in {**RIGHT, **words}.items():
        text = text.replace(name, word)
    policy, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert problems == ()
    assert policy is not None
    return policy


def test_right_examples_are_no_problem() -> None:
    assert check_examples(_policy()) == ()


@pytest.mark.parametrize(
    ("name", "wrong", "actual", "first_line_of"),
    [
        ("STAFF_THREE", "needs_review", "satisfied", "- id: staff"),
        ("ROW_SIXTY", "unknown", "satisfied", "- fact: people[].age"),
        ("PRIZE_FOUR", "satisfied", "not_satisfied", "fact: people[].prizes[].rank"),
    ],
)
def test_a_wrong_example_is_a_problem_at_its_condition(name: str, wrong: str, actual: str, first_line_of: str) -> None:
    (found,) = check_examples(_policy(**{name: wrong}))
    assert found.code == "example-differs"
    assert dict(found.params)["expected"] == wrong
    assert dict(found.params)["actual"] == actual
    line = next(n for n, text in enumerate(POLICY.split("\n"), start=1) if text.strip() == first_line_of)
    assert isinstance(found.place, FilePlace)
    assert found.place.line == line


def test_a_value_an_application_cannot_have_is_a_problem_of_the_example() -> None:
    (found,) = check_examples(_policy(STAFF_VALUE="许多"))
    assert found.code == "example-unreadable"
    assert dict(found.params)["pointer"] == "/staff"
    assert dict(found.params)["number"] == 2
