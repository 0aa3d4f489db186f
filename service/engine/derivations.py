"""The closed set of functions a policy may call to compute a fact; each returns its own bounds.

A function is made once for a fact (`derive`) and then called with one frame of an application: it reads its
arguments through the readers it was given and answers a value as `values` describes it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import re2
from stdnum.cn import uscc

from service.engine import identity
from service.engine.values import Interval, Other
from service.policy.facts import Duration, Fact, FactType
from service.policy.literals import normalise
from service.policy.tables import Delay, Law, Table

Reader = Callable[[Any], Any]
Readers = Callable[[Fact], Reader]

# One Chinese word of a name: the free part of a name pattern.
_HAN = "[\u4e00-\u9fff、()/]"
_USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")


def derive(fact: Fact, reader: Readers) -> Reader:
    """The function that computes a derived fact from a frame, its arguments read through `reader`."""
    derivation = fact.derivation
    if derivation is None:
        raise ValueError(fact.path)
    return _FUNCTIONS[derivation.function](dict(derivation.arguments), reader, fact)


def format_check(table: Table, name: str) -> Callable[[str], bool]:
    """The test of a named format on a text: a pattern over the whole of it, or a check known by name."""
    declared = table.formats[name]
    if declared.check is not None:
        return _CHECKS[declared.check]
    # A set of one pattern answers yes or no without building a match, in a sixth of the time.
    pattern = re2.Set.FullMatchSet()
    pattern.Add(declared.pattern)
    pattern.Compile()
    return lambda text: bool(pattern.Match(_folded(text).strip()))


def add(days: int, duration: Duration, sign: int = 1) -> int:
    """The ordinal day a duration later; the day of the month is clipped to the end of the month reached."""
    date = dt.date.fromordinal(days)
    month = date.year * 12 + date.month - 1 + sign * duration.months
    year, index = divmod(month, 12)
    if not 1 <= year <= 9998:
        return 1 if year < 1 else dt.date.max.toordinal()
    day = min(date.day, calendar.monthrange(year, index + 1)[1])
    return dt.date(year, index + 1, day).toordinal() + sign * duration.days


def whole_months(start: int, end: int) -> int:
    """Whole months from one ordinal day to another, negative where the end comes first."""
    if end < start:
        return -whole_months(end, start)
    first, last = dt.date.fromordinal(start), dt.date.fromordinal(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (add(start, Duration(months)) > end)


def _uscc(text: str) -> bool:
    """统一社会信用代码 (GB 32100-2015): eighteen characters of its alphabet with a right check character."""
    number = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()
    if len(number) != 18 or not set(number) <= _USCC_ALPHABET or not number[2:8].isdigit():
        return False
    return bool(uscc.calc_check_digit(number[:17]) == number[17])


def _identity_number(text: str) -> bool:
    return _parse(identity.compact(text))[0] is None


_CHECKS: dict[str, Callable[[str], bool]] = {"uscc": _uscc, "identity-number": _identity_number}


# --- choosing ----------------------------------------------------------------------------------------------------


def _first_given(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """The first of its arguments that is not blank. It fills a blank, so later information may change it."""
    options = arguments[""]
    reads = [reader(option) for option in options if isinstance(option, Fact)]
    last = options[-1]
    fallback: Any = None
    if isinstance(last, str):
        fallback = last == "true" if fact.type is FactType.BOOLEAN else last

    def compute(frame: Any) -> Any:
        for read in reads:
            value = read(frame)
            if value is not None:
                return value
        return fallback

    return compute


def _choose(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """The case named by a code; all cases together where the code is blank."""
    by = reader(arguments["by"])
    cases: dict[str, Any] = {
        code: reader(case) if isinstance(case, Fact) else _constant(case[0] if len(case) == 1 else case)
        for code, case in arguments["cases"].items()
    }
    boolean = arguments["by"].type is FactType.BOOLEAN

    def compute(frame: Any) -> Any:
        code = by(frame)
        if code is None:
            possible = list(cases.values())
        else:
            names = code if isinstance(code, tuple) else (("true" if code else "false") if boolean else code,)
            possible = [cases[name] for name in names if name in cases]
        return _either([case(frame) for case in possible])

    return compute


def _constant(value: Any) -> Reader:
    return lambda _frame: value


def _either(values: list[Any]) -> Any:
    """What is known when one of several values holds: the interval around them, or the codes among them."""
    if not values or any(value is None for value in values):
        return None
    if all(value == values[0] for value in values):
        return values[0]
    if isinstance(values[0], tuple) and isinstance(values[0][0], int):
        return min(value[0] for value in values), max(value[1] for value in values)
    if all(isinstance(value, str | tuple) for value in values):
        codes = [code for value in values for code in (value if isinstance(value, tuple) else (value,))]
        return tuple(dict.fromkeys(codes))
    return None


# --- texts -------------------------------------------------------------------------------------------------------


def _template(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    parts = [reader(part) if isinstance(part, Fact) else _constant(part) for part in arguments[""]]

    def compute(frame: Any) -> Any:
        values = [part(frame) for part in parts]
        return None if any(value is None for value in values) else "".join(str(value) for value in values)

    return compute


def _template_match(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """Whether a text is the template's literal parts and facts with free Chinese words of the widths given."""
    of = reader(arguments["of"])
    parts = arguments["template"]
    reads = [
        reader(part) if isinstance(part, Fact) else _constant(part if isinstance(part, tuple) else _name(part))
        for part in parts
    ]
    free = [place for place, part in enumerate(parts) if isinstance(part, tuple)]

    def compute(frame: Any) -> Any:
        text = of(frame)
        values = [read(frame) for read in reads]
        if text is None or any(value is None for value in values):
            return None
        fixed = [value if isinstance(value, tuple) else _name(value) for value in values]
        if len(free) > 1:
            pattern = (f"{_HAN}{{{v[0]},{v[1]}}}" if isinstance(v, tuple) else re2.escape(v) for v in fixed)
            return re2.fullmatch("".join(pattern), _folded(text)) is not None
        if not free:
            return _folded(text) == "".join(fixed)
        head, (least, most), tail = "".join(fixed[: free[0]]), fixed[free[0]], "".join(fixed[free[0] + 1 :])
        return _framed(_folded(text), head, tail, least, most)

    return compute


def _framed(text: str, head: str, tail: str, least: int, most: int) -> bool:
    """Whether a text is `head`, a Chinese word of `least` to `most` characters, `tail`."""
    word = text[len(head) : len(text) - len(tail)]
    return text == f"{head}{word}{tail}" and least <= len(word) <= most and all(map(_is_han, word))


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or char in "、()/"


def _folded(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _name(text: str) -> str:
    """A name inside a pattern: NFKC without white space, so that a spaced-out name does not fail its studio."""
    return "".join(_folded(str(text)).split())


def _same_text(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    first, second = (reader(fact) for fact in arguments[""])

    def compute(frame: Any) -> Any:
        one, other = first(frame), second(frame)
        return None if one is None or other is None else normalise(one) == normalise(other)

    return compute


def _has_format(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    of = reader(arguments["of"])
    holds = format_check(*arguments["format"])

    def compute(frame: Any) -> Any:
        text = of(frame)
        return None if text is None else holds(text)

    return compute


def _text_part(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """Characters `from` to `to` of a text, counted from 1, as a code."""
    of = reader(arguments["of"])
    start, end = arguments["from"] - 1, arguments["to"]
    vocabulary = fact.vocabulary

    def compute(frame: Any) -> Any:
        text = of(frame)
        if text is None or vocabulary is None:
            return None
        part = normalise(text)[start:end]
        entry = vocabulary.by_name.get(part)
        return Other(part) if entry is None else entry.code

    return compute


# --- identity numbers --------------------------------------------------------------------------------------------


def _parsed(fact: Fact, read: Reader) -> Reader:
    """A number as (fault, ordinal birth day, odd), read once a frame however many facts rest on it; None if blank."""
    key = f"#{fact.path}"

    def compute(frame: Any) -> Any:
        if key not in frame.memo:
            number = read(frame)
            frame.memo[key] = None if number is None else _parse(number)
        return frame.memo[key]

    return compute


def _parse(number: str) -> tuple[str | None, int, bool]:
    if not identity.well_formed(number):
        return "malformed", 0, False
    if not identity.check_digit_holds(number):
        return "invalid_checksum", 0, False
    date = identity.birth_date(number)
    if date is None:
        return "invalid_date", 0, False
    return None, date.toordinal(), identity.is_odd(number)


def _identity_check(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The first fault of an identity number and what must agree with it, `valid`, or blank without a number.

    Codes in the order looked for: malformed, invalid_checksum, invalid_date, future_birth, sex_mismatch,
    birth_mismatch, category_mismatch.
    """
    number = _parsed(arguments["number"], reader(arguments["number"]))
    on = reader(arguments["on"])
    birth = reader(arguments["birth_date"]) if "birth_date" in arguments else _constant(None)
    sex = reader(arguments["sex"]) if "sex" in arguments else _constant(None)
    category = reader(arguments["category"]) if "category" in arguments else _constant(None)
    categories: Mapping[str, tuple[str, ...]] = arguments.get("categories", {})
    sexes: tuple[str, ...] = ()
    if "sex" in arguments and arguments["sex"].vocabulary is not None:
        # By the standard an odd sequence is a man's; the vocabulary of a sex fact names the man first.
        sexes = tuple(entry.code for entry in arguments["sex"].vocabulary.entries)

    def compute(frame: Any) -> Any:
        parsed, stated_birth, stated_sex, day = number(frame), birth(frame), sex(frame), on(frame)
        born: Interval | None = stated_birth
        actual_sex = stated_sex
        if parsed is not None:
            fault, birthday, odd = parsed
            if fault is not None:
                return fault
            born = (birthday, birthday)
        if born is not None and day is not None and born[0] > day[1]:
            return "future_birth"
        if parsed is not None and len(sexes) == 2:
            actual_sex = sexes[0] if odd else sexes[1]
            if stated_sex is not None and stated_sex != actual_sex:
                return "sex_mismatch"
        if parsed is not None and stated_birth is not None and not stated_birth[0] <= birthday <= stated_birth[1]:
            return "birth_mismatch"
        stated_category = category(frame)
        if stated_category is not None and actual_sex in categories and stated_category not in categories[actual_sex]:
            return "category_mismatch"
        return None if parsed is None else "valid"

    return compute


def _identity_birth(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    of = _parsed(arguments["of"], reader(arguments["of"]))

    def compute(frame: Any) -> Any:
        parsed = of(frame)
        return None if parsed is None or parsed[0] is not None else (parsed[1], parsed[1])

    return compute


def _identity_sex(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    of = _parsed(arguments["of"], reader(arguments["of"]))
    odd, even = arguments["odd"], arguments["even"]

    def compute(frame: Any) -> Any:
        parsed = of(frame)
        return None if parsed is None or parsed[0] is not None else odd if parsed[2] else even

    return compute


# --- dates -------------------------------------------------------------------------------------------------------


def _date_plus(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    of = reader(arguments["of"])
    duration: Duration = arguments["plus"]

    def compute(frame: Any) -> Any:
        date = of(frame)
        return None if date is None else (add(date[0], duration), add(date[1], duration))

    return compute


def _between(measure: Callable[[int, int], int]) -> Callable[[dict[str, Any], Readers, Fact], Reader]:
    """A count of something from one date to another; it grows with the second date and falls with the first."""

    def made(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
        start, end = reader(arguments["from"]), reader(arguments["to"])

        def compute(frame: Any) -> Any:
            first, last = start(frame), end(frame)
            if first is None or last is None:
                return None
            return measure(first[1], last[0]), measure(first[0], last[1])

        return compute

    return made


def _whole_years(start: int, end: int) -> int:
    months = whole_months(start, end)
    return months // 12 if months >= 0 else -(-months // 12)


def _year_of(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    of = reader(arguments["of"])

    def compute(frame: Any) -> Any:
        date = of(frame)
        return None if date is None else tuple(dt.date.fromordinal(day).year for day in date)

    return compute


def _law_on(laws: tuple[Law, ...], which: str, day: int) -> Law:
    """The law in force (or the newest promulgated) on a day; before the first law, the first."""
    date = dt.date.fromordinal(day)
    begun = [law for law in laws if (law.in_force if which == "in_force" else law.promulgated) <= date]
    return begun[-1] if begun else laws[0]


def _scheduled_date(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The day a person of a category reaches the age of a law (全国人大常委会2024-09-13决定附件 第一条).

    Bounds over every birth date, category and law that may apply.
    """
    birth, category, on = reader(arguments["birth"]), reader(arguments["category"]), reader(arguments["on"])
    table: Table = arguments["table"]
    which: str = arguments["law"]
    every = tuple(dict.fromkeys(code for law in table.laws for code in law.rules))

    def compute(frame: Any) -> Any:
        born, codes, day = birth(frame), category(frame), on(frame)
        if born is None or day is None:
            return None
        if codes is None:
            codes = every
        elif isinstance(codes, str):
            codes = (codes,)
        first, last = _law_on(table.laws, which, day[0]), _law_on(table.laws, which, day[1])
        laws = (first,) if first is last else (first, last)
        moments = born if born[0] != born[1] else born[:1]
        dates = []
        for law in laws:
            for code in codes:
                for moment in moments:
                    # Readings of the law often come to the same law; one calculation serves them.
                    key = (law.id, code, moment)
                    if key not in frame.memo and code in law.rules:
                        frame.memo[key] = _scheduled(law, code, moment)
                    if key in frame.memo:
                        dates.append(frame.memo[key])
        return (min(dates), max(dates)) if dates else None

    return compute


def _scheduled(law: Law, category: str, born: int) -> int:
    rule = law.rules[category]
    original = add(born, Duration(rule.age))
    return original if rule.delay is None else add(born, Duration(rule.age + _delay(rule.delay, original)))


def _delay(delay: Delay, original: int) -> int:
    """Months of delay: the first block of `every` months is already delayed once."""
    date = dt.date.fromordinal(original)
    months = (date.year - delay.start.year) * 12 + date.month - delay.start.month
    return 0 if months < 0 else min((months // delay.every + 1) * delay.by, delay.at_most)


def _law_name(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    on = reader(arguments["on"])
    table: Table = arguments["table"]
    which: str = arguments["law"]

    def compute(frame: Any) -> Any:
        day = on(frame)
        return None if day is None else _law_on(table.laws, which, day[0]).title

    return compute


_FUNCTIONS: dict[str, Callable[[dict[str, Any], Readers, Fact], Reader]] = {
    "first_given": _first_given,
    "choose": _choose,
    "template": _template,
    "template_match": _template_match,
    "same_text": _same_text,
    "has_format": _has_format,
    "text_part": _text_part,
    "identity_check": _identity_check,
    "identity_birth": _identity_birth,
    "identity_sex": _identity_sex,
    "date_plus": _date_plus,
    "years_between": _between(_whole_years),
    "months_between": _between(whole_months),
    "period": _between(lambda start, end: end - start),
    "year_of": _year_of,
    "scheduled_date": _scheduled_date,
    "law_name": _law_name,
}
