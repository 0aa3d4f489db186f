"""Numbers of a file held against the words of the notice that stand beside them as their source.

Only numbers of one kind are compared: spans of time with spans of time, sums with sums of that unit. A quote that
states none of the kind says nothing of the number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import inf
from typing import Any

from service.policy import literals, moments, quantities
from service.policy.dependencies import conditions_below
from service.policy.facts import IN_TIME, Duration, Fact, FactType
from service.policy.kinds import (
    Bounds,
    Compare,
    Condition,
    Count,
    Extreme,
    FactOperand,
    LiteralOperand,
    Meets,
    NOf,
    PartBounds,
    Points,
    Ratio,
    Share,
    Sum,
)
from service.policy.scoring import BestOf, Granted, PerRow, PerUnit, Rated, SumOf, Worth, spread
from service.policy.tables import Citation
from service.problems import FilePlace, Problem, Severity, problem

# A number as it is written, and what the quote states of its kind by value: none, and nothing is to compare.
Told = tuple[str, Any, Mapping[Any, str]]


def condition_warnings(condition: Condition, above: str = "") -> Iterator[Problem]:
    """A warning at every number that no quote of the condition states, where the quote states others of its kind.

    Conditions without quotes of their own are held against the nearest above them; `above` are those that hold
    for the condition itself. A number that the ruling of a condition states is explained there.
    """
    governed = [*_governed(condition)]
    quotes = quotes_of(condition.citations) or above
    told = [(one, part.position) for part in governed if quotes for one in _unruled(condition, part, quotes)]
    told += [(one, child.position) for part in governed for child, one in _given(part, quotes)]
    # What all points come to is said by the points.
    points = [part for part in governed if isinstance(part, Points)]
    most = [spread(SumOf(items=part.items))[1] for part in points]
    totals = {Fraction(int(total), 1000) for total in most if total < inf}
    for (written, value, stated), place in told:
        # Where another condition asks each number of the quote, this one adds what the notice does not say.
        asked = {other[1] for other, _ in told if other[2] == stated} | totals
        if stated.keys() - asked:
            yield from compared([(written, value, stated)], place)
    for part in governed:
        for inner in conditions_below(part):
            if inner.citations:
                yield from condition_warnings(inner)


def _governed(condition: Condition) -> Iterator[Condition]:
    """A condition, and those below it up to where another quote stands."""
    yield condition
    for inner in conditions_below(condition):
        if not inner.citations:
            yield from _governed(inner)


def _unruled(condition: Condition, part: Condition, quotes: str) -> Iterator[Told]:
    """The numbers of a part of a condition that neither its rulings nor those of the condition state."""
    rulings = "。".join(ruling.text for one in (condition, part) for ruling in one.rulings)
    for one, (_, value, ruled) in zip(_numbers(part, quotes), _numbers(part, rulings), strict=True):
        if value not in ruled:
            yield one


def quotes_of(citations: Iterable[Citation]) -> str:
    """The words quoted, "" where there are none."""
    return "。".join(citation.quote for citation in citations if citation.quote is not None)


def compared(told: Iterable[Told], place: FilePlace) -> Iterator[Problem]:
    """A warning at the place for each number that the quote does not state though it states others of its kind."""
    for written, value, stated in told:
        # A notice says "none", not 0, and "one of these" without a number.
        if stated and value not in stated and value:
            shown = "、".join(dict.fromkeys(stated.values()))
            yield problem("number-not-quoted", place, severity=Severity.WARNING, value=written, stated=shown)


# --- the numbers of a condition -----------------------------------------------------------------------------------


def _numbers(condition: Condition, quotes: str) -> Iterator[Told]:
    match condition:
        case Compare(fact=fact, bounds=bounds, operator=operator, plus=plus, literal=literal):
            if operator == "for_at_least":
                yield from _span(literal, plus, quotes)
            else:
                yield from _bounds(fact, bounds, quotes)
        case Sum(fact=fact, bounds=bounds) | Extreme(fact=fact, bounds=bounds):
            yield from _bounds(fact, bounds, quotes)
        case Count(operator="between", at_least=low, at_most=high):
            stated = quantities.counts_in(quotes)
            yield from ((str(end), Fraction(end), stated) for end in (low, high) if end is not None)
        case Count(literal=literal) if literal:
            yield from count_told(literal, quotes)
        case Share(bounds=bounds) | Ratio(bounds=bounds):
            yield from _parts(bounds, quotes)
        case NOf(needed=needed):
            for _, n in needed:
                if n > 1:
                    yield str(n), Fraction(n), quantities.counts_in(quotes, quantities.ITEMS)
        case Points() | Meets():
            yield from _scores(condition, quotes)
        case PerUnit(fact=fact, every=every, start=start, points=points, at_most=most):
            yield from _capped((points, most), quotes)
            for operand in (every, start):
                if operand is not None:
                    yield from _literal(fact, operand, quotes)
        case PerRow(points=points, at_most=most):
            yield from _capped((points, most), quotes)
        case Rated(times=times, literal=literal, at_most=most):
            yield from _capped((most,), quotes)
            if literal:
                yield literal, times, quantities.shares_in(quotes)
        case Granted(points=points):
            yield _points(points, quotes)
        case BestOf(at_most=most) | SumOf(at_most=most):
            yield from _capped((most,), quotes)


def _scores(condition: Points | Meets, quotes: str) -> Iterator[Told]:
    """The bounds of points as they are written: more than 60 begins above it."""
    moved = {"more_than": -1, "less_than": 1}.get(condition.operator, 0)
    for end in (condition.at_least, condition.at_most):
        if end is not None:
            yield _points(end + moved, quotes)


def _given(condition: Condition, quotes: str) -> Iterator[tuple[Condition, Told]]:
    """What each condition that gives points gives, held against its own quotes if it has any."""
    if isinstance(condition, Worth):
        yield condition.when, _points(condition.points, quotes_of(condition.when.citations) or quotes)


def _capped(ends: Iterable[int | None], quotes: str) -> Iterator[Told]:
    """Points of an item and their cap."""
    yield from (_points(end, quotes) for end in ends if end is not None)


def _points(thousandths: int, quotes: str) -> Told:
    value = Fraction(thousandths, 1000)
    return f"{float(value):g}{quantities.SCORE}", value, quantities.amounts_in(quotes, quantities.SCORE)


def _bounds(fact: Fact, bounds: Bounds, quotes: str) -> Iterator[Told]:
    for operand in (bounds.at_least, bounds.at_most):
        if isinstance(operand, LiteralOperand):
            yield from _literal(fact, operand, quotes)
        elif isinstance(operand, FactOperand):
            yield from _moved(operand, quotes)


def _literal(fact: Fact, operand: LiteralOperand, quotes: str) -> Iterator[Told]:
    if fact.type in IN_TIME:
        day, second = (operand.value, 0) if fact.type is FactType.DATE else divmod(operand.value, moments.DAY)
        yield operand.literal, day, quantities.days_in(quotes)
        ends = moments.bounds(operand.literal)
        if fact.type is FactType.MOMENT and ends is not None and ends[0] == ends[1]:
            yield operand.literal, second // 60, quantities.times_in(quotes)
        return
    written, unit = operand.literal, fact.unit
    # A part of a parameter is computed and stands in no notice.
    if unit and literals.number(written, unit, fact.precision) is not None:
        exact = Fraction(operand.value, 10**fact.precision)
        yield from number_told(written + unit if written.isdecimal() else written, exact, unit, quotes)


def _moved(operand: FactOperand, quotes: str) -> Iterator[Told]:
    written = operand.literal.lstrip("-")
    if operand.multiple:
        yield operand.multiple, operand.times, _multiples(quotes)
    if operand.growth is not None:
        yield operand.growth.literal, operand.growth.value, _growths(quotes)
    if operand.plus != Duration():
        yield from _span(written, operand.plus, quotes)
    elif operand.offset and operand.fact.unit:
        exact = Fraction(abs(operand.offset), 10**operand.fact.precision)
        yield from number_told(written, exact, operand.fact.unit, quotes)


def _multiples(quotes: str) -> Mapping[Fraction, str]:
    """What a quote may say of a multiple: itself, or by how much it is above one: 110% is 增长10%."""
    stated = quantities.shares_in(quotes)
    return {**{1 + share: said for share, said in stated.items() if share < 1}, **stated}


def _growths(quotes: str) -> Mapping[Fraction, str]:
    """What a quote may say of a growth: itself, or the multiple it comes to: 增长10% is 110%."""
    stated = quantities.shares_in(quotes)
    return {**{share - 1: said for share, said in stated.items() if share > 1}, **stated}


def _span(written: str, span: Duration, quotes: str) -> Iterator[Told]:
    months, days = quantities.spans_in(quotes)
    if span.months and not span.days:
        yield written, Fraction(abs(span.months)), months
    elif span.days and not span.months:
        yield written, Fraction(abs(span.days)), days


def number_told(written: str, value: Fraction, unit: str, quotes: str) -> Iterator[Told]:
    """A number with a unit; one of time is also told as another span: 3年 is 36个月."""
    span = literals.duration(f"1{unit}")
    if span is not None and value.denominator == 1 and literals.units_of(unit) & quantities.TIMES:
        n = int(value)
        yield from _span(written, Duration(span.months * n, span.days * n), quotes)
    else:
        yield written, value, quantities.amounts_in(quotes, unit)


def count_told(literal: str, quotes: str) -> Iterator[Told]:
    """A number of things, `3` or `3家`."""
    number = literals.count(literal)
    unit = literal.strip().lstrip("0123456789")
    if number is None:
        return
    stated = quantities.amounts_in(quotes, unit) if len(unit) == 1 else quantities.counts_in(quotes)
    yield literal, Fraction(number), stated


def _parts(bounds: PartBounds, quotes: str) -> Iterator[Told]:
    for part in (bounds.at_least, bounds.at_most):
        if part is not None:
            yield part.literal, part.value, quantities.shares_in(quotes)


def literal_told(literal: str, quotes: str) -> Iterator[Told]:
    """A number whose kind its own words tell."""
    span = literals.duration(literal)
    if not literal or not quotes:
        return
    if span is not None:
        yield from _span(literal, span, quotes)
    elif not literal.isdecimal() and (part := literals.fraction(literal)) is not None:
        yield literal, part, quantities.shares_in(quotes)
    elif (day := literals.date_bounds(literal)) is not None:
        yield literal, day[0], quantities.days_in(quotes)
    elif literals.is_amount(literal):
        unit = literals.unit_of(literal)
        number = literals.number(literal, unit, 6)
        if number is not None:
            yield from number_told(literal, Fraction(number, 10**6), unit, quotes)
