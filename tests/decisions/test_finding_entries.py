"""Finding entries by time and condition, in pages that never look at too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from log_places import Place

from service.decisions.log import DecisionLog
from service.decisions.search import Found, Sought, search

DAYS = 7
START = datetime(2024, 6, 1, 23, 30, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def written(at: Place) -> DecisionLog:
    """A decision a day; on the days 0, 3 and 6 the condition `master.age` is not satisfied."""
    today = [START]
    log = at.open(clock=lambda zone: today[0].astimezone(zone))  # noqa: PLW0108 - the day changes
    for day in range(DAYS):
        today[0] = START + timedelta(days=day)
        status = "unknown" if day % 3 else "not_satisfied"
        state = {"status": status, "machine_status": status, "deciding": True}
        log.append(at.draft(log, conditions={"master": state, "master.age": state}))
    return log


def _sequences(found: Found) -> list[int]:
    return [item.sequence for item in found.entries]


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        ({}, [7, 6, 5, 4, 3, 2, 1]),
        ({"condition": "master.age", "condition_status": "not_satisfied"}, [7, 4, 1]),
        ({"condition": "age", "condition_status": "unknown"}, [6, 5, 3, 2]),
        ({"condition": "ge"}, []),
        ({"condition": "project.age"}, []),
        ({"condition_status": "satisfied"}, []),
        ({"since": START + timedelta(days=5)}, [7, 6]),
        ({"until": START + timedelta(days=2)}, [2, 1]),
        ({"since": datetime(2024, 6, 2, 15, 30, tzinfo=UTC), "until": datetime(2024, 6, 3, 15, 30, tzinfo=UTC)}, [2]),
    ],
)
def test_entries_are_found_newest_first(written: DecisionLog, sought: dict[str, Any], expected: list[int]) -> None:
    assert search(written, Sought(**sought), limit=50) == Found(
        tuple(item for item in written.list() if item.sequence in expected), None
    )


def test_without_a_name_only_conditions_that_decided_count(at: Place) -> None:
    log = at.open()
    state = {"status": "not_satisfied", "machine_status": "not_satisfied", "deciding": False}
    log.append(at.draft(log, conditions={"master.title": state}))
    assert search(log, Sought(condition_status="not_satisfied"), limit=5).entries == ()
    assert len(search(log, Sought(condition="title", condition_status="not_satisfied"), limit=5).entries) == 1


def test_conditions_asked_for_by_what_they_cite_are_those_of_that_edition(written: DecisionLog) -> None:
    (newest, *_) = written.list(limit=1)
    assert newest.policy_id is not None
    assert newest.edition is not None
    here = frozenset({(newest.policy_id, newest.edition, "master.age")})
    elsewhere = frozenset({(newest.policy_id, "1999", "master.age")})
    assert len(search(written, Sought(citing=here), limit=50).entries) == DAYS
    assert search(written, Sought(citing=elsewhere), limit=50).entries == ()
    sought = Sought(citing=here, condition_status="not_satisfied")
    assert _sequences(search(written, sought, limit=50)) == [7, 4, 1]


def test_pages_join_to_the_whole(written: DecisionLog) -> None:
    sought = Sought(condition="age", condition_status="not_satisfied")
    found, before = [], None
    while True:
        page = search(written, sought, limit=2, before=before)
        found += _sequences(page)
        before = page.before
        if before is None:
            break
    assert found == [7, 4, 1]


def test_a_search_that_has_looked_at_enough_says_where_to_go_on(
    written: DecisionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.decisions.search._AT_ONCE", 2)
    sought = Sought(condition="age", condition_status="not_satisfied", since=START, until=START + timedelta(hours=1))
    page = search(written, sought, limit=5, most=4)
    assert page == Found((), 4)
    assert _sequences(search(written, sought, limit=5, before=page.before)) == [1]
