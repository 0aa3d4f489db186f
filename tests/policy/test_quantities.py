"""Numbers are found in the words of a notice, whichever way it writes them."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from service.policy.quantities import amounts_in, counts_in, days_in, shares_in, spans_in


@pytest.mark.parametrize(
    ("text", "unit", "values"),
    [
        ("补助不超过2万元，或者3,000元", "元", [20_000, 3000]),
        ("给予二十万元资助", "元", [200_000]),
        ("给予30万元资助", "万元", [30]),
        ("面积不少于１，２００．５㎡", "平方米", [Fraction(2401, 2)]),
        ("团队成员三名以上", "人", [3]),
        ("第三名、数十人、几百人", "人", []),
        ("占比60%以上", "%", [60]),
        ("距离5公里", "元", []),
    ],
)
def test_numbers_with_a_unit(text: str, unit: str, values: list[int]) -> None:
    assert list(amounts_in(text, unit)) == values


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [
        ("年龄不超过58周岁", [696], []),
        ("近两年、三十六个月", [24, 36], []),
        ("满一年半，或一年零三个月", [18, 15], []),
        ("半年以上，公示7天，十五日内", [6], [7, 15]),
        ("2025年6月30日前，2024年度，自3月1日起", [], []),
        ("满两周，满三周年", [36], [14]),
    ],
)
def test_spans_of_time(text: str, months: list[int], days: list[int]) -> None:
    found = spans_in(text)
    assert (list(found[0]), list(found[1])) == (months, days)


def test_parts() -> None:
    found = shares_in("不低于60%，三分之一以上，六成，1.5倍，百分之五，一半")
    assert list(found) == [
        Fraction(3, 5), Fraction(1, 3), Fraction(3, 2), Fraction(1, 20), Fraction(1, 2),
    ]  # fmt: skip


def test_ratios_are_no_hours() -> None:
    assert [*shares_in("师生比不低于1：20，配比为1比5。每日9:00至17:30，比上年增加；8:30上班")] == [
        Fraction(1, 20),
        Fraction(1, 5),
    ]


def test_days_and_counts() -> None:
    days = [dt.date(2025, 6, 30).toordinal(), dt.date(2025, 9, 1).toordinal()]
    assert list(days_in("2025年6月30日、二〇二五年九月一日，2025年10月")) == days
    assert list(counts_in("三项中具备两项，20家")) == [3, 2, 20]
