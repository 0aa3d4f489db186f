"""Reasons as a citizen reads them: the opposite of what is denied, what to correct, what only people can find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.explanation import explain
from tests.engine.written import Written, written

BODY = """
parameters:
  area: {label: 面积标准, value: 100亩}
facts:
  day: {type: date, label: 申报日期}
  name: {type: text, label: 姓名}
  number: {type: identity_number, label: 身份证号码}
  accident: {type: date, label: 事故日期}
  funds: {type: number, label: 财政资金, unit: 元}
  field: {type: number, label: 种植面积, unit: 亩}
  effect: {type: evidence, label: 带动成效}
  leases:
    label: 流转合同
    list: true
    item: title
    fields:
      title: {type: text, label: 合同}
      filed: {type: boolean, label: 已备案}
derived:
  born: {label: 出生日期, identity_birth: {of: number}}
scope:
  cite: {clause: 一}
  none:
    - {id: accident, fact: accident, within: 2年}
    - {id: funds, fact: funds, more_than: 10万元}
    - {id: leases, label: 合同未备案, some: leases, that: {fact: 'leases[].filed', is: false}}
criteria:
  field:
    label: 规模
    cite: {clause: 二}
    all:
      - {id: age, fact: day, on_or_before: {fact: born, plus: 65年}}
      - {id: part, fact: field, at_least: {parameter: area, times: 80%}}
preferences:
  cite: {clause: 三}
  all:
    - {id: effect, judgement: 带动成效是否明显, evidence: effect}
"""
COMPLETE: dict[str, Any] = {
    "day": "2025-07-01",
    "number": "330302197603159975",
    "accident": "2020-01-01",
    "funds": 100_000,
    "field": 80,
    "effect": "带动二十户",
    "leases": [{"title": "一号", "filed": True}],
}


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


def reply(policy: Written, **changed: Any) -> dict[str, Any]:
    return explain(policy.assess({**COMPLETE, **changed}))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"accident": "2024-07-20"}, "不应在申报日期前2年内"),
        ({"funds": 100_001}, "不应超过10万元"),
        ({"leases": [{"title": "一号", "filed": False}]}, "一号（已备案：否，不应为否）"),
    ],
)
def test_what_is_denied_is_told_as_what_should_not_be(policy: Written, changed: dict[str, Any], reason: str) -> None:
    found = reply(policy, **changed)["scope"]
    assert found["status"] == "not_satisfied"
    assert reason in found["explanation"]
    assert "，应" not in found["explanation"]


def test_what_is_denied_and_not_there_names_no_row(policy: Written) -> None:
    assert "合同未备案：无此情形" in reply(policy)["scope"]["explanation"]


def test_a_number_of_which_nothing_can_be_read_is_to_be_corrected_and_nothing_that_is_given(policy: Written) -> None:
    found = reply(policy, number="330302197603159970")
    assert [item["pointer"] for item in found["missing"]] == ["/number"]


@pytest.mark.parametrize(("area", "status"), [(80, "satisfied"), (79, "not_satisfied")])
def test_a_part_of_a_parameter_is_the_bound(policy: Written, area: int, status: str) -> None:
    assert policy.status("field.part", {**COMPLETE, "field": area}) == status


def test_what_only_people_find_preferable_is_asked_of_them_and_gates_nothing(policy: Written) -> None:
    found = reply(policy)
    assert found["overall"]["status"] == "eligible"
    assert [(item["about"], item["gates"]) for item in found["reviews"]] == [("preferences.effect", False)]


SEVERAL = """
facts:
  day: {type: date, label: 日期}
  large: {type: boolean, label: 大型企业}
  patents: {type: number, label: 专利, unit: 件}
  staff: {type: number, label: 职工, unit: 人}
  plan: {type: evidence, label: 方案}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria:
  able:
    label: 创新能力
    cite: {clause: 二}
    n_of:
      - {label: 有专利, fact: patents, at_least: 1件}
      - {label: 有职工, fact: staff, at_least: 10人}
      - {label: 方案好, judgement: 方案好不好, evidence: plan}
    at_least: 2项
  size:
    label: 规模
    cite: {clause: 三}
    all:
      - label: 职工人数
        when: {fact: large, is: true}
        then: {fact: staff, at_least: 100人}
        else: {label: 小企业职工, fact: staff, at_least: 5人}
"""


@pytest.mark.parametrize(
    ("given", "explanation"),
    [
        ({"patents": 2, "staff": 9, "plan": False}, "具备1项，应不少于2项；有职工：9人，应不少于10人；方案好：无"),
        ({"patents": 2, "staff": 10, "plan": False}, "具备2项，应不少于2项；有专利：2件；有职工：10人"),
        (
            {"patents": 2, "plan": "有"},
            "具备1项，另有1项待人工评审，另有1项尚不能判定，应不少于2项；方案好：待人工评审",
        ),
        ({"patents": 2, "plan": False}, "具备1项，另有1项尚不能判定，应不少于2项；有职工：未填，尚不能判定"),
    ],
)
def test_several_of_which_so_many_must_hold_say_how_many_do(given: dict[str, Any], explanation: str) -> None:
    with written(SEVERAL) as made:
        found = explain(made.assess({"day": "2025-01-01", "large": False, **given}))
    assert found["criteria"]["able"]["explanation"] == f"创新能力：{explanation}"


@pytest.mark.parametrize(
    ("large", "explanation"), [(True, "职工人数：3人，应不少于100人"), (False, "小企业职工：3人，应不少于5人")]
)
def test_a_branch_without_a_label_is_called_what_the_whole_is(large: bool, explanation: str) -> None:
    with written(SEVERAL) as made:
        found = explain(made.assess({"day": "2025-01-01", "large": large, "staff": 3, "patents": 1, "plan": "有"}))
    assert found["criteria"]["size"]["explanation"] == explanation


def test_a_waiver_that_decided_is_told_among_the_reasons() -> None:
    body = """
facts:
  day: {type: date, label: 日期}
  age: {type: number, label: 年龄, unit: 岁}
  expert: {type: boolean, label: 专家}
  years: {type: number, label: 从业年限, unit: 年}
scope:
  cite: {clause: 一}
  all:
    - {label: 年龄, fact: age, at_most: 60岁, exempt_when: {fact: expert, is: true}, words: {exempt: 专家不受年龄限制}}
    - {fact: years, at_least: 5年}
criteria: {}
"""
    with written(body) as policy:
        reply = explain(policy.assess({"day": "2025-06-30", "age": 63, "expert": True, "years": 6}))
        assert reply["scope"]["explanation"] == "专家不受年龄限制；从业年限：6年"
        reply = explain(policy.assess({"day": "2025-06-30", "age": 63, "expert": False, "years": 6}))
        assert reply["scope"]["explanation"] == "年龄：63岁，应不超过60岁"


LISTED = """
facts:
  day: {type: date, label: 申报日期}
  age: {type: number, label: 年龄, unit: 岁}
  kind: {type: code, label: 申报类别, codes: [租房补贴, 购房补贴]}
  class: {type: code, label: 类别, codes: [C类, B类, A类], ordered: true}
  years:
    label: 各年度
    list: true
    item: year
    fields:
      year: {type: number, label: 年度, unit: 年}
      lead: {type: boolean, label: 牵头}
      since: {type: date, label: 登记日期}
scope:
  cite: {clause: 一}
  all:
    - id: lead
      label: 牵头满3年
      every: years
      where: {fact: 'years[].lead', is: true}
      that: {fact: 'years[].since', for_at_least: 3年}
criteria:
  age:
    cite: {clause: 二}
    exempt_when: {fact: class, at_least: B类}
    all:
      - {fact: age, at_most: 45岁}
  bought: {label: 购房, cite: {clause: 二}, when: {fact: kind, is: 购房补贴}, then: {fact: age, at_least: 18岁}}
tiers:
  high: {label: 高档, cite: {clause: 三}, judgement: 是否突出}
"""
OLD, NEW = {"year": 2024, "since": "2020-01-01"}, {"year": 2025, "since": "2025-01-01"}


@pytest.fixture(scope="module")
def listed() -> Iterator[Written]:
    with written(LISTED) as made:
        yield made


@pytest.mark.parametrize(
    ("years", "status", "reason"),
    [
        pytest.param(
            [{**OLD, "lead": True}, {**NEW, "lead": False}], "satisfied", "牵头满3年：2024年", id="only those meant"
        ),
        pytest.param([{**NEW, "lead": False}], "satisfied", "牵头满3年：没有应计入的", id="none is meant"),
        pytest.param(
            [{**OLD, "lead": True}, {**NEW, "lead": True}], "not_satisfied", "牵头满3年：2025年（登记日期：2025-01-01",
            id="not why it is meant",
        ),
        pytest.param([{**NEW, "lead": None}], "unknown", "牵头满3年：2025年（牵头：未填", id="whether it is meant"),
    ],
)  # fmt: skip
def test_of_every_row_that_is_meant_the_reason_tells_only_these(
    listed: Written, years: list[dict[str, Any]], status: str, reason: str
) -> None:
    found = explain(listed.assess({"day": "2025-07-01", "years": years}))["scope"]
    assert found["status"] == status
    assert found["explanation"].startswith(reason)


def test_what_does_not_exempt_is_told_as_that_and_not_as_a_second_demand(listed: Written) -> None:
    found = explain(listed.assess({"day": "2025-07-01", "age": 46, "class": "C类"}))["criteria"]["age"]
    assert found["explanation"] == "年龄：46岁，应不超过45岁；不属于免除的情形（类别：C类，应不低于B类）"


def test_what_does_not_apply_says_why(listed: Written) -> None:
    found = explain(listed.assess({"day": "2025-07-01", "kind": "租房补贴"}))["criteria"]["bought"]
    assert (found["status"], found["explanation"]) == ("satisfied", "购房：不适用（申报类别：租房补贴）")


def test_what_decides_a_tier_is_asked_of_people_and_gates_nothing(listed: Written) -> None:
    found = explain(listed.assess({"day": "2025-07-01"}))
    assert [(item["about"], item["gates"]) for item in found["reviews"]] == [("high", False)]
