"""What conditions that weigh rows ask for: exactly the numbers, keys and lists that leave them open."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine.explanation import explain
from service.engine.sums import least
from tests.engine.written import written

_FACTS = """
facts:
  day: {type: date, label: 日期}
  own: {type: text, label: 本单位}
  limit: {type: number, label: 限额}
  spent: {type: number, label: 投入}
  income: {type: number, label: 收入}
  rows:
    label: 各行
    list: true
    fields:
      key: {type: text, label: 编号}
      amount: {type: number, label: 金额}
      good: {type: boolean, label: 合格}
      kind: {type: code, label: 类别, codes: [甲, 乙], open: true}
criteria: {}
scope:
  label: 范围
  cite: {clause: 一}
"""


@pytest.mark.parametrize(
    ("condition", "given", "missing"),
    [
        ("{sum: 'rows[].amount', at_least: 5}", {"rows": [{"amount": 1}, {}]}, ["/rows/1/amount"]),
        ("{sum: 'rows[].amount', at_least: {fact: limit}}", {"rows": [{"amount": 1}]}, ["/limit"]),
        ("{sum: 'rows[].amount', at_most: 5, on_empty: unknown}", {"rows": []}, ["/rows"]),
        ("{sum: 'rows[].amount', at_least: 5}", {}, ["/rows"]),
        (
            "{sum: 'rows[].amount', at_least: 5, distinct_by: 'rows[].key'}",
            {"rows": [{"key": "a", "amount": 4}, {"key": "a", "amount": 6}]},
            ["/rows/0/amount", "/rows/1/amount"],
        ),
        (
            "{sum: 'rows[].amount', at_least: 5, distinct_by: 'rows[].key', excluding: own}",
            {"rows": [{"key": "a", "amount": 6}]},
            ["/own"],
        ),
        (
            # People could only make it worse, and whether they may leave the row out nobody asked.
            "{sum: 'rows[].amount', where: {fact: 'rows[].kind', is: 甲}, at_least: 0}",
            {"rows": [{"kind": "丙", "amount": -5}]},
            ["/rows/0/amount"],
        ),
        ("{highest: 'rows[].amount', at_least: 5}", {"rows": [{"amount": 1}, {}]}, ["/rows/1/amount"]),
        ("{lowest: 'rows[].amount', at_least: 5, on_empty: unknown}", {"rows": []}, ["/rows"]),
        (
            "{share: rows, where: {fact: 'rows[].good', is: true}, at_least: 50%}",
            {"rows": [{"good": True}, {}, {"good": False}]},
            ["/rows/1/good"],
        ),
        (
            "{share: rows, where: {fact: 'rows[].good', is: true}, at_least: 50%, distinct_by: 'rows[].key'}",
            {"rows": [{"good": True}]},
            ["/rows/0/key"],
        ),
        ("{share: spent, of: income, at_least: 50%}", {"spent": 5}, ["/income"]),
        ("{share: spent, of: income, at_least: 50%, on_empty: unknown}", {"spent": 5, "income": 0}, None),
        (
            "{every: rows, that: {fact: 'rows[].good', is: true}, distinct_by: 'rows[].key', excluding: own}",
            {"rows": [{"key": "a", "good": False}]},
            ["/own"],
        ),
    ],
)
def test_what_leaves_it_open_is_missing(condition: str, given: dict[str, Any], missing: list[str] | None) -> None:
    with written(_FACTS + f"  all: [{condition}]\n") as policy:
        reply = explain(policy.assess({"day": "2025-06-01", **given}))
    assert reply["scope"]["status"] == "unknown"
    named = [item["pointer"] for item in reply["missing"]]
    assert named == (["/spent", "/income"] if missing is None else missing)


def test_what_is_said_of_no_row_is_a_question_and_its_answer_settles_it() -> None:
    body = _FACTS + "  all: [{id: any, sum: 'rows[].amount', at_most: 5, on_empty: needs_review}]\n"
    application = {"day": "2025-06-01", "rows": []}
    with written(body) as policy:
        asked = explain(policy.assess(application))
        assert [(review["about"], review["gates"]) for review in asked["reviews"]] == [("scope.any", True)]
        finding = {"about": "scope.any", "result": "rejected", "reason": "评议"}
        settled = explain(policy.assess(application, finding))
    assert settled["reviews"] == []
    assert settled["scope"]["status"] == "not_satisfied"
    assert settled["scope"]["conditions"][0]["finding"]["result"] == "rejected"


def test_numbers_beyond_what_the_rules_may_see_are_added_exactly() -> None:
    body = _FACTS + "  all: [{id: big, sum: 'rows[].amount', more_than: 4500000000000000}]\n"
    with written(body) as policy:
        for last, status in ((0, "not_satisfied"), (1, "satisfied")):
            rows = [{"amount": 900_000_000_000_000}] * 5 + [{"amount": last}]
            assert policy.status("scope.big", {"day": "2025-06-01", "rows": rows}) == status


@pytest.mark.parametrize(
    ("terms", "one_less", "expected"),
    [
        ([(True, True, 5), (True, False, 3), (True, False, -2)], False, 3),
        ([(True, True, 5), (False, False, 3)], False, 3),
        ([(True, True, 5), (True, True, 4), (False, False, 3), (False, False, 1)], False, 4),
        ([(True, True, 5), (True, True, 4), (False, False, 1)], True, 1),
        ([(True, True, -5)], True, -5),
        ([], True, 0),
    ],
)
def test_the_least_of_a_sum(terms: list[tuple[bool, bool, float]], one_less: bool, expected: float) -> None:
    assert least(terms, one_less=one_less) == expected
