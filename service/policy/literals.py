"""Literals as a notice writes them: 3年, 一年半, 2万元, 五十平方米, 三分之一, 2024-06-28, 技师."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from decimal import Context, Decimal
from fractions import Fraction
from math import prod

from service.policy import numerals
from service.policy.facts import Duration
from service.policy.tables import CodeEntry, Vocabulary

# The engine decides integers below 2^53 only; a literal must stay well inside.
LARGEST = 2**52

_HAN = f"[{numerals.NUMERALS}]"
_DURATION_PART = re.compile(rf"(\d{{1,5}}|{_HAN}+|半)(年|周年|岁|周岁|个月|月|天|日|个自然日|周|years?|months?|days?)")
_MONTHS = {"年": 12, "周年": 12, "岁": 12, "周岁": 12, "year": 12, "years": 12}
_MONTHS |= {"个月": 1, "月": 1, "month": 1, "months": 1}
_YEARS = ("年", "周年")
_LONGEST = 99_999
_DAYS = {"天": 1, "日": 1, "个自然日": 1, "周": 7, "day": 1, "days": 1}
_NUMBER = re.compile(r"([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?)\s*(万亿|[百千]?[万亿]|[百千]|)\s*(.*)")
_SCALED_UNIT = re.compile(r"(万亿|[百千]?[万亿]|[百千])(.+)")  # 万元 is ten thousand of the unit 元
_HAN_NUMBER = re.compile(rf"({_HAN}+)\s*(.*)")
SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
# Names of things counted; a count in 万 or 年 is no count of things.
_COUNT = re.compile(rf"(\d{{1,6}}|{_HAN}+?)\s*[人名位个项件份家次期场条门种所台套篇本张户组]?")
_PARTS = re.compile(rf"(\d{{1,9}}|{_HAN}+)分之(\d{{1,9}}(?:\.\d{{1,6}})?|{_HAN}+)")
_RATIO = re.compile(r"(\d{1,9})/(\d{1,9})")
_TO = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,6}})?|{_HAN}+)[:比](\d{{1,9}}(?:\.\d{{1,6}})?|{_HAN}+)")
_SHARE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(%|‰|成|倍|)")
_TENTHS = re.compile(rf"({_HAN}+)(成|倍)([一二三四五六七八九]?)")
_SHARES = {"%": 100, "‰": 1000, "成": 10, "倍": 1, "": 1}
_EXACT = Context(prec=60)  # more digits than a literal of at most _MOST_DIGITS can need
_MOST_DIGITS = 40
_DATE = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?|年(\d{1,2})月(?:(\d{1,2})日)?)")
_HAN_DATE = re.compile(rf"(\d{{4}}|{_HAN}{{4}})年(\d{{1,2}}|{_HAN}+)月(?:(\d{{1,2}}|{_HAN}+)日)?")


def normalise(text: str) -> str:
    """Text for comparing names: NFKC, without white space, straight quotes, upper case."""
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return "".join(folded.split()).upper()


_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "《": '"', "》": '"'})


def duration(text: str) -> Duration | None:
    """`3年`, `三十六个月`, `1年6个月`, `一年半`, `30天` as a Duration; None if the text is no duration."""
    rest = "".join(unicodedata.normalize("NFKC", text).split())
    months = days = 0
    last = ""
    if not rest:
        return None
    while rest:
        if rest == "半" and last in _YEARS:
            return Duration(months + 6, days)
        # 一年零三个月: the nought only joins the parts.
        part = _DURATION_PART.match(rest.removeprefix("零") if last else rest)
        if part is None:
            return None
        half, unit = part[1] == "半", part[2]
        number = 0 if half else _whole(part[1])
        # Half of a unit is clear of a year only.
        if number is None or number > _LONGEST or (half and unit != "年"):
            return None
        months += 6 if half else number * _MONTHS.get(unit, 0)
        days += number * _DAYS.get(unit, 0)
        last = "" if half else unit
        rest = part.string[part.end() :]
    return Duration(months, days)


def _whole(text: str) -> int | None:
    """Digits or Chinese numerals as a number."""
    return int(text) if text[0].isascii() else numerals.value(text)


def number(text: str, unit: str | None, precision: int) -> int | None:
    """`3人`, `2万元`, `二十万元`, `1,200.50` as an integer scaled by 10^precision.

    The unit may be left out but not be another one; a number of 万元 may be written in 元 or 亿元 as well. None if
    the text is no such number or has more decimals.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    unit = None if unit is None else unicodedata.normalize("NFKC", unit)
    match = _NUMBER.fullmatch(text)
    if match is None:
        return _in_numerals(text, unit, precision)
    if len(match[1]) > _MOST_DIGITS:
        return None
    scale, rest = match[2], match[3]
    value, size = Decimal(match[1].replace(",", "")), prod(SCALES[char] for char in scale)
    own, base = _scale_of(unit)
    if not scale + rest or (unit is not None and scale + rest in units_of(unit)):
        return _scaled(value, 10**precision)  # 2万元 is 2 of the unit 万元
    if rest and unit is not None and rest in units_of(unit) and min(own, size) < SCALES["万"]:
        return _scaled(value, size * 10**precision)  # 2千万元 is 2000 of it, and nobody writes 2万万元
    whole = rest in units_of(base) if rest and unit is not None else not rest and _says_all(size, own)
    return _scaled(value, size * 10**precision, own) if whole else None


def _scale_of(unit: str | None) -> tuple[int, str]:
    """How many of what a unit is: 万元 is 10 000 of 元, 元 is 1 of itself."""
    match = None if unit is None else _SCALED_UNIT.fullmatch(unit)
    return (1, unit or "") if match is None else (prod(SCALES[char] for char in match[1]), match[2])


def _says_all(size: int, own: int) -> bool:
    """Whether a scale without a unit is clear: beside 万元 a bare 5000万 and 2亿 are, a bare 5千 is not."""
    return own == 1 or size >= own >= SCALES["万"]


def _in_numerals(text: str, unit: str | None, precision: int) -> int | None:
    if unit is not None and "%" in units_of(unit) and (parts := _PARTS.fullmatch(text)) and parts[1] in ("百", "100"):
        text = parts[2]
    own, base = _scale_of(unit)
    if unit is not None and own > 1 and text.endswith(unit):
        # 二十万元 is 20 of the unit 万元.
        text, own = text.removesuffix(unit), 1
    match = _HAN_NUMBER.fullmatch(text)
    if match is None or (match[2] and (unit is None or match[2] not in units_of(base))):
        return None
    value = numerals.value(match[1])
    if value is None:
        return None
    if own > 1 and not match[2]:
        sizes = [SCALES.get(char, 1) for char in match[1]]
        if max(sizes) < min(own, SCALES["万"]):
            own = 1  # 二百 is 200 of the unit 万元
        elif not _says_all(sizes[-1], own):
            return None
    return _scaled(Decimal(value), 10**precision, own)


def _scaled(value: Decimal, by: int, own: int = 1) -> int | None:
    scaled = _EXACT.divide(_EXACT.multiply(value, by), own)
    whole = int(scaled)
    return whole if whole == scaled and abs(whole) < LARGEST else None


def is_amount(text: str) -> bool:
    """Whether a text is a number with a unit: `10万元`, `三千元`, `2套`."""
    text = unicodedata.normalize("NFKC", text).strip()
    if match := _NUMBER.fullmatch(text):
        return len(match[1]) <= _MOST_DIGITS and bool(match[3]) and not match[3][0].isdecimal()
    match = _HAN_NUMBER.fullmatch(text)
    return match is not None and bool(match[2]) and numerals.value(match[1]) is not None


def unit_of(text: str) -> str:
    """The unit of a number, without the scale before it: 元 of `2万元`; "" where it has none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if match := _NUMBER.fullmatch(text):
        return match[3]
    match = _HAN_NUMBER.fullmatch(text)
    return "" if match is None else match[2]


def money(unit: str) -> int | None:
    """How many 元 one of a unit of money is, alone or for each of something (`万元`, `元/月`); None for other units."""
    return number(f"1{unit.partition('/')[0]}", "元", 0)


def count(text: str) -> int | None:
    """A number of things, `3`, `3人` or `三人`; None if the text is no such number."""
    match = _COUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return None if match is None or set(match[1]) & {"万", "亿"} else _whole(match[1])


def fraction(text: str) -> Fraction | None:
    """`60%`, `百分之六十`, `1/3`, `三分之一`, `0.6`, `六成`, `1.5倍`, `1:20`, `1比20` exactly; None if no such part.

    Never negative; a bare number above 1 is none.
    """
    text = "".join(unicodedata.normalize("NFKC", text).split())
    if text == "一半":
        return Fraction(1, 2)
    if match := _SHARE.fullmatch(text):
        part = Fraction(match[1]) / _SHARES[match[2]]
        # 30 without a sign may be 30% or 30 times: neither is taken.
        return part if match[2] or part <= 1 else None
    if match := _RATIO.fullmatch(text):
        return Fraction(int(match[1]), int(match[2])) if int(match[2]) else None
    if match := _TO.fullmatch(text):
        first, second = (Fraction(side) if side[0].isascii() else numerals.value(side) for side in match.groups())
        return Fraction(first) / second if first is not None and second else None
    if match := _TENTHS.fullmatch(text):
        # 六成五 is 65%; of 倍 nothing follows.
        whole, rest = numerals.value(match[1]), numerals.value(match[3] or numerals.DIGITS[0])
        if whole is None or rest is None or (match[3] and match[2] != "成"):
            return None
        return Fraction(10 * whole + rest, 10 * _SHARES[match[2]])
    if match := _PARTS.fullmatch(text):
        below, above = _part(match[1]), _part(match[2])
        return above / below if above is not None and below else None
    return None


def _part(text: str) -> Fraction | None:
    """A number inside 百分之…, where 百 and 千 stand for 一百 and 一千."""
    if text[0].isascii():
        return Fraction(text)
    whole = numerals.value(numerals.DIGITS[1] + text if text in ("百", "千", "万") else text)
    return None if whole is None else Fraction(whole)


def same_unit(first: str, second: str) -> bool:
    """Whether two units are one, written the same or in another way."""
    return second in units_of(first)


def units_of(unit: str) -> frozenset[str]:
    """A unit and the other ways of writing it."""
    for group in _SAME_UNITS:
        if unit in group:
            return group
    return frozenset({unit})


_SAME_UNITS = (
    frozenset({"平方米", "㎡", "m2", "平米"}),
    frozenset({"人", "名", "位"}),
    frozenset({"元", "人民币元", "块"}),
    frozenset({"岁", "周岁"}),
    frozenset({"%", "百分点"}),
    frozenset({"天", "日"}),
    frozenset({"月", "个月"}),
    frozenset({"年", "周年"}),
    frozenset({"次", "期", "场"}),
    frozenset({"个", "项", "件", "份", "家"}),
)


def date_bounds(text: str) -> tuple[int, int] | None:
    """First and last ordinal day a written date may mean: `2024-06-28`, `1976.3`, `1976年3月`, `二〇二四年三月`.

    A month without a day is as wide as the month. None if there is no such date.
    """
    text = "".join(unicodedata.normalize("NFKC", text).split())
    match = _DATE.fullmatch(text) or _DATE.fullmatch(_date_in_digits(text))
    if match is None:
        return None
    year = int(match[1])
    month = match[2] or match[4]
    day = match[3] or match[5]
    try:
        if day:
            exact = dt.date(year, int(month), int(day)).toordinal()
            return exact, exact
        first = dt.date(year, int(month), 1)
    except ValueError:
        return None
    return first.toordinal(), first.replace(day=calendar.monthrange(year, first.month)[1]).toordinal()


def _date_in_digits(text: str) -> str:
    """A date in Chinese numerals with digits in their place; "" for any other text."""
    match = _HAN_DATE.fullmatch(text)
    if match is None:
        return ""
    year = match[1] if match[1].isascii() else numerals.spelled(match[1])
    month, day = (None if part is None else _whole(part) for part in (match[2], match[3]))
    if year is None or month is None or (match[3] is not None and day is None):
        return ""
    return f"{year}年{month}月" + ("" if day is None else f"{day}日")


def vocabulary_of(entries: tuple[CodeEntry, ...], *, is_open: bool) -> Vocabulary:
    """A Vocabulary with its index by normalised code, label and alias; the first entry of a name wins."""
    by_name: dict[str, CodeEntry] = {}
    for names in ("code", "label", "aliases"):
        for entry in entries:
            value = getattr(entry, names)
            for name in value if isinstance(value, tuple) else (value,):
                by_name.setdefault(normalise(name), entry)
    return Vocabulary(entries=entries, open=is_open, by_name=by_name)


def code(text: str, vocabulary: Vocabulary) -> CodeEntry | None:
    """The entry a text names by code, label or alias, whole name only; None if it names none."""
    return vocabulary.by_name.get(normalise(text))
