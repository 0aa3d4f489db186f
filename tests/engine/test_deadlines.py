"""Conditions on the deadline of the head: known, open, of another zone; and an edition chosen by a moment."""

from __future__ import annotations

import pytest

from service.engine.explanation import explain
from service.engine.masking import mask
from service.policy.sentences import sentence
from tests.engine.written import written

BODY = """
deadline: {at: %s}
facts:
  day: {type: moment, label: 提交时间, %s}
scope: {cite: {clause: 一}, id: in-time, fact: day, on_or_before: deadline}
criteria:
  late: {cite: {clause: 一}, not: {fact: day, on_or_before: deadline}}
"""


def body(at: str, more: str = "help: 见回执") -> str:
    return BODY % (at, more)


@pytest.mark.parametrize(
    ("at", "day", "status"),
    [
        ("2025-06-30 17:00", "2025-06-30 17:00", "satisfied"),
        ("2025-06-30 17:00", "2025-06-30 17:00:01", "not_satisfied"),
        ("2025-06-30 17:00:30", "2025-06-30 17:00:30", "satisfied"),
        ("2025-06-30", "2025-06-30 23:59:59", "satisfied"),
        ("2025-06-30 24:00", "2025-06-30 23:59:59", "satisfied"),
        ("2025-06-30 24:00", "2025-07-01 00:00", "not_satisfied"),
        ("2025-06-30 17:00, zone: Europe/Berlin", "2025-06-30T23:00:00+08:00", "satisfied"),
        ("2025-06-30 17:00, zone: Europe/Berlin", "2025-06-30T23:00:01+08:00", "not_satisfied"),
        ("2025-06-30 17:00", None, "unknown"),
    ],
)
def test_the_deadline_of_the_head_is_written_once(at: str, day: str | None, status: str) -> None:
    with written(body(at)) as policy:
        assert policy.status("scope", {"day": day}) == status
        opposite = {"satisfied": "not_satisfied", "not_satisfied": "satisfied"}
        assert policy.status("late", {"day": day}) == opposite.get(status, status)


def test_people_decide_of_a_deadline_that_is_not_known() -> None:
    with written(body("null")) as policy:
        root = policy.policy.scope.root
        assert sentence(root) == "由人工评审：“提交时间”不晚于申报截止（截止时间未定）"
        given = {"day": "2025-06-30 17:00"}
        assert policy.status("scope", given) == policy.status("late", given) == "needs_review"
        reviews = explain(policy.assess(given))["reviews"]
        asked = {"about": "scope.in-time", "question": "“提交时间”不晚于申报截止（截止时间未定）"}
        assert asked.items() <= reviews[0].items()
        for result, status in (("upheld", "satisfied"), ("rejected", "not_satisfied")):
            assert policy.status("scope", given, {"about": "scope.in-time", "result": result}) == status


def test_no_one_can_judge_of_a_moment_that_is_not_given() -> None:
    with written(body("null")) as policy:
        reply = explain(policy.assess({}))
        assert reply["scope"]["status"] == "unknown"
        assert [item["pointer"] for item in reply["missing"]] == ["/day"]


def test_the_edition_is_chosen_by_the_day_of_a_moment_in_the_zone_of_the_policy() -> None:
    with written(body("2025-06-30 17:00")) as policy:
        assert explain(policy.assess({"day": "2024-12-31T16:00:00Z"}))["policy"]["in_force"]
        assert not explain(policy.assess({"day": "2024-12-31T15:59:59Z"}))["policy"]["in_force"]


@pytest.mark.parametrize(
    ("day", "note"),
    [
        ("2025-06-30 17:00", None),
        ("2025-06-30 17:00:01", "after-deadline"),
        ("2025-06-30", None),
        ("2025-07-01", "after-deadline"),
    ],
)
def test_a_moment_after_the_deadline_is_noted(day: str, note: str | None) -> None:
    with written(body("2025-06-30 17:00")) as policy:
        codes = {item["code"] for item in explain(policy.assess({"day": day}))["notes"]} - {"dated-ahead"}
        assert codes == {"deadline", note} - {None}


@pytest.mark.parametrize("kind", ["birth_date", "other"])
def test_a_personal_moment_is_masked(kind: str) -> None:
    with written(body("2025-06-30 17:00", f"personal: {kind}")) as policy:
        application = {"day": "2025-06-30T18:05:09+08:00"}
        reply = explain(policy.assess(application))
        shown = mask(policy.policy, application=application, reply=reply)
        assert "18:05" not in str(shown)
        assert "2025-06-30 18" not in str(shown)
        assert "18:05:09" in str(reply)
