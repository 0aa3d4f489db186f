"""Tiers, and conditions that ask what another section or condition comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.explanation import explain
from service.engine.findings import subjects
from tests.engine.written import Written, written

BODY = """
facts:
  day: {type: date, label: 申报日期}
  area: {type: number, label: 面积, unit: 平方米, remediable: true}
  staff: {type: number, label: 人数, unit: 人}
  story: {type: evidence, label: 事迹}
  wants: {type: boolean, label: 申请一档}
scope:
  cite: {clause: 一}
  fact: day
  given: true
criteria:
  rank:
    label: 档次要求
    cite: {clause: 一}
    any:
      - {id: either, meets: basic}
      - {id: top, meets: high}
  claim:
    cite: {clause: 一}
    all:
      - when: {fact: wants, is: true}
        then: {id: claimed, label: 一档条件, meets: high}
      - {id: other, meets: rank.either}
tiers:
  high:
    label: 一档
    cite: {clause: 一}
    all:
      - {id: lower, meets: basic}
      - {id: area, fact: area, at_least: 100平方米}
      - {id: deeds, judgement: 事迹是否突出, evidence: story}
  basic:
    label: 二档
    cite: {clause: 一}
    all:
      - {id: staff, fact: staff, at_least: 3人}
  lone:
    label: 三档
    cite: {clause: 一}
    all:
      - {id: not-high, not: {meets: high.area}}
preferences:
  cite: {clause: 一}
  all:
    - {label: 达到一档, meets: high}
"""
HIGH = {"day": "2025-06-30", "area": 120, "staff": 3, "story": "有", "wants": True}


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


def test_a_tier_has_its_own_status_and_never_gates(policy: Written) -> None:
    found = policy.assess({**HIGH, "staff": 5, "area": 20, "wants": False})
    statuses = {name: found.statuses[name]["status"] for name in ("high", "basic", "lone", "rank", "claim")}
    assert statuses == {
        "high": "not_satisfied", "basic": "satisfied", "lone": "satisfied", "rank": "satisfied", "claim": "satisfied",
    }  # fmt: skip
    assert found.overall == "eligible"


def test_tiers_stand_in_the_reply_under_their_names(policy: Written) -> None:
    reply = explain(policy.assess(HIGH))
    assert list(reply)[2:6] == ["scope", "criteria", "tiers", "materials"]
    assert {name: tier["label"] for name, tier in reply["tiers"].items()} == {
        "high": "一档", "basic": "二档", "lone": "三档",
    }  # fmt: skip
    lower = reply["tiers"]["high"]["conditions"][0]
    assert (lower["expected"], lower["actual"], lower["status"]) == ("达到“二档”的要求", "符合", "satisfied")
    assert lower["conditions"] == []


def test_a_finding_on_the_target_counts_wherever_it_is_met(policy: Written) -> None:
    assert policy.assess(HIGH).overall == "needs_review"
    assert {"high.deeds", "high", "basic.staff"} <= set(subjects(policy.policy))
    for about in ("high.deeds", "high"):
        found = policy.assess(HIGH, {"about": about, "result": "upheld"})
        assert (found.overall, found.statuses["claim.claimed"]["status"]) == ("eligible", "satisfied")
    rejected = policy.assess(HIGH, {"about": "high.deeds", "result": "rejected"})
    assert rejected.overall == "ineligible"
    # Of the condition that meets it, it is no question.
    assert policy.assess(HIGH, {"about": "claim.claimed", "result": "upheld"}).overall == "needs_review"


def test_what_a_tier_leaves_open_is_asked_once_under_its_own_name(policy: Written) -> None:
    reply = explain(policy.assess(HIGH))
    assert [(item["about"], item["gates"]) for item in reply["reviews"]] == [("high.deeds", True)]
    reply = explain(policy.assess({**HIGH, "wants": False}))
    assert [(item["about"], item["gates"]) for item in reply["reviews"]] == [("high.deeds", False)]


def test_a_blank_is_missing_once_and_blocks_who_asks(policy: Written) -> None:
    missing = explain(policy.assess({**HIGH, "staff": None}))["missing"]
    assert [(item["pointer"], item["blocks"], item["effect"]) for item in missing] == [
        ("/staff", ["rank.either", "rank.top", "claim.claimed", "claim.other"], "decides")
    ]


def test_a_blank_that_only_a_tier_needs_is_not_missing(policy: Written) -> None:
    found = policy.assess({**HIGH, "wants": False, "area": None})
    assert found.statuses["high"]["status"] == "unknown"
    assert explain(found)["missing"] == []


def test_remedies_reach_into_the_tier(policy: Written) -> None:
    reply = explain(policy.assess({**HIGH, "area": 99}, {"about": "high.deeds", "result": "upheld"}))
    assert [(item["criterion"], item["text"]) for item in reply["remedies"]] == [("claim", "面积：须不少于100平方米")]
    # What is met is named; its reasons stand in its own place.
    assert reply["criteria"]["claim"]["explanation"] == "一档条件：未达到“一档”的要求"
    assert reply["tiers"]["high"]["explanation"] == "面积：99平方米，应不少于100平方米"


def test_a_negated_reference_asks_for_the_opposite(policy: Written) -> None:
    for area, status in ((99, "satisfied"), (100, "not_satisfied"), (None, "unknown")):
        assert policy.status("lone", {**HIGH, "area": area}) == status


def test_a_preference_may_tell_the_tier(policy: Written) -> None:
    upheld = {"about": "high.deeds", "result": "upheld"}
    assert explain(policy.assess(HIGH, upheld))["preferences"] == ["达到一档"]
    assert explain(policy.assess({**HIGH, "staff": 1}))["preferences"] == []


def test_a_chain_of_tiers_is_decided_once_each(policy: Written) -> None:
    """Each asks twice for the one below: without sharing the last would be decided 2**20 times."""
    tiers = "".join(
        f"  t{n}:\n    cite: {{clause: 一}}\n    any: [{{meets: t{n + 1}}}, {{meets: t{n + 1}}}]\n" for n in range(20)
    )
    body = BODY.partition("criteria:")[0] + "criteria: {}\ntiers:\n" + tiers
    with written(body + "  t20: {cite: {clause: 一}, fact: staff, at_least: 3人}\n") as made:
        values: dict[str, Any] = {"day": "2025-06-30", "staff": 3}
        assert made.status("t0", values) == "satisfied"
        assert made.status("t0", {**values, "staff": 2}) == "not_satisfied"


def test_a_section_every_policy_has_may_be_named_by_its_chinese_keyword() -> None:
    body = BODY.replace("{label: 达到一档, meets: high}", "{id: scope, label: 在范围内, meets: 申报范围}")
    with written(body) as made:
        assert made.status("preferences.scope", {"day": "2025-06-30"}) == "satisfied"
        assert made.status("preferences.scope", {}) == "unknown"
