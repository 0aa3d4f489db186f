"""Deadline and award: told in the reply, part of no status."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine.explanation import explain
from service.policy.statements import deadline_label
from tests.engine.written import written

BODY = """
%s
award:
  amounts:
    - label: 奖励
      fact: amount
      when: {all: [{fact: wants, is: true}, {judgement: 如何, evidence: story}]}
      cite: {clause: 二}
    - {label: 津贴, fact: months, cite: {clause: 三}}
    - {label: 一档奖励, fact: amount, when: {meets: high}, cite: {clause: 二}}
    - {label: 一档补贴, amount: 30万元, when: {meets: high}}
    - {label: 起步资金, amount: {parameter: start}, cite: {clause: 二}}
parameters: {start: {label: 起步资金, value: 五千元}}
facts:
  day: {type: date, label: 申报日期}
  amount: {type: number, label: 金额, unit: 万元, precision: 1}
  wants: {type: boolean, label: 申请奖励}
  story: {type: evidence, label: 事迹}
  began: {type: date, label: 起始日期}
derived:
  months: {label: 月数, unit: 个月, months_between: {from: began, to: day}}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria: {}
tiers:
  high: {cite: {clause: 一}, judgement: 事迹是否突出, evidence: story}
"""
GIVEN: dict[str, Any] = {"day": "2025-06-30", "amount": 2.5, "wants": True, "story": "有", "began": "2024-01-15"}


def _award(given: dict[str, Any], *findings: dict[str, str]) -> list[tuple[str, str, str | None]]:
    with written(BODY % "") as policy:
        found = policy.assess({**GIVEN, **given}, *findings)
        assert found.overall == "eligible"
        reply = explain(found)
        assert reply["missing"] == []
        assert not any(item["gates"] for item in reply["reviews"])
        return [(item["label"], item["status"], item["value"]) for item in reply["award"]]


def test_an_amount_is_told_with_the_status_of_its_condition() -> None:
    assert _award({}) == [
        ("奖励", "needs_review", "2.5万元"),
        ("津贴", None, "17个月"),
        ("一档奖励", "needs_review", "2.5万元"),
        ("一档补贴", "needs_review", "30万元"),
        ("起步资金", None, "五千元"),
    ]
    assert _award({"wants": False})[0] == ("奖励", "not_satisfied", None)
    assert _award({"wants": None})[0] == ("奖励", "unknown", "2.5万元")


def test_a_fixed_sum_is_told_unless_its_condition_fails() -> None:
    assert _award({}, {"about": "high", "result": "upheld"})[3] == ("一档补贴", "satisfied", "30万元")
    assert _award({}, {"about": "high", "result": "rejected"})[3] == ("一档补贴", "not_satisfied", None)


def test_an_amount_not_known_is_undecided_and_one_between_two_is_told_so() -> None:
    assert _award({"amount": None})[0] == ("奖励", "needs_review", "未定")
    assert _award({"began": "2024-01", "day": "2025-06-15"})[1] == ("津贴", None, "在16个月至17个月之间")


def test_an_amount_left_open_names_the_fields_to_fill() -> None:
    def missing(**given: Any) -> list[list[str]]:
        with written(BODY % "") as policy:
            award = explain(policy.assess({**GIVEN, **given}))["award"]
        return [[field["pointer"] for field in item.get("missing", [])] for item in award]

    assert missing() == [[], [], [], [], []]
    assert missing(amount=None) == [["/amount"], [], ["/amount"], [], []]
    assert missing(wants=None) == [["/wants"], [], [], [], []]
    assert missing(wants=False, amount=None) == [[], [], ["/amount"], [], []]
    assert missing(began=None) == [[], ["/began"], [], [], []]
    assert missing(began="2024-01", day="2025-06-15") == [[], ["/began"], [], [], []]


def test_a_finding_on_a_tier_settles_the_amount_that_asks_for_it() -> None:
    assert _award({}, {"about": "high", "result": "upheld"})[2] == ("一档奖励", "satisfied", "2.5万元")


@pytest.mark.parametrize(
    ("written_as", "at", "day", "note"),
    [
        ("{at: 2025-06-30}", "2025-06-30", "2025-06-30", None),
        ("{at: 2025-06-30}", "2025-06-30", "2025-07-01", "after-deadline"),
        ("{at: 2025-06-30 24:00}", "2025-06-30", "2025-06-30", None),
        ("{at: 2025年6月30日 17:00}", "2025-06-30T17:00:00+08:00", "2025-06-30", "on-deadline"),
        ("{at: '2025-06-30T9:30', zone: '+09:00'}", "2025-06-30T09:30:00+09:00", "2025-06-29", None),
        ("{at: 2025-06-30 17:00, zone: Europe/Berlin}", "2025-06-30T17:00:00+02:00", "2025-07-01", "after-deadline"),
    ],
)
def test_a_deadline_is_told_and_never_gates(written_as: str, at: str, day: str, note: str | None) -> None:
    with written(BODY % f"deadline: {written_as}") as policy:
        found = policy.assess({**GIVEN, "day": day})
        reply = explain(found)
        assert found.overall == "eligible"
        assert reply["deadline"] == {"at": at, "label": None}
        codes = {item["code"] for item in reply["notes"]} - {"dated-ahead"}
        assert codes == {"deadline", note} - {None}


def test_a_deadline_is_called_what_the_policy_calls_it() -> None:
    with written(BODY % "deadline: {at: 2025-06-30, label: 报送截止}") as policy:
        notes = explain(policy.assess(GIVEN))["notes"]
        assert [item["text"] for item in notes if item["code"] == "deadline"] == ["报送截止：2025-06-30"]
        assert deadline_label(policy.policy) == "报送截止"


def test_a_policy_that_leaves_them_open_says_nothing_of_them() -> None:
    with written(
        "facts: {day: {type: date, label: 日期}}\nscope: {cite: {clause: 一}, fact: day, given: true}\ncriteria: {}\n"
    ) as policy:
        reply = explain(policy.assess({"day": "2025-06-30"}))
        assert not reply.keys() & {"deadline", "award", "tiers"}
