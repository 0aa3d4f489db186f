"""Literals as a notice writes them: durations, numbers with units, counts, dates in their tolerant forms."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy import literals, numerals
from service.policy.facts import Duration
from service.policy.tables import CodeEntry

DATES = st.dates(min_value=dt.date(1000, 1, 1), max_value=dt.date(9998, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3年", Duration(36)), ("36个月", Duration(36)), ("1年6个月", Duration(18)),
        ("30天", Duration(0, 30)),
        ("2周", Duration(0, 14)), ("60周岁", Duration(720)), ("３年", Duration(36)), (" 3 年 ", Duration(36)),
        ("1 year 2 months", Duration(14)), ("1年15日", Duration(12, 15)), ("5周年", Duration(60)),
        ("三年", Duration(36)), ("十二个月", Duration(12)), ("两年", Duration(24)), ("半年", Duration(6)),
        ("一年半", Duration(18)), ("3年半", Duration(42)), ("一年零三个月", Duration(15)), ("三十日", Duration(0, 30)),
        ("十八周岁", Duration(216)), ("两周", Duration(0, 14)),
        ("半个月", None), ("三个月半", None), ("半年半", None), ("一百五个月", None), ("零年三", None),
        ("一年零", None),
        ("", None), ("3", None), ("年", None), ("3年以上", None), ("-3年", None), ("三", None), ("十万年", None),
        ("1.5年", None),
        ("100000年", None),
    ],
)  # fmt: skip
def test_a_duration_is_months_and_days(text: str, expected: Duration | None) -> None:
    assert literals.duration(text) == expected


@given(years=st.integers(0, 99999), months=st.integers(0, 99999), days=st.integers(0, 99999))
def test_the_parts_of_a_duration_add_up(years: int, months: int, days: int) -> None:
    assert literals.duration(f"{years}年{months}个月{days}天") == Duration(12 * years + months, days)


@pytest.mark.parametrize(
    ("text", "unit", "precision", "expected"),
    [
        ("3人", "人", 0, 3), ("3名", "人", 0, 3), ("3", "人", 0, 3), ("３人", "人", 0, 3),
        ("3 人", "人", 0, 3),
        ("2万元", "元", 2, 2_000_000), ("1,200.50", "元", 2, 120_050), ("1,200.50元", "元", 2, 120_050),
        ("1.5万", "元", 0, 15_000), ("1亿元", "元", 0, 100_000_000), ("50平方米", "平方米", 2, 5000),
        ("50㎡", "平方米", 2, 5000), ("50m2", "㎡", 0, 50), ("80%", "%", 0, 80), ("80％", "％", 0, 80),
        ("-3", None, 0, -3), ("+3", None, 0, 3), ("2千", None, 0, 2000), ("0", "人", 0, 0),
        ("010", None, 0, 10),
        ("2万元", "万元", 0, 2), ("2", "万元", 0, 2), ("2.50", None, 1, 25),
        (str(2**52 - 1), None, 0, 2**52 - 1),
        ("3平方米", "人", 0, None), ("3人", None, 0, None), ("3.5", "人", 0, None), ("1.234", "元", 2, None),
        ("2亿元", "万元", 2, 2_000_000), ("2亿", "万元", 0, 20_000), ("5000万", "万元", 0, 5000), ("0元", "万元", 0, 0),
        ("50000000元", "万元", 0, 5000), ("1.5亿元", "万元", 0, 15_000), ("2万", "万元", 0, 2), ("2元", "万元", 4, 2),
        ("3千万元", "元", 0, 30_000_000), ("3千万元", "万元", 0, 3000), ("2万亿元", "亿元", 0, 20_000),
        ("5000万元", "亿元", 1, 5), ("500瓦", "千瓦", 1, 5), ("2万千瓦", "千瓦", 0, 20_000), ("5%", "百分点", 0, 5),
        ("2元", "万元", 0, None), ("5千", "万元", 4, None), ("5000万", "亿元", 2, None), ("2万万元", "万元", 0, None),
        ("5万", "千克", 0, None), ("2亿平方米", "万元", 0, None), ("2亿人", "万元", 0, None), ("1,20", "元", 0, None),
        ("1,2000", "元", 0, None),
        ("三", "人", 0, 3), ("三人", "人", 0, 3), ("二十万元", "元", 2, 20_000_000), ("五十平方米", "平方米", 2, 5000),
        ("贰万元", "元", 0, 20_000), ("二十万元", "万元", 0, 20), ("二百", "万元", 0, 200), ("五千克", "千克", 0, 5),
        ("百分之六十", "%", 0, 60), ("百分之六十", "元", 0, None), ("三分之一", "%", 0, None),
        ("二十万", "万元", 0, 20), ("二亿元", "万元", 0, 20_000), ("五千万", "万元", 0, 5000), ("五千元", "万元", 1, 5),
        ("一亿五千万", "万元", 0, 15_000), ("五千元", "万元", 0, None), ("十二万五千", "万元", 1, None),
        ("五千万", "亿元", 1, None), ("五千", "千克", 0, None), ("一百五", "人", 0, None), ("三元", "人", 0, None),
        ("九千九百九十九亿", None, 6, None), ("三元", None, 0, None),
        ("", "人", 0, None), ("1e5", None, 0, None), ("0x10", None, 0, None),
        (str(2**52), None, 0, None), (f"1.{'0' * 33}1", None, 0, None), ("9" * 5000, None, 0, None),
        ("3人人", "人", 0, None), ("人", "人", 0, None), ("--3", None, 0, None),
    ],
)  # fmt: skip
def test_a_number_is_scaled_by_its_precision(text: str, unit: str | None, precision: int, expected: int | None) -> None:
    assert literals.number(text, unit, precision) == expected


@given(value=st.integers(-(2**52) + 1, 2**52 - 1), precision=st.integers(0, 6))
def test_a_number_written_with_its_decimals_comes_back(value: int, precision: int) -> None:
    written = format(Decimal(value).scaleb(-precision), "f")
    assert literals.number(written, "元", precision) == value
    assert literals.number(f"{written}元", "元", precision) == value


@given(value=st.integers(0, 10**9), precision=st.integers(0, 4))
def test_money_means_the_same_in_every_scale_of_its_unit(value: int, precision: int) -> None:
    in_yuan = format(Decimal(value).scaleb(4 - precision), "f")
    in_wan = format(Decimal(value).scaleb(-precision), "f")
    in_yi = format(Decimal(value).scaleb(-4 - precision), "f")
    for written in (f"{in_yuan}元", f"{in_wan}万元", f"{in_wan}万", f"{in_yi}亿元", f"{in_yi}亿", in_wan):
        assert literals.number(written, "万元", precision) == value


@given(value=st.integers(0, 10**12))
def test_commas_at_every_third_digit_change_nothing(value: int) -> None:
    assert literals.number(f"{value:,}", None, 0) == value


@given(text=st.text(max_size=30), unit=st.none() | st.text(min_size=1, max_size=3), precision=st.integers(0, 6))
def test_no_text_breaks_a_reader(text: str, unit: str | None, precision: int) -> None:
    number = literals.number(text, unit, precision)
    assert number is None or abs(number) < literals.LARGEST
    count = literals.count(text)
    assert count is None or count >= 0
    span = literals.duration(text)
    assert span is None or (span.months >= 0 and span.days >= 0)
    days = literals.date_bounds(text)
    assert days is None or days[0] <= days[1]
    part = literals.fraction(text)
    assert part is None or part >= 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3), ("3人", 3), ("３ 项", 3), ("0", 0), ("20家", 20),
        ("3万人", None), ("3年", None), ("3.5", None), ("-3", None), ("三人", 3), ("两个", 2), ("十二家", 12),
        ("二百", 200),
        ("三万人", None), ("一百五人", None), ("三年", None), ("人", None), ("1234567", None), ("", None),
    ],
)  # fmt: skip
def test_a_count_is_a_whole_number_of_things(text: str, expected: int | None) -> None:
    assert literals.count(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60%", Fraction(3, 5)), ("６０％", Fraction(3, 5)), ("百分之六十", Fraction(3, 5)), ("1/3", Fraction(1, 3)),
        ("三分之一", Fraction(1, 3)), ("0.6", Fraction(3, 5)), ("六成", Fraction(3, 5)), ("六成五", Fraction(13, 20)),
        ("3成", Fraction(3, 10)), ("百分之百", Fraction(1)), ("百分之一百二十", Fraction(6, 5)),
        ("百分之0.5", Fraction(1, 200)),
        ("3分之2", Fraction(2, 3)), ("千分之五", Fraction(1, 200)), ("5‰", Fraction(1, 200)), ("2.5%", Fraction(1, 40)),
        ("1", Fraction(1)), ("1.5倍", Fraction(3, 2)), ("两倍", Fraction(2)), ("一半", Fraction(1, 2)),
        ("0", Fraction(0)), ("1:20", Fraction(1, 20)), ("1：20", Fraction(1, 20)), ("1比20", Fraction(1, 20)),
        ("一比二十", Fraction(1, 20)), ("1:1.5", Fraction(2, 3)), ("1:0", None), ("1:", None), ("1:2:3", None),
        (" 60 % ", Fraction(3, 5)), ("十成", Fraction(1)),
        ("1/0", None), ("零分之一", None), ("-60%", None), ("", None), ("%", None), ("六十", None), ("六十%", None),
        ("1/3%", None), ("三分", None), ("分之一", None), ("两倍五", None), ("一百五成", None), ("一百五分之一", None),
        ("三分之一百五", None), ("1e3", None), ("60%以上", None),
    ],
)  # fmt: skip
def test_a_fraction_is_exact_however_it_is_written(text: str, expected: Fraction | None) -> None:
    assert literals.fraction(text) == expected


@given(above=st.integers(0, 9999), below=st.integers(1, 9999))
def test_a_fraction_in_numerals_is_the_one_in_digits(above: int, below: int) -> None:
    exact = Fraction(above, below)
    assert literals.fraction(f"{above}/{below}") == exact
    assert literals.fraction(f"{numerals.written(below)}分之{numerals.written(above)}") == exact
    assert literals.fraction(f"{below}分之{above}") == exact
    assert literals.fraction(f"{above}%") == Fraction(above, 100)


@given(value=st.integers(0, 10**12 - 1))
def test_numerals_written_come_back(value: int) -> None:
    assert numerals.value(numerals.written(value)) == value
    assert literals.number(f"{numerals.written(value)}元", "元", 0) == value


@given(value=st.integers(1, 9999))
def test_numerals_mean_in_every_literal_what_digits_mean(value: int) -> None:
    said = numerals.written(value)
    assert literals.count(f"{said}人") == literals.count(f"{value}人")
    assert literals.duration(f"{said}年") == literals.duration(f"{value}年")
    assert literals.number(f"{said}万元", "万元", 0) == literals.number(f"{value}万元", "万元", 0)
    assert literals.number(said, None, 2) == literals.number(str(value), None, 2)


@pytest.mark.parametrize(
    "text", ["十十", "一百五", "二百零", "零三", "三零", "万", "百", "一万亿", "二〇二四", "三a", ""]
)
def test_what_is_no_full_numeral_is_no_number(text: str) -> None:
    assert numerals.value(text) is None


@pytest.mark.parametrize(("text", "digits"), [("二〇二四", "2024"), ("十", None), ("", None), ("2024", None)])
def test_numerals_are_read_out_one_by_one(text: str, digits: str | None) -> None:
    assert numerals.spelled(text) == digits


@pytest.mark.parametrize("text", ["二〇二四年六月二十八日", "二零二四年六月28日", "2024年六月二十八日"])
def test_a_day_may_be_written_in_numerals(text: str) -> None:
    assert literals.date_bounds(text) == literals.date_bounds("2024-06-28")


@given(date=DATES)
def test_every_way_of_writing_a_day_means_the_day(date: dt.date) -> None:
    year, month, day = date.year, date.month, date.day
    for written in (
        date.isoformat(),
        f"{year}-{month}-{day}",
        f"{year}.{month}.{day}",
        f"{year}/{month:02}/{day:02}",
        f"{year}年{month}月{day}日",
        f" {year} 年 {month} 月 {day} 日 ",
    ):
        assert literals.date_bounds(written) == (date.toordinal(), date.toordinal())


@given(date=DATES)
def test_a_month_is_as_wide_as_the_month(date: dt.date) -> None:
    first = date.replace(day=1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    for written in (f"{date:%Y-%m}", f"{date.year}.{date.month}", f"{date.year}年{date.month}月"):
        assert literals.date_bounds(written) == (first.toordinal(), last.toordinal())


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29", "2025-13-01", "2025-00-01", "2025-01-00", "0000-01-01", "2025", "2025年", "25-01-01",
        "2025-1-1-1", "2025年3月5", "20250301", "明天", "",
        "二〇二四年十三月", "二〇二四年六月三十一日", "十〇二四年六月", "二〇二四年六月一百五日", "二〇二四年",
    ],
)  # fmt: skip
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert literals.date_bounds(text) is None


def test_the_last_month_there_is_ends() -> None:
    assert literals.date_bounds("9999-12") == (dt.date(9999, 12, 1).toordinal(), dt.date.max.toordinal())


def test_names_are_compared_without_width_space_case_and_shape_of_quotes() -> None:
    assert literals.normalise(" 市“特支 计划”（Ａ级） ") == literals.normalise('市"特支计划"(a级)')


def test_a_name_is_found_whole_and_the_first_entry_of_a_name_wins() -> None:
    first = CodeEntry(code="a", label="竹编", aliases=("篾编",))
    second = CodeEntry(code="b", label="草编", aliases=("竹编",))
    vocabulary = literals.vocabulary_of((first, second), is_open=False)
    assert literals.code("竹编", vocabulary) is first
    assert literals.code("篾 编", vocabulary) is first
    assert literals.code("B", vocabulary) is second
    assert literals.code("编", vocabulary) is None


@pytest.mark.parametrize(("first", "second", "same"), [("人", "名", True), ("人", "人", True), ("人", "元", False)])
def test_units_have_other_names(first: str, second: str, same: bool) -> None:
    assert literals.same_unit(first, second) is same
