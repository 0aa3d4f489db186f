"""Spans that end on the day of the application: both days count, months end where the calendar says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.engine.explanation import explain
from tests.engine.written import Written, written

BODY = """
facts:
  day: {type: date, label: 申报日期}
  won: {type: date, label: 获奖日期}
  prizes: {label: 奖项, list: true, fields: {on: {type: date, label: 日期}}}
scope:
  cite: {clause: 一}
  all:
    - {id: within, fact: won, within: 36个月}
    - {id: old, fact: won, for_at_least: 3年}
    - {id: none-old, not: {fact: won, for_at_least: 3年}}
    - {id: not-within, not: {fact: won, within: 36个月}}
    - {id: row, some: prizes, that: {fact: 'prizes[].on', within: 1年}}
criteria: {}
"""


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


@pytest.mark.parametrize(
    ("won", "day", "within", "old"),
    [
        ("2022-06-30", "2025-06-30", "satisfied", "satisfied"),
        ("2022-06-29", "2025-06-30", "not_satisfied", "satisfied"),
        ("2025-06-30", "2025-06-30", "satisfied", "not_satisfied"),
        ("2025-07-01", "2025-06-30", "not_satisfied", "not_satisfied"),
        # Three years from a leap day are full on the last of February.
        ("2020-02-29", "2023-02-28", "satisfied", "satisfied"),
        # A month without its day is every day of it.
        ("2022-06", "2025-06-30", "unknown", "satisfied"),
        ("2022-06", "2025-06-15", "unknown", "unknown"),
        (None, "2025-06-30", "unknown", "unknown"),
        ("2022-06-30", None, "unknown", "unknown"),
    ],
)
def test_both_ends_count(policy: Written, won: str | None, day: str | None, within: str, old: str) -> None:
    application = {"won": won, "day": day}
    assert policy.status("scope.within", application) == within
    assert policy.status("scope.old", application) == old
    opposite = {"satisfied": "not_satisfied", "not_satisfied": "satisfied"}
    assert policy.status("scope.not-within", application) == opposite.get(within, within)
    assert policy.status("scope.none-old", application) == opposite.get(old, old)


def test_a_row_is_held_against_the_day_of_the_application(policy: Written) -> None:
    rows = [{"on": "2024-06-30"}, {"on": "2020-01-01"}]
    assert policy.status("scope.row", {"day": "2025-06-30", "prizes": rows}) == "satisfied"
    assert policy.status("scope.row", {"day": "2025-07-01", "prizes": rows}) == "not_satisfied"


def test_the_reply_says_what_is_asked_and_what_is_missing(policy: Written) -> None:
    reply = explain(policy.assess({"won": None, "day": "2025-06-30"}))
    shown = {item["id"]: item for item in reply["scope"]["conditions"]}
    assert shown["within"]["expected"] == "在申报日期前36个月内（含首尾两日）"
    assert shown["old"]["expected"] == "至申报日期已满3年"
    assert "/won" in [item["pointer"] for item in reply["missing"]]
