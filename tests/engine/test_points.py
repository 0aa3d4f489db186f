"""Points: weighted sums of conditions, level by level, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.explanation import explain
from tests.engine.written import Written, written

BODY = """
facts:
  day: {type: date, label: 申报日期}
  a: {type: boolean, label: 甲, remediable: true}
  b: {type: boolean, label: 乙, remediable: true}
  c: {type: boolean, label: 丙, remediable: true}
  d: {type: evidence, label: 丁}
scope:
  cite: {clause: 一}
  all:
    - id: enough
      label: 得分
      points: &p
        - {when: {fact: a, is: true}, points: 40分}
        - {when: {fact: b, is: true}, points: 30.5}
        - {when: {fact: c, is: true}, points: 20}
        - {when: {id: asked, judgement: 丁如何, evidence: d}, points: 10}
      at_least: 60
      words: {not_satisfied: '得{actual}，尚差{gap}分（{expected}）'}
    - {id: more, points: *p, more_than: 60.5}
    - {id: few, points: *p, at_most: 40}
    - {id: between, points: *p, between: [40, 60分]}
    - {id: not-enough, not: {points: *p, at_least: 60}}
    - {id: not-between, not: {points: *p, between: [40, 60]}}
criteria: {}
"""


def _expanded(body: str) -> str:
    """The file without the anchor, which policies do not know: the list again wherever it is meant."""
    start = body.index("&p") + 2
    end = body.index("      at_least: 60")
    items = [line.strip().removeprefix("- ") for line in body[start:end].strip().splitlines()]
    flow = "[" + ", ".join(items) + "]"
    return body.replace(body[start - 2 : end], flow + "\n").replace("*p", flow.replace("id: asked, ", ""))


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(_expanded(BODY)) as made:
        yield made


NAMES = ("enough", "more", "few", "between", "not-enough", "not-between")
Y, N, U, R = "satisfied", "not_satisfied", "unknown", "needs_review"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": True, "b": True, "c": True, "d": "有"}, (Y, Y, N, N, N, Y)),
        ({"a": True, "b": False, "c": True, "d": False}, (Y, N, N, Y, N, N)),
        # 60.5 is not more than 60.5.
        ({"a": False, "b": True, "c": True, "d": "有"}, (R, N, N, R, R, R)),
        ({"a": True, "b": False, "c": False, "d": False}, (N, N, Y, Y, Y, N)),
        ({"a": True, "b": False, "c": None, "d": False}, (U, N, U, Y, U, N)),
        ({"a": None, "b": True, "c": True, "d": False}, (U, U, N, U, U, U)),
        ({"a": False, "b": False, "c": False, "d": None}, (N, N, Y, N, Y, Y)),
        ({"a": True, "b": None, "c": False, "d": "有"}, (U, U, U, U, U, U)),
    ],
)
def test_points_are_folded_level_by_level(policy: Written, given: dict[str, Any], expected: tuple[str, ...]) -> None:
    statuses = policy.assess({"day": "2025-06-30", **given}).statuses
    assert tuple(statuses[f"scope.{name}"]["status"] for name in NAMES) == expected


def test_a_judgement_upheld_gives_its_points(policy: Written) -> None:
    given = {"day": "2025-06-30", "a": False, "b": True, "c": True, "d": "有"}
    upheld = {"about": "scope.asked", "result": "upheld"}
    assert policy.status("scope.enough", given, upheld) == "satisfied"
    assert policy.status("scope.enough", given, {**upheld, "result": "rejected"}) == "not_satisfied"


def _shown(policy: Written, given: dict[str, Any]) -> dict[str, Any]:
    reply = explain(policy.assess({"day": "2025-06-30", **given}))
    return {**next(item for item in reply["scope"]["conditions"] if item["id"] == "enough"), "reply": reply}


def test_the_reply_shows_the_points_had_and_those_that_may_come(policy: Written) -> None:
    open_ones = _shown(policy, {"a": True, "b": None, "c": False, "d": "有"})
    assert (open_ones["actual"], open_ones["expected"]) == ("40至80.5分", "不少于60分")
    assert [item["label"] for item in open_ones["conditions"]] == ["甲", "乙", "丙", "丁"]
    failed = _shown(policy, {"a": False, "b": True, "c": False, "d": False})
    assert failed["actual"] == "30.5分"
    assert "得30.5分，尚差29.5分（不少于60分）" in failed["reply"]["scope"]["explanation"]


def test_the_smallest_remedy_reaches_the_points(policy: Written) -> None:
    with written(_expanded(BODY).partition("    - {id: more")[0] + "criteria: {}\n") as only:
        reply = explain(only.assess({"day": "2025-06-30", "a": False, "b": True, "c": False, "d": False}))
        assert [item["text"] for item in reply["remedies"]] == ["甲：须为是"]
        reply = explain(only.assess({"day": "2025-06-30", "a": False, "b": False, "c": False, "d": False}))
        assert sorted(item["text"] for item in reply["remedies"]) == [
            "甲：须为是；并且丙：须为是", "甲：须为是；并且乙：须为是",
        ]  # fmt: skip


def test_a_score_named_once_is_held_against_other_bounds_in_another_place() -> None:
    body = """
facts:
  day: {type: date, label: 申报日期}
  a: {type: boolean, label: 甲}
  b: {type: boolean, label: 乙}
  d: {type: evidence, label: 丁}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria:
  able: {label: 甲项, cite: {clause: 一}, fact: a, is: true}
  given: {label: 日期, cite: {clause: 一}, fact: day, given: true}
tiers:
  second:
    label: 二等
    cite: {clause: 二}
    id: score
    in_principle: true
    points:
      - {when: {fact: a, is: true}, points: 50}
      - {when: {fact: b, is: true}, points: 20}
      - {when: {id: asked, judgement: 丁如何, evidence: d}, points: 30}
    at_least: 60
  first: {label: 一等, cite: {clause: 二}, meets: second.score, at_least: 80分}
  whole: {label: 全部, cite: {clause: 二}, meets: criteria}
"""
    with written(body) as policy:
        given = {"day": "2025-06-30", "a": True, "b": True, "d": "有"}
        first = explain(policy.assess(given))["tiers"]["first"]
        assert (first["status"], first["conditions"][0]["actual"]) == (R, "70至100分")
        assert first["conditions"][0]["expected"] == "“二等”得分不少于80分"
        upheld = {"about": "second.asked", "result": "upheld"}
        assert policy.status("first", given, upheld) == Y
        # The bound and the modifiers of the other condition do not count here.
        low = {**given, "b": False, "d": False}
        assert [policy.status(name, low) for name in ("second", "first", "whole")] == [R, N, Y]
        assert policy.status("whole", {**given, "a": None}) == U
