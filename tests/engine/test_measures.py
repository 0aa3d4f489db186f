"""What conditions ask about, as numbers: both ends of each, blanks and people's questions in rows, empty lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.application import read_application
from service.engine.explanation import explain
from service.engine.values import HIGHEST, LOWEST
from tests.engine.written import Written, written

_BODY = """
facts:
  day: {type: date, label: 申报日期}
  own: {type: text, label: 本单位}
  spent: {type: number, label: 投入, unit: 元, precision: 2}
  income: {type: number, label: 收入, unit: 万元, precision: 1}
  prize: {type: boolean, label: 获奖}
  brand: {type: boolean, label: 品牌}
  rows:
    label: 各行
    list: true
    fields:
      key: {type: text, label: 编号}
      n: {type: number, label: 金额, unit: 元}
      w: {type: number, label: 份量, at_least: 0, at_most: 10}
      on: {type: date, label: 日期}
      good: {type: boolean, label: 合格}
      kind: {type: code, label: 类别, codes: [甲, 乙], open: true}
derived:
  goods: {label: 合格数, unit: 个, count: rows, where: {fact: 'rows[].good', is: true}}
  kinds: {label: 甲类数, count: rows, where: {fact: 'rows[].kind', is: 甲}}
  ones: {label: 个数, count: rows, distinct_by: 'rows[].key', excluding: own}
  paid: {label: 合格金额, sum: 'rows[].n', where: {fact: 'rows[].good', is: true}}
  weight: {label: 合格份量, sum: 'rows[].w', where: {fact: 'rows[].good', is: true}}
  top: {label: 最高, highest: 'rows[].n', where: {fact: 'rows[].good', is: true}, on_empty: 0元}
  least: {label: 最低, lowest: 'rows[].n'}
  one_top: {label: 各一项的最高, highest: 'rows[].n', distinct_by: 'rows[].key', excluding: own}
  last: {label: 最近, highest: 'rows[].on', where: {fact: 'rows[].good', is: true}}
  part: {label: 合格占比, share: rows, where: {fact: 'rows[].good', is: true}, on_empty: 0%}
  heavy:
    label: 份量占比
    precision: 0
    share: rows[].w
    where: {fact: 'rows[].good', is: true}
    among: {fact: 'rows[].kind', is: 甲}
  rate: {label: 投入占比, share: spent, of: wan}
  wan: {label: 收入（元）, total: [rest, spent]}
  rest: {label: 其余, unit: 元, precision: 2, portion: {of: spent, percent: 200%}}
  score:
    label: 得分
    precision: 1
    points: [{when: {fact: prize, is: true}, points: 2.5分}, {when: {fact: brand, is: true}, points: 4}]
scope:
  cite: {clause: 一}
  all:
    - {id: goods, fact: goods, at_least: 2个}
    - {id: paid, fact: paid, at_least: 5元}
    - {id: part, fact: part, at_least: 50%}
    - {id: score, fact: score, at_least: 6分}
    - {id: last, fact: last, on_or_after: 2025-01-01}
criteria: {}
"""
_DAY = dt.date(2025, 3, 1).toordinal()


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(_BODY) as made:
        yield made


def value(policy: Written, path: str, given: dict[str, Any]) -> Any:
    application, problems = read_application(policy.policy, {"day": "2025-07-01", **given})
    assert application is not None, problems
    fact = next(fact for fact in policy.policy.derived if fact.path == path)
    return policy.compiled.readers.value(fact, policy.compiled.frame(application.values))


def rows(*each: dict[str, Any]) -> dict[str, Any]:
    return {"rows": list(each)}


_IN = {"good": False, "kind": "甲"}
YES, NO, OPEN = {"good": True}, {"good": False}, {"good": None}


@pytest.mark.parametrize(
    ("path", "given", "found"),
    [
        ("goods", rows(YES, NO, OPEN, YES), (2, 3)),
        ("goods", rows(), (0, 0)),
        ("goods", {}, None),
        ("kinds", rows({"kind": "甲"}, {"kind": "丙"}, {"kind": "乙"}), (1, 2)),  # 丙: people would say
        ("ones", {"own": "c", **rows({"key": "a"}, {"key": "A "}, {"key": "c"}, {"key": None})}, (1, 2)),
        ("ones", rows({"key": "a"}, {"key": "b"}), (1, 2)),
        ("paid", rows({**YES, "n": 5}, {**NO, "n": 9}, {**OPEN, "n": 2}), (5, 7)),
        ("paid", rows({**YES, "n": 5}, {**OPEN, "n": -2}), (3, 5)),
        ("paid", rows({**YES, "n": 5}, YES), None),
        ("paid", rows(), (0, 0)),
        ("weight", rows({**YES, "w": 5}, YES), (5, 15)),
        ("top", rows({**YES, "n": 5}, {**OPEN, "n": 9}, {**NO, "n": 20}), (5, 9)),
        ("top", rows({**YES, "n": 5}, YES), (5, HIGHEST)),
        ("top", rows(NO), (0, 0)),
        ("top", rows({**OPEN, "n": 3}), None),
        ("least", rows({"n": 5}, {"n": 3}), (3, 3)),
        ("least", rows({"n": 5}, {}), (LOWEST, 5)),
        ("least", rows(), None),
        ("one_top", {"own": "c", **rows({"key": "a", "n": 1}, {"key": "c", "n": 9})}, (1, 1)),
        ("one_top", rows({"key": "a", "n": 1}, {"key": "c", "n": 9}), (1, 9)),
        ("one_top", {"own": "c", **rows({"key": "a", "n": 1}, {"n": 9})}, (1, 9)),
        ("last", rows({**YES, "on": "2025-03-01"}, {**YES, "on": "2025-02"}, {**NO, "on": None}), (_DAY, _DAY)),
        ("last", rows({**YES, "on": "2025-03-01"}, {**YES, "on": None}), None),
        ("part", rows(YES, NO, NO), (3333, 3333)),
        ("part", rows(YES, NO, OPEN), (3333, 6666)),
        ("part", rows(YES, YES), (10000, 10000)),
        ("part", rows(), (0, 0)),
        ("part", {}, None),
        ("heavy", rows({**YES, "w": 2, "kind": "甲"}, {"w": 1, **_IN}, {**NO, "w": 9, "kind": "乙"}), (66, 66)),
        ("heavy", rows({**YES, "w": 2, "kind": "甲"}, {**NO, "kind": "甲"}), (16, 100)),
        ("heavy", rows({**YES, "w": 2, "kind": "丙"}), None),
        ("heavy", rows({**YES, "w": 2, "kind": "乙"}), None),
        ("rate", {"spent": 100}, (3333, 3333)),
        ("rate", {"spent": 0}, None),
        ("rate", {}, None),
        ("score", {"prize": True, "brand": False}, (25, 25)),
        ("score", {"prize": True}, (25, 65)),
        ("score", {}, (0, 65)),
    ],
)  # fmt: skip
def test_a_measure_lies_between_what_is_sure_and_what_may_be(
    policy: Written, path: str, given: dict[str, Any], found: tuple[int, int] | None
) -> None:
    assert value(policy, path, given) == found


def test_what_is_missing_is_what_leaves_the_number_open(policy: Written) -> None:
    given = {
        "day": "2025-07-01",
        "prize": True,
        **rows({**YES, "n": 3, "on": "2025-02-01"}, {"n": 9, "on": "2025-01-01"}),
    }
    missing = {gap["pointer"]: gap["blocks"] for gap in explain(policy.assess(given))["missing"]}
    assert missing == {"/rows/1/good": ["scope.goods", "scope.paid"], "/brand": ["scope.score"]}
    given = {"day": "2025-07-01", "prize": True, "brand": True, **rows({**YES, "on": "2025-02-01"}, {**YES, "n": 1})}
    missing = {gap["pointer"]: gap["blocks"] for gap in explain(policy.assess(given))["missing"]}
    assert missing == {"/rows/0/n": ["scope.paid"], "/rows/1/on": ["scope.last"]}


def test_a_number_is_told_with_its_unit(policy: Written) -> None:
    given = {
        "day": "2025-07-01",
        "prize": True,
        "brand": False,
        **rows({**YES, "n": 3, "on": "2025-02-01"}, NO, {**OPEN, "n": 2, "on": "2025-01-05"}),
    }
    told = {c["id"]: c.get("actual") for c in explain(policy.assess(given))["scope"]["conditions"]}
    assert told == {
        "goods": "1个至2个",
        "paid": "3元至5元",
        "part": "33.33%至66.66%",
        "score": "2.5分",
        "last": "2025-02-01",
    }
