"""Moments as they are written: read in the policy's zone, told the same way, suggested where they stand in words."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.values import HIGHEST
from service.policy import moments
from service.policy.scalars import plain_value

SHANGHAI = moments.zone(moments.DEFAULT_ZONE)
LAST = dt.date.max.toordinal() * moments.DAY + moments.DAY - 1
SECONDS = st.integers(moments.DAY, LAST)


def read(text: str, zone: dt.tzinfo | None = SHANGHAI) -> list[str] | None:
    found = moments.bounds(text, zone)
    return None if found is None else [moments.text(end) for end in dict.fromkeys(found)]


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("2025-09-30 17:00", ["2025-09-30 17:00"]),
        ("2025-09-30T17:00", ["2025-09-30 17:00"]),
        ("2025-09-30T17:00:00+08:00", ["2025-09-30 17:00"]),
        ("2025-09-30T17:00:01+0800", ["2025-09-30 17:00:01"]),
        ("2025-09-30T09:00:00Z", ["2025-09-30 17:00"]),
        ("2025-09-30T16:00:00Z", ["2025-10-01 00:00"]),
        ("2025-09-30T18:30:00.999+09:30", ["2025-09-30 17:00"]),
        ("2025年9月30日17:00", ["2025-09-30 17:00"]),
        ("二〇二五年九月三十日 17:00", ["2025-09-30 17:00"]),
        ("２０２５－０９－３０　１７：００", ["2025-09-30 17:00"]),
        ("2025-9-30 9:05", ["2025-09-30 09:05"]),
        ("2025-09-30 24:00", ["2025-09-30 23:59:59"]),
        ("2025-09-30", ["2025-09-30 00:00", "2025-09-30 23:59:59"]),
        ("2024-02", ["2024-02-01 00:00", "2024-02-29 23:59:59"]),
        ("9999-12-31 23:59:59", ["9999-12-31 23:59:59"]),
    ],
)
def test_a_moment_is_read_on_the_clock_of_the_policy(written: str, ends: list[str]) -> None:
    assert read(written) == ends


@pytest.mark.parametrize(
    "written",
    [
        "", "17:00", "12:30:45", "2025-09-30 24:01", "2025-09-30 25:00", "2025-09-30 17:60", "2025-09-30 17:00:60",
        "2025-02-30 17:00", "2025-09 17:00", "2025 17:00", "2025-09-30 17", "2025-09-30 17时", "2025-09-30T17:00+25:00",
        "2025-09-30+08:00", "2025-09-30T17:00 Asia/Shanghai", "2025-09-3017:00", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00", " " * 100_000 + "2025-09-30 17:00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(written: str) -> None:
    assert read(written) is None


def test_a_zone_is_understood_only_where_it_is_asked_for() -> None:
    assert read("2025-09-30T17:00:00+08:00", None) is None
    assert read("2025-09-30 17:00", None) == ["2025-09-30 17:00"]
    assert read("2025-09-30T17:00:00+08:00", moments.zone("Europe/Berlin")) == ["2025-09-30 11:00"]


@given(SECONDS)
def test_what_is_told_of_a_moment_is_read_as_that_moment(at: int) -> None:
    assert moments.bounds(moments.text(at)) == (at, at)


@given(SECONDS, SECONDS)
def test_of_two_moments_the_earlier_is_the_lesser_number(one: int, other: int) -> None:
    first, second = (dt.datetime.fromisoformat(moments.text(at)) for at in (one, other))
    assert (one < other, one == other) == (first < second, first == second)


def test_every_moment_is_a_number_that_the_rules_may_see() -> None:
    assert moments.bounds("9999-12-31 24:00") == (LAST, LAST)
    assert LAST < HIGHEST


@pytest.mark.parametrize("written", ["17:00", "12:30:45", "2025-09-30 17:00", "2025-09-30T17:00:00+08:00"])
def test_a_time_in_a_policy_file_stays_what_was_typed(written: str) -> None:
    assert plain_value(written) == written


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2025年9月30日17时", "2025-09-30 17:00"),
        ("2025年9月30日17时前", "2025-09-30 17:00"),
        ("2025年9月30日下午5时", "2025-09-30 17:00"),
        ("2025-09-30 下午5点30分", "2025-09-30 17:30"),
        ("2025年9月30日上午9时止", "2025-09-30 09:00"),
        ("2025年9月30日中午12时", "2025-09-30 12:00"),
        ("2025年9月30日中午11时", "2025-09-30 11:00"),
        ("2025年9月30日25时", None),
        ("2025年9月31日17时", None),
        ("2025年9月17时", None),
        ("17时", None),
        ("下午5时", None),
    ],
)
def test_a_time_in_words_is_suggested_in_figures(written: str, meant: str | None) -> None:
    assert moments.suggestion(written) == meant
    assert meant is None or moments.moment(meant) is not None
