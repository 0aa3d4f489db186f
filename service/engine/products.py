"""The product of numbers, of which each may be known between two ends only. See `derivations` for its shape."""

from __future__ import annotations

from fractions import Fraction
from math import floor, inf
from typing import Any

from service.engine.figures import bounds, known
from service.engine.values import HIGHEST, LOWEST, Reader, Readers
from service.policy.factors import worth
from service.policy.facts import Fact
from service.policy.kinds import Part

_End = int | float


def product(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """Numbers multiplied, rounded down to the precision of the result, kept within its limits."""
    times = Fraction(10) ** fact.precision / worth(fact.unit)
    reads = []
    for factor in arguments["of"]:
        if isinstance(factor, Part):
            times *= factor.value
        else:
            times *= worth(factor.unit) / 10**factor.precision
            reads.append(bounds(factor, reader))
    least: int = arguments.get("at_least", LOWEST)
    most: int = arguments.get("at_most", HIGHEST)

    def compute(frame: Any) -> Any:
        low: _End = 1
        high: _End = 1
        for read in reads:
            ends = [_multiplied(end, other) for end in (low, high) for other in map(_opened, read(frame))]
            low, high = min(ends), max(ends)
        # What is multiplied with is never negative.
        return known(*(min(max(_rounded(end, times), least), most) for end in (low, high)))

    return compute


def _opened(end: int) -> _End:
    """An end at the limits of the rules is open."""
    return -inf if end <= LOWEST else inf if end >= HIGHEST else end


def _multiplied(one: _End, other: _End) -> _End:
    """Nothing of however much is nothing."""
    return one * other if one and other else 0


def _rounded(end: _End, times: Fraction) -> int:
    if isinstance(end, int):
        return floor(end * times)
    return 0 if not times else HIGHEST if end > 0 else LOWEST
