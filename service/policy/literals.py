"""Literals as a notice writes them: 3年, 2万元, 50平方米, 2024-06-28, 技师."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from decimal import Context, Decimal

from service.policy.facts import Duration
from service.policy.tables import CodeEntry, Vocabulary

# The engine decides integers below 2^53 only; a literal must stay well inside.
LARGEST = 2**52

_DURATION_PART = re.compile(r"(\d{1,5})(年|周年|岁|周岁|个月|月|天|日|个自然日|周|years?|months?|days?)")
_MONTHS = {"年": 12, "周年": 12, "岁": 12, "周岁": 12, "year": 12, "years": 12}
_MONTHS |= {"个月": 1, "月": 1, "month": 1, "months": 1}
_DAYS = {"天": 1, "日": 1, "个自然日": 1, "周": 7, "day": 1, "days": 1}
_NUMBER = re.compile(r"([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?)\s*([万亿千百]?)\s*(.*)")
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
# Names of things counted; a count in 万 or 年 is no count of things.
_COUNT = re.compile(r"(\d{1,6})\s*[人名位个项件份家次期场条门种所台套篇本张户组]?")
_EXACT = Context(prec=60)  # more digits than a literal of at most _MOST_DIGITS can need
_MOST_DIGITS = 40
_DATE = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?|年(\d{1,2})月(?:(\d{1,2})日)?)")


def normalise(text: str) -> str:
    """Text for comparing names: NFKC, without white space, straight quotes, upper case."""
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return "".join(folded.split()).upper()


_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "《": '"', "》": '"'})


def duration(text: str) -> Duration | None:
    """`3年`, `36个月`, `1年6个月`, `30天` as a Duration; None if the text is no duration."""
    rest = "".join(unicodedata.normalize("NFKC", text).split())
    months = days = 0
    if not rest:
        return None
    while rest:
        part = _DURATION_PART.match(rest)
        if part is None:
            return None
        number, unit = int(part[1]), part[2]
        months += number * _MONTHS.get(unit, 0)
        days += number * _DAYS.get(unit, 0)
        rest = rest[part.end() :]
    return Duration(months, days)


def number(text: str, unit: str | None, precision: int) -> int | None:
    """`3人`, `2万元`, `1,200.50` as an integer scaled by 10^precision.

    The unit may be left out but not be another one; None if the text is no such number or has more decimals.
    """
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None or len(match[1]) > _MOST_DIGITS:
        return None
    scale, rest = match[2], match[3]
    unit = None if unit is None else unicodedata.normalize("NFKC", unit)
    if unit is not None and unit[0] in _SCALES and (scale or rest):
        # A unit such as 万元 holds its own scale: 2万元 is 2 of it, and a bare 2万 is not clear.
        scale, rest = "", scale + rest
        if rest != unit:
            return None
    elif rest and (unit is None or rest not in _units(unit)):
        return None
    scaled = _EXACT.multiply(Decimal(match[1].replace(",", "")), _SCALES[scale] * 10**precision)
    whole = int(scaled)
    return whole if whole == scaled and abs(whole) < LARGEST else None


def count(text: str) -> int | None:
    """A number of things, `3` or `3人`; None if the text is no such number."""
    match = _COUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return None if match is None else int(match[1])


def same_unit(first: str, second: str) -> bool:
    """Whether two units are one, written the same or in another way."""
    return second in _units(first)


def _units(unit: str) -> frozenset[str]:
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
    """First and last ordinal day a written date may mean: `2024-06-28`, `1976.3`, `1976年3月`.

    A month without a day is as wide as the month. None if there is no such date.
    """
    match = _DATE.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
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
