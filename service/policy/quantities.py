"""Numbers, spans of time, parts and days as the sentences of a notice state them, in digits or in Chinese numerals.

Each function answers what it found by its exact value, with the words it was read from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from service.policy import numerals
from service.policy.literals import date_bounds, fraction, units_of

ITEMS = "项条个类种门"  # what the conditions of a list are called
SCORE = "分"
TIMES = frozenset({"年", "岁", "月", "天"})
_HAN = f"[{numerals.NUMERALS}]"
_NUMBER = re.compile(rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|{_HAN}+")
_SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_NO_NUMBER_AFTER = "第数几"  # 第三, 数十, 几百 state no number of things
_THINGS = "人名位个项件份家次期场条门种所台套篇本张户组类"
_DATE = re.compile(rf"(?:\d{{4}}|{_HAN}{{4}})年(?:\d{{1,2}}|{_HAN}{{1,3}})月(?:(?:\d{{1,2}}|{_HAN}{{1,3}})日)?")
_DAY = re.compile(rf"{_DATE.pattern}|\d{{4}}-\d{{1,2}}-\d{{1,2}}")
_CALENDAR = re.compile(rf"{_DAY.pattern}|\d{{4}}年|\d{{1,2}}月(?:\d{{1,2}}日)?")
_YEARS, _MORE = re.compile(r"(?:周年|周岁|年|岁)(半)?"), re.compile(rf"零?(\d{{1,2}}|{_HAN}{{1,3}})个月")
_DAYS = re.compile(r"个自然日|天|日|周(?![年岁])")
MIDNIGHT = 24 * 60
_TIME = re.compile(r"(上午|中午|下午|晚上|晚)?(\d{1,2})(?::(\d{2})|[时点](?:(\d{1,2})分|(半))?)(?![/\d])")
_AFTER_NOON = ("下午", "晚上", "晚")
_SHARE = re.compile(rf"\d+(?:\.\d+)?[%‰成倍]|(?:\d+|{_HAN}+)分之(?:[\d.]+|{_HAN}+)|{_HAN}+[成倍]|一半")
# 师生比不低于1:20, 比例为1:20; 17:30 is an hour.
_TO = re.compile(rf"((?:\d+|{_HAN}+)比(?:\d+|{_HAN}+))|比[^\d。;,:]{{0,8}}(\d+(?:\.\d+)?:\d+(?:\.\d+)?)(?!:)")


def folded(text: str) -> str:
    """A text as the other functions read it: NFKC, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def amounts_in(text: str, unit: str) -> Mapping[Fraction, str]:
    """Numbers with a unit, in any of its writings: `2万元` and `二万元` of 元 are 20000; of % the percentages."""
    if "%" in units_of(unit):
        return {share * 100: said for share, said in shares_in(text).items()}
    scale = _SCALES.get(unit[:1], 1) if len(unit) > 1 else 1
    units = units_of(unit[1:] if scale > 1 else unit)
    found: dict[Fraction, str] = {}
    for number, said, rest in _numbers(text):
        named = next((one for one in sorted(units, key=len, reverse=True) if rest.startswith(one)), None)
        if named is not None:
            found.setdefault(number / scale, said + named)
    return found


def counts_in(text: str, things: str = _THINGS) -> Mapping[Fraction, str]:
    """Numbers of things, whatever these are called."""
    return {number: said + rest[0] for number, said, rest in _numbers(text) if rest and rest[0] in things}


def spans_in(text: str) -> tuple[Mapping[Fraction, str], Mapping[Fraction, str]]:
    """Spans of time in months (years and ages among them), and those in days; dates are none."""
    months: dict[Fraction, str] = {}
    days: dict[Fraction, str] = {}
    for number, said, rest in _numbers(_CALENDAR.sub("。", folded(text))):
        if years := _YEARS.match(rest):
            more = _MORE.match(rest, years.end())
            extra = Fraction(6 if years[1] else 0)
            if more is not None:
                extra += Fraction(more[1]) if more[1][0].isascii() else Fraction(numerals.value(more[1]) or 0)
            words = said + years[0] + ("" if more is None else more[0])
            months.setdefault(12 * number + extra, words)
        elif rest.startswith("个月"):
            months.setdefault(number, f"{said}个月")
        elif unit := _DAYS.match(rest):
            days.setdefault(7 * number if unit[0] == "周" else number, said + unit[0])
    if "半年" in text:
        months.setdefault(Fraction(6), "半年")
    return months, days


def shares_in(text: str) -> Mapping[Fraction, str]:
    """Parts of something: 60%, 三分之一, 六成, 1.5倍, 1比20, and 1:20 where it is called a ratio and is no hour."""
    text = folded(text)
    said = [match[0] for match in _SHARE.finditer(text)] + [match[1] or match[2] for match in _TO.finditer(text)]
    found = ((fraction(one), one) for one in said)
    return {share: said for share, said in found if share is not None}


def days_in(text: str) -> Mapping[int, str]:
    """Days of the calendar as ordinals; a month without a day is none."""
    found = ((date_bounds(match[0]), match[0]) for match in _DAY.finditer(folded(text)))
    return {bounds[0]: said for bounds, said in found if bounds is not None and bounds[0] == bounds[1]}


def times_in(text: str) -> Mapping[int, str]:
    """Times of day in minutes after midnight: 17:00, 下午5时, 9点30分; 24时 ends the day."""
    found: dict[int, str] = {}
    for match in _TIME.finditer(folded(text)):
        hour, minute = int(match[2]), int(match[3] or match[4] or (30 if match[5] else 0))
        hour += 12 if match[1] in _AFTER_NOON and hour < 12 else 0
        if hour * 60 + minute <= MIDNIGHT and minute < 60:
            found.setdefault(hour * 60 + minute, match[0])
    return found


def _numbers(text: str) -> Iterator[tuple[Fraction, str, str]]:
    """Every number, as it is written, and what follows it."""
    text = folded(text)
    for match in _NUMBER.finditer(text):
        if text[: match.start()].endswith(tuple(_NO_NUMBER_AFTER)):
            continue
        end = match.end()
        if match[0][0].isdecimal():
            number = Fraction(Decimal(match[0].replace(",", "")))
            scale = _SCALES.get(text[end : end + 1], 1)
            end += scale > 1
            yield number * scale, text[match.start() : end], text[end:]
        elif (value := numerals.value(match[0])) is not None:
            yield Fraction(value), match[0], text[end:]
