"""Values as a citizen reads them."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from service import messages
from service.engine.derivations import add, whole_months
from service.engine.facts import FactReaders, Frame, home
from service.engine.values import EVERYTHING, Other
from service.policy.facts import Duration, Fact, FactGroup, FactType

_say = messages.text


def fact_text(readers: FactReaders, fact: Fact | FactGroup, frame: Frame) -> str:
    """A fact's value as a frame sees it, in words."""
    value = readers.value(fact, frame)
    if value is None:
        return _say("value.untrusted" if fact.path in home(frame, fact).untrusted else "value.blank")
    if isinstance(fact, Fact) and fact.derivation is not None and fact.derivation.function == "period":
        return _period(readers, fact.derivation.arguments, frame)
    return words(fact, value)


def _period(readers: FactReaders, arguments: Mapping[str, Any], frame: Frame) -> str:
    """Calendar time between two dates; where these are not known to the day, from the least to the most."""
    (first, last), (start, end) = (readers.value(arguments[key], frame) for key in ("from", "to"))
    least, most = span(last, start), span(first, end)
    return least if least == most else f"{least}{_say('value.to')}{most}"


def words(fact: Fact | FactGroup, value: Any) -> str:
    """A typed value that is not blank, in words."""
    if isinstance(fact, FactGroup) or fact.type in (FactType.CODES, FactType.TEXTS):
        if isinstance(fact, FactGroup):
            return _say("value.rows", n=len(value)) if value else _say("value.none")
        return _say("value.and").join(_code(fact, item) for item in value) or _say("value.none")
    match fact.type:
        case FactType.BOOLEAN:
            return _say("value.true" if value else "value.false")
        case FactType.EVIDENCE:
            return _say("value.given" if value else "value.none")
        case FactType.NUMBER:
            return _range([_number(fact, bound) for bound in value])
        case FactType.DATE:
            return _date(*value)
        case FactType.CODE:
            codes = value if isinstance(value, tuple) else (value,)
            return _say("value.or").join(_code(fact, code) for code in codes)
    return str(value)


def _code(fact: Fact, code: Any) -> str:
    if isinstance(code, Other) or fact.vocabulary is None:
        return str(code)
    return next((entry.label for entry in fact.vocabulary.entries if entry.code == code), str(code))


def _number(fact: Fact, bound: int) -> str:
    if bound in EVERYTHING:
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


def span(start: int, end: int) -> str:
    """The calendar time from one day to another: `11年8个月17天`; a day that has passed is said so."""
    if end < start:
        return _say("value.past", span=span(end, start))
    months = whole_months(start, end)
    years, rest = divmod(months, 12)
    days = end - add(start, Duration(months))
    parts = [_say(f"value.{unit}", n=n) for unit, n in (("years", years), ("months", rest), ("days", days)) if n]
    return "".join(parts) or _say("value.zero-days")
