"""Numbers of a file held against the words of the notice that stand beside them as their source.

Only numbers of one kind are compared: spans of time with spans of time, sums with sums of that unit. A quote that
states none of the kind says nothing of the number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from service.policy import literals, quantities
from service.policy.facts import Duration, Fact, FactType
from service.policy.kinds import (
    Bounds,
    Compare,
    Condition,
    Count,
    Extreme,
    FactOperand,
    LiteralOperand,
    NOf,
    PartBounds,
    Points,
    Ratio,
    Share,
    Sum,
)
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.policy.tables import Citation
from service.problems import FilePlace, Problem, Severity, problem

# A number as it is written, and what the quote states of its kind by value: none, and nothing is to compare.
_Told = tuple[str, Any, Mapping[Any, str]]


def stated_warnings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """A warning at every number that no quote beside it states, where a quote states others of its kind."""
    for parameter in policy.parameters:
        place = document.place(("parameters", parameter.id, "value"))
        yield from _compared(_written(parameter.literal, _quotes(parameter.citations)), place)
    for name in ("quota", "grant"):
        entry = (document.data.get("award") or {}).get(name) or {}
        cited = entry.get("cite") or {}
        key = "at_most" if name == "quota" else "amount"
        quotes = "。".join(str(one.get("quote", "")) for one in (cited if isinstance(cited, list) else [cited]))
        yield from _compared(_written(str(entry.get(key, "")), quotes), document.place(("award", name, key)))
    for index, amount in enumerate(policy.amounts):
        place = document.place(("award", "amounts", index))
        yield from _compared(_written(amount.literal, _quotes(amount.citations)), place)
    if policy.closing is not None:
        quotes = _quotes(policy.closing.citations)
        told = (policy.closing.day.isoformat(), policy.closing.day.toordinal(), quantities.days_in(quotes))
        yield from _compared([told], document.place(("deadline", "at")))
    for section in policy.sections:
        yield from _below(section.root)


def _below(condition: Condition) -> Iterator[Problem]:
    """Warnings of a condition with quotes together with the conditions below it that have none of their own."""
    governed = [*_governed(condition)]
    quotes = _quotes(condition.citations)
    if quotes:
        told = [(one, part.position) for part in governed for one in _numbers(part, quotes)]
        for (written, value, stated), place in told:
            # Where another condition asks each number of the quote, this one adds what the notice does not say.
            asked = {other[1] for other, _ in told if other[2] == stated}
            if stated.keys() - asked:
                yield from _compared([(written, value, stated)], place)
    for part in governed:
        for inner in _children(part):
            if inner.citations:
                yield from _below(inner)


def _governed(condition: Condition) -> Iterator[Condition]:
    """A condition, and those below it up to where another quote stands."""
    yield condition
    for inner in _children(condition):
        if not inner.citations:
            yield from _governed(inner)


def _children(condition: Condition) -> Iterator[Condition]:
    for name in condition.__dataclass_fields__:
        value = getattr(condition, name)
        for item in value if isinstance(value, tuple) else (value,):
            inner = item[1] if isinstance(item, tuple) and len(item) == 2 else item
            if isinstance(inner, Condition):
                yield inner


def _quotes(citations: Iterable[Citation]) -> str:
    return "。".join(citation.quote for citation in citations if citation.quote is not None)


def _compared(told: Iterable[_Told], place: FilePlace) -> Iterator[Problem]:
    for written, value, stated in told:
        # A notice says "none", not 0, and "one of these" without a number.
        if stated and value not in stated and value:
            shown = "、".join(dict.fromkeys(stated.values()))
            yield problem("number-not-quoted", place, severity=Severity.WARNING, value=written, stated=shown)


# --- the numbers of a condition -----------------------------------------------------------------------------------


def _numbers(condition: Condition, quotes: str) -> Iterator[_Told]:
    match condition:
        case Compare(fact=fact, bounds=bounds, operator=operator, plus=plus, literal=literal):
            if operator == "for_at_least":
                yield from _span(literal, plus, quotes)
            else:
                yield from _bounds(fact, bounds, quotes)
        case Sum(fact=fact, bounds=bounds) | Extreme(fact=fact, bounds=bounds):
            yield from _bounds(fact, bounds, quotes)
        case Count(literal=literal) if literal:
            yield from _counted(literal, quotes)
        case Share(bounds=bounds) | Ratio(bounds=bounds):
            yield from _parts(bounds, quotes)
        case NOf(needed=needed):
            for _, n in needed:
                if n > 1:
                    yield str(n), Fraction(n), quantities.counts_in(quotes, quantities.ITEMS)
        case Points(at_least=low, at_most=high, operator=operator) if operator in ("at_least", "at_most", "between"):
            for end in (low, high):
                if end is not None:
                    stated = quantities.amounts_in(quotes, quantities.SCORE)
                    yield f"{Fraction(end, 1000)}{quantities.SCORE}", Fraction(end, 1000), stated


def _bounds(fact: Fact, bounds: Bounds, quotes: str) -> Iterator[_Told]:
    for operand in (bounds.at_least, bounds.at_most):
        if isinstance(operand, LiteralOperand):
            yield from _literal(fact, operand, quotes)
        elif isinstance(operand, FactOperand):
            yield from _moved(operand, quotes)


def _literal(fact: Fact, operand: LiteralOperand, quotes: str) -> Iterator[_Told]:
    if fact.type is FactType.DATE:
        yield operand.literal, operand.value, quantities.days_in(quotes)
        return
    written, unit = operand.literal, fact.unit
    # A part of a parameter is computed and stands in no notice.
    if unit and literals.number(written, unit, fact.precision) is not None:
        exact = Fraction(operand.value, 10**fact.precision)
        yield from _number(written + unit if written.isdecimal() else written, exact, unit, quotes)


def _moved(operand: FactOperand, quotes: str) -> Iterator[_Told]:
    written = operand.literal.lstrip("-")
    if operand.multiple:
        yield operand.multiple, operand.times, _multiples(quotes)
    if operand.plus != Duration():
        yield from _span(written, operand.plus, quotes)
    elif operand.offset and operand.fact.unit:
        exact = Fraction(abs(operand.offset), 10**operand.fact.precision)
        yield from _number(written, exact, operand.fact.unit, quotes)


def _multiples(quotes: str) -> Mapping[Fraction, str]:
    """What a quote may say of a multiple: itself, or by how much it is above one: 110% is 增长10%."""
    stated = quantities.shares_in(quotes)
    return {**{1 + share: said for share, said in stated.items() if share < 1}, **stated}


def _span(written: str, span: Duration, quotes: str) -> Iterator[_Told]:
    months, days = quantities.spans_in(quotes)
    if span.months and not span.days:
        yield written, Fraction(abs(span.months)), months
    elif span.days and not span.months:
        yield written, Fraction(abs(span.days)), days


def _number(written: str, value: Fraction, unit: str, quotes: str) -> Iterator[_Told]:
    """A number with a unit; one of time is also told as another span: 3年 is 36个月."""
    span = literals.duration(f"1{unit}")
    if span is not None and value.denominator == 1 and literals.units_of(unit) & quantities.TIMES:
        n = int(value)
        yield from _span(written, Duration(span.months * n, span.days * n), quotes)
    else:
        yield written, value, quantities.amounts_in(quotes, unit)


def _counted(literal: str, quotes: str) -> Iterator[_Told]:
    number = literals.count(literal)
    unit = literal.strip().lstrip("0123456789")
    if number is None:
        return
    stated = quantities.amounts_in(quotes, unit) if len(unit) == 1 else quantities.counts_in(quotes)
    yield literal, Fraction(number), stated


def _parts(bounds: PartBounds, quotes: str) -> Iterator[_Told]:
    for part in (bounds.at_least, bounds.at_most):
        if part is not None:
            yield part.literal, part.value, quantities.shares_in(quotes)


def _written(literal: str, quotes: str) -> Iterator[_Told]:
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
            yield from _number(literal, Fraction(number, 10**6), unit, quotes)
