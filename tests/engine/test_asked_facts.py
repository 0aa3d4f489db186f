"""Derived facts computed from conditions: what they give, what rests on them, what is asked for where one is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.application import read_application
from service.engine.explanation import explain
from tests.engine.written import Written, written

_BODY = """
facts:
  day: {type: date, label: 申报日期}
  grade: {type: code, label: 等级, codes: [初级, 中级, 高级], ordered: true}
  years: {type: number, label: 年限, trusted_when: {fact: shown, is: true}}
  local: {type: boolean, label: 本地}
  kind: {type: code, label: 行业, codes: [甲, 乙], open: true}
  cost: {type: number, label: 费用, unit: 元}
  share: {type: number, label: 分成, unit: 元, trusted_when: {fact: sound, is: true}}
  projects:
    label: 项目
    list: true
    fields:
      name: {type: text, label: 名称}
      on: {type: date, label: 完成日}
      amount: {type: number, label: 金额, unit: 元, trusted_when: {fact: 'projects[].recent', is: true}}
      paid: {type: boolean, label: 到账}
derived:
  senior:
    label: 资深
    holds: {any: [{fact: grade, at_least: 高级}, {all: [{fact: grade, is: 中级}, {fact: years, at_least: 10}]}]}
  shown: {label: 已说明, holds: {not: {fact: local, is: false}}}
  known: {label: 已知行业, holds: {fact: kind, is: 甲}}
  projects[].recent: {label: 近三年, holds: {fact: 'projects[].on', within: 36个月}}
  projects[].counted: {label: 可计, holds: {all: [{fact: 'projects[].recent', is: true}, {fact: senior, is: true}]}}
  sound: {label: 属实, holds: {every: projects, that: {fact: 'projects[].paid', is: true}}}
  busy: {label: 业绩多, holds: {count: projects, where: {fact: 'projects[].counted', is: true}, at_least: 2}}
  rich: {label: 金额大, holds: {sum: 'projects[].amount', at_least: 100}}
scope:
  cite: {clause: 一}
  all:
    - {id: senior, fact: senior, is: true}
    - {id: busy, fact: busy, is: true}
    - {id: rich, not: {fact: rich, is: false}}
    - {id: sound, fact: share, at_least: 1}
criteria: {}
"""


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(_BODY) as made:
        yield made


def value(policy: Written, path: str, given: dict[str, Any]) -> Any:
    application, problems = read_application(policy.policy, {"day": "2025-07-01", **given})
    assert application is not None, problems
    fact = next(fact for fact in policy.policy.derived if fact.path == path)
    frame = policy.compiled.frame(application.values)
    rows = frame.below("projects") if "[]" in path else None
    read = policy.compiled.readers.value
    return read(fact, frame) if rows is None else [read(fact, row) for row in rows]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"grade": "高级"}, True),
        ({"grade": "初级", "years": 30, "local": True}, False),
        ({"grade": "中级", "years": 10, "local": True}, True),
        ({"grade": "中级", "years": 9, "local": True}, False),
        ({"grade": "中级", "local": True}, None),
        ({"grade": "中级", "years": 10, "local": False}, None),  # the years count only where they are trusted
        ({"years": 10, "local": True}, None),
    ],
)
def test_a_condition_holds_or_not_or_is_open(policy: Written, given: dict[str, Any], found: bool | None) -> None:
    assert value(policy, "senior", given) is found


def test_what_only_people_could_say_is_open(policy: Written) -> None:
    assert [value(policy, "known", {"kind": kind}) for kind in ("甲", "乙", "丙", None)] == [True, False, None, None]


def test_each_row_has_its_own(policy: Written) -> None:
    rows = [{"on": "2022-07-01"}, {"on": "2022-06-30"}, {}, {"on": "2022-07"}, {"on": "2022-07-01"}]
    assert value(policy, "projects[].recent", {"projects": rows}) == [True, False, None, True, True]
    assert value(policy, "projects[].recent", {"projects": []}) == []


@pytest.mark.parametrize(
    ("rows", "busy", "rich"),
    [
        ([("2025-01-01", 60), ("2025-02-01", 40)], True, True),
        ([("2025-01-01", 60), ("2020-02-01", 40)], False, None),  # not recent: not believed
        ([("2025-01-01", 60), (None, 40)], None, None),
        ([("2025-01-01", 50), ("2025-02-01", 40)], True, False),
        (None, None, None),
        ([], False, False),
    ],
)
def test_rows_count_by_what_was_computed_of_them(
    policy: Written, rows: Any, busy: bool | None, rich: bool | None
) -> None:
    projects = None if rows is None else [{"on": on, "amount": amount} for on, amount in rows]
    given = {"grade": "高级", "projects": projects}
    assert (value(policy, "busy", given), value(policy, "rich", given)) == (busy, rich)


def test_a_fact_is_believed_where_every_row_says_so(policy: Written) -> None:
    for paid, found in ((True, "satisfied"), (False, "unknown"), (None, "unknown")):
        given = {"share": 5, "projects": [{"paid": True}, {"paid": paid}]}
        assert policy.status("scope.sound", {"day": "2025-07-01", **given}) == found


def test_what_is_missing_is_what_leaves_the_condition_open(policy: Written) -> None:
    given = {
        "day": "2025-07-01", "grade": "中级", "local": True, "share": 5,
        "projects": [
            {"on": "2025-01-01", "amount": 200, "paid": True}, {"on": None, "amount": 5, "paid": True}
        ],
    }  # fmt: skip
    missing = {gap["pointer"]: gap["blocks"] for gap in explain(policy.assess(given))["missing"]}
    assert missing == {"/years": ["scope.senior", "scope.busy"], "/projects/1/on": ["scope.busy", "scope.rich"]}


def test_a_fact_that_is_not_missing_is_told_in_words(policy: Written) -> None:
    given = {"day": "2025-07-01", "grade": "初级", "local": True, "years": 3, "projects": []}
    told = {c["id"]: c.get("actual") for c in explain(policy.assess(given))["scope"]["conditions"]}
    assert (told["senior"], told["busy"]) == ("否", "否")
