"""Values as a citizen reads them."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from math import isinf
from typing import Any

from service import messages
from service.engine.days import add, whole_months
from service.engine.facts import FactReaders, Frame, home
from service.engine.values import EVERYTHING, NOTHING, Interval, Other
from service.policy import moments
from service.policy.facts import Duration, Fact, FactGroup, FactType

_say = messages.text


def teller(readers: FactReaders, fact: Fact | FactGroup, scope: str) -> Callable[[Frame], str]:
    """The function that tells a fact's value in words, as a frame of `scope` sees it."""
    read = readers.reader(fact, scope)
    blank, untrusted = _say("value.blank"), _say("value.untrusted")
    doubted = readers.doubted(fact)
    if isinstance(fact, Fact) and fact.derivation is not None and fact.derivation.function == "period":
        arguments = fact.derivation.arguments
        start, end = (readers.reader(_fact(arguments[key]), scope) for key in ("from", "to"))

        def tell_period(frame: Frame) -> str:
            if read(frame) is None:
                return untrusted if doubted and fact.path in home(frame, fact).untrusted else blank
            return _period(start(frame), end(frame))

        return tell_period
    told = words(fact)

    def tell(frame: Frame) -> str:
        value = read(frame)
        if value is None:
            return untrusted if doubted and fact.path in home(frame, fact).untrusted else blank
        return told(value)

    return tell


def _fact(argument: object) -> Fact:
    if not isinstance(argument, Fact):
        raise TypeError(type(argument).__name__)
    return argument


def _period(start: Interval, end: Interval) -> str:
    """Calendar time between two dates; where these are not known to the day, from the least to the most."""
    least, most = span(start[1], end[0]), span(start[0], end[1])
    return least if least == most else f"{least}{_say('value.to')}{most}"


def words(fact: Fact | FactGroup) -> Callable[[Any], str]:
    """The function that tells a typed value that is not blank."""
    if isinstance(fact, FactGroup):
        return lambda rows: _say("value.rows", n=len(rows)) if rows else _say("value.none")
    labels = _labels(fact)
    match fact.type:
        case FactType.CODES | FactType.TEXTS:
            return lambda items: _say("value.and").join(map(labels, items)) or _say("value.none")
        case FactType.BOOLEAN:
            yes, no = _say("value.true"), _say("value.false")
            return lambda value: yes if value else no
        case FactType.EVIDENCE:
            given, none = _say("value.given"), _say("value.none")
            return lambda value: given if value else none
        case FactType.NUMBER:
            return lambda bounds: _range([number_text(fact, bound) for bound in bounds])
        case FactType.DATE:
            return lambda bounds: _date(*bounds)
        case FactType.MOMENT:
            return lambda bounds: _moment(*bounds)
        case FactType.CODE:
            return lambda value: (
                _say("value.or").join(map(labels, value)) if isinstance(value, tuple) else labels(value)
            )
    return str


def _labels(fact: Fact) -> Callable[[Any], str]:
    """The function that names a code: by its label, or as it was given where it is in no vocabulary."""
    known = {e.code: e.label for e in reversed(fact.vocabulary.entries)} if fact.vocabulary else {}
    known[NOTHING] = _say("value.none")
    return lambda code: str(code) if isinstance(code, Other) else known.get(code, str(code))


def amount(fact: Fact, low: float, high: float) -> str:
    """A number of a fact, or what it lies between."""
    return _range([number_text(fact, bound) for bound in (low, high)])


def number_text(fact: Fact, bound: float) -> str:
    """One bound of a number with its unit; a question mark where it has none."""
    if bound in EVERYTHING or isinf(bound):
        return "?"
    scaled = Decimal(bound).scaleb(-fact.precision)
    whole = scaled.to_integral_value()
    return f"{int(whole) if whole == scaled else scaled.normalize()}{fact.unit or ''}"


def _range(ends: list[str]) -> str:
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}{_say('value.to')}{ends[1]}"


def _date(low: int, high: int) -> str:
    first, last = dt.date.fromordinal(low), dt.date.fromordinal(high)
    if low == high:
        return first.isoformat()
    whole_month = first.day == 1 and last.day == calendar.monthrange(first.year, first.month)[1]
    if whole_month and (first.year, first.month) == (last.year, last.month):
        return _say("value.month", year=first.year, month=first.month)
    return f"{first.isoformat()}{_say('value.to')}{last.isoformat()}"


def _moment(low: int, high: int) -> str:
    """A moment, the days or month it may lie in, or what it lies between."""
    if low == high:
        return moments.text(low)
    if low % moments.DAY == 0 and (high + 1) % moments.DAY == 0:
        return _date(low // moments.DAY, high // moments.DAY)
    return f"{moments.text(low)}{_say('value.to')}{moments.text(high)}"


def span(start: int, end: int) -> str:
    """The calendar time from one day to another: `11年8个月17天`; a day that has passed is said so."""
    if end < start:
        return _say("value.past", span=span(end, start))
    months = whole_months(start, end)
    years, rest = divmod(months, 12)
    days = end - add(start, Duration(months))
    parts = [_say(f"value.{unit}", n=n) for unit, n in (("years", years), ("months", rest), ("days", days)) if n]
    return "".join(parts) or _say("value.zero-days")
