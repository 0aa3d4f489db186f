"""Values beside what is asked of them: yes and no under labels that deny, shares next to their bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.explanation import explain
from tests.engine.written import Written, written

BODY = """
facts:
  day: {type: date, label: 申报日期}
  clean: {type: boolean, label: 未列入失信名单}
  fined: {type: boolean, label: 受过处罚}
  own: {type: boolean, label: 自有场地}
  public: {type: number, label: 财政资金, unit: 元}
  total: {type: number, label: 总投入, unit: 元}
  staff:
    label: 人员
    list: true
    fields:
      local: {type: boolean, label: 本县户籍}
scope:
  cite: {clause: 一}
  all:
    - {id: clean, fact: clean, is: true}
    - {id: fined, label: 未受处罚, fact: fined, is: false}
    - {id: own, fact: own, is: true}
    - {id: public, share: public, of: total, at_most: 60%, on_empty: not_satisfied}
    - {id: local, share: staff, where: {fact: 'staff[].local', is: true}, at_least: 50%}
criteria: {}
"""
COMPLETE: dict[str, Any] = {
    "day": "2025-07-01",
    "clean": True,
    "fined": False,
    "own": True,
    "public": 1,
    "total": 2,
    "staff": [{"local": True}],
}


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


def reasons(policy: Written, **changed: Any) -> str:
    return str(explain(policy.assess({**COMPLETE, **changed}))["scope"]["explanation"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"clean": False}, "未列入失信名单：填报为“否”，应为是"),
        ({"fined": True}, "未受处罚：“受过处罚”填报为“是”，应为否"),
        ({"own": False}, "自有场地：否，应为是"),
        ({"fined": None}, "未受处罚：未填，尚不能判定"),
    ],
)
def test_yes_and_no_deny_no_denial(policy: Written, changed: dict[str, Any], said: str) -> None:
    assert reasons(policy, **changed) == said


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (61, 100, "61%"),
        (600_001, 1_000_000, "60.0001%"),
        (6_000_000_001, 10_000_000_000, "60.00000001%"),
        (2, 3, "66.67%"),
    ],
)
def test_a_share_is_told_from_its_bound(policy: Written, part: int, whole: int, percent: str) -> None:
    assert f"：{percent}（" in reasons(policy, public=part, total=whole)


def test_a_share_of_rows_is_told_to_two_decimals(policy: Written) -> None:
    staff = [{"local": row < 1} for row in range(3)]
    assert "33.33%（1/3）" in reasons(policy, staff=staff)


def test_a_share_that_is_its_bound_is_told_as_it(policy: Written) -> None:
    assert "60%（60元/100元）" in reasons(policy, public=60, total=100)


TWICE = """
facts:
  day: {type: date, label: 日期}
  papers:
    label: 证书
    fields:
      first: {type: boolean, label: 证书复印件, remediable: true}
      second: {type: boolean, label: 证书复印件, remediable: true}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria:
  papers:
    cite: {clause: 二}
    any:
      - {fact: papers.first, is: true}
      - {fact: papers.second, is: true}
"""


def test_alternatives_that_read_the_same_are_one_remedy() -> None:
    with written(TWICE) as policy:
        found = explain(policy.assess({"day": "2025-07-01", "papers": {"first": False, "second": False}}))
    assert found["remedies"] == [
        {"criterion": "papers", "text": "证书复印件：须为是", "pointers": ["/papers/first", "/papers/second"]}
    ]
