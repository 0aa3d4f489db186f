"""Derivations of amounts: bands, amounts by code, parts, differences, extremes. See `derivations` for their shape.

A blank number lies anywhere in its declared range; an end that is open leaves open what is computed with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from service.engine.values import (
    EVERYTHING,
    HIGHEST,
    LOWEST,
    NOTHING,
    Interval,
    Other,
    Reader,
    Readers,
    clamp,
    constant,
    difference,
    spread,
)
from service.policy.facts import IN_TIME, Fact, FactType
from service.policy.functions import Amounts, Band, Share
from service.policy.kinds import LiteralOperand


def bounds(fact: Fact, reader: Readers) -> Callable[[Any], Interval]:
    """The reader of a number as an interval, a blank as wide as the number may be."""
    read, blank = reader(fact), spread(fact)

    def bounded(frame: Any) -> Interval:
        value: Interval | None = read(frame)
        return blank if value is None else value

    return bounded


def known(low: int, high: int) -> Interval | None:
    """An interval as a value: inside what the rules may see, blank where both ends are open."""
    found = clamp(low, high)
    return None if found == EVERYTHING else found


def summed(parts: Iterable[Interval]) -> Interval | None:
    """The sum of intervals; one open end opens the sum's."""
    low = high = 0
    for least, most in parts:
        low = LOWEST if LOWEST in (low, least) else max(low + least, LOWEST)
        high = HIGHEST if HIGHEST in (high, most) else min(high + most, HIGHEST)
    return known(low, high)


def band(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """What the half-open band gives that a number lies in; of a number not known exactly, all it may lie in.

    Below the lowest band a class is stated as none, and an amount is 0.
    """
    of = bounds(arguments["of"], reader)
    bands: list[Band] = [*arguments["bands"]]
    if bands[-1].start is not None:
        bands.append(Band(None, NOTHING if fact.type is FactType.CODE else 0))

    def compute(frame: Any) -> Any:
        low, high = of(frame)
        end = HIGHEST + 1
        given: list[Any] = []
        for one in bands:
            start = LOWEST if one.start is None else one.start
            if start <= high and low < end:
                given.append(one.gives)
            end = start
        return several(given) if fact.type is FactType.CODE else (min(given), max(given))

    return compute


def several(codes: Iterable[str]) -> str | tuple[str, ...]:
    """The codes that a value may be; the code itself where there is one."""
    found = tuple(dict.fromkeys(codes))
    return found[0] if len(found) == 1 else found


def amount_by(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The amount of a code, of all codes together where it is blank; open where it may lie outside an open list."""
    code: Fact = arguments["of"]
    read = reader(code)
    amounts: Amounts = arguments["amounts"]
    otherwise: int = arguments.get("otherwise", 0)
    blank = None
    if code.vocabulary is not None and not code.vocabulary.open:
        all_of_them = [amounts.get(entry.code, otherwise) for entry in code.vocabulary.entries]
        blank = min(all_of_them), max(all_of_them)

    def compute(frame: Any) -> Any:
        value = read(frame)
        if value is None:
            return blank
        values = value if isinstance(value, tuple) else (value,)
        if any(isinstance(one, Other) for one in values):
            return None
        found = [0 if one is NOTHING else amounts.get(one, otherwise) for one in values]
        return min(found), max(found)

    return compute


def portion(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """A part of a number, rounded down to the precision of the result, kept within its limits."""
    source: Fact = arguments["of"]
    of = bounds(source, reader)
    percent: Share | Fact = arguments["percent"]
    share = Fraction(1, 100 * 10**percent.precision) if isinstance(percent, Fact) else percent
    rate = bounds(percent, reader) if isinstance(percent, Fact) else constant((1, 1))
    above: int = share.numerator * 10**fact.precision
    below: int = share.denominator * 10**source.precision
    least: int = arguments.get("at_least", LOWEST)
    most: int = arguments.get("at_most", HIGHEST)

    def part(end: int, times: int) -> int:
        if above and times and end and (end in EVERYTHING or times in EVERYTHING):
            found = HIGHEST if (end > 0) == (times > 0) else LOWEST
        else:
            found = end * times * above // below
        return min(max(found, least), most)

    def compute(frame: Any) -> Any:
        parts = [part(end, times) for end in of(frame) for times in rate(frame)]
        return known(min(parts), max(parts))

    return compute


def minus(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """A number less another."""
    of, less = (term(arguments[key], reader) for key in ("of", "less"))

    def compute(frame: Any) -> Any:
        return known(*difference(of(frame), less(frame)))

    return compute


def term(part: Fact | LiteralOperand, reader: Readers) -> Callable[[Any], Interval]:
    """The reader of a number or a literal as an interval."""
    return bounds(part, reader) if isinstance(part, Fact) else _fixed(part)


def _fixed(part: LiteralOperand) -> Reader:
    return constant((part.value, part.value))


def extreme(choose: Callable[[Iterable[int]], int]) -> Callable[[dict[str, Any], Readers, Fact], Reader]:
    """The least or the greatest of numbers or dates, literals among them; of dates none is known while one is blank."""

    def made(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
        parts: tuple[Fact | LiteralOperand, ...] = arguments[""]
        dates = [reader(part) if isinstance(part, Fact) else _fixed(part) for part in parts]
        numbers = [term(part, reader) for part in parts]

        def of_dates(frame: Any) -> Any:
            found = [read(frame) for read in dates]
            if None in found:
                return None
            return choose(low for low, _ in found), choose(high for _, high in found)

        def of_numbers(frame: Any) -> Any:
            found = [read(frame) for read in numbers]
            return known(choose(low for low, _ in found), choose(high for _, high in found))

        return of_dates if fact.type in IN_TIME else of_numbers

    return made
