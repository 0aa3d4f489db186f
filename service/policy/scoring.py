"""What may give points in a condition of points: one frozen class for each kind of item, points in thousandths.

Items are conditions of their own, so that whatever goes through conditions by their fields finds what lies below
them; only a condition of points holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf

from service.policy.facts import Fact
from service.policy.kinds import Condition, LiteralOperand, Rows

DECIMALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth(Condition):
    """A condition and the points it gives where it holds."""

    when: Condition
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted(Condition):
    """Points that everybody has."""

    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PerUnit(Condition):
    """Points for every full unit of a number beyond where it starts, `at_most` of them in all."""

    fact: Fact
    every: LiteralOperand
    points: int
    start: LiteralOperand | None = None
    at_most: int | None = None

    def given(self, number: float) -> float:
        """The points of a number scaled as the fact is; the ends of what is not known may be infinite."""
        beyond = number - (0 if self.start is None else self.start.value)
        full = beyond if abs(beyond) == inf else int(beyond) // self.every.value
        return capped(full * self.points, self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Condition):
    """A number as points, or `times` of it, `at_most` so many; all its decimals are decimals of points."""

    fact: Fact
    times: Fraction = Fraction(1)
    literal: str = ""  # `times` as written
    at_most: int | None = None

    @property
    def factor(self) -> Fraction:
        """What makes thousandths of a point of the number scaled as the fact is: a whole number."""
        return self.times * Fraction(10**DECIMALS, 10**self.fact.precision)

    def given(self, number: float) -> float:
        """The points of a number scaled as the fact is; the ends of what is not known may be infinite."""
        return capped(number * int(self.factor), self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerRow(Rows):
    """Points for every so many rows that count beyond where it starts, `at_most` of them in all."""

    every: int
    points: int
    start: int = 0
    at_most: int | None = None

    def given(self, rows: float) -> float:
        """The points of so many rows; the number of rows of a list that is not given may be infinite."""
        beyond = rows - self.start
        full = beyond if beyond == inf else int(beyond) // self.every
        return capped(full * self.points, self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOf(Condition):
    """The item of several that gives most."""

    items: tuple[Condition, ...]
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOf(Condition):
    """What several items give together less what others take away, never below 0 and `at_most` so much."""

    items: tuple[Condition, ...]
    minus: tuple[Condition, ...] = ()
    at_most: int | None = None


def capped(points: float, at_most: int | None) -> float:
    """Points that are never below 0 nor above what is given at most."""
    return max(0, points if at_most is None else min(points, at_most))


def spread(item: Condition) -> tuple[float, float]:
    """The least and the most points that an item may give, whatever it rests on; infinite where nothing ends it."""
    match item:
        case Worth(points=points):
            return 0, points
        case Granted(points=points):
            return points, points
        case PerUnit(fact=fact) | Rated(fact=fact):
            low, high = fact.at_least, fact.at_most
            return item.given(-inf if low is None else low), item.given(inf if high is None else high)
        case PerRow():
            return item.given(0), item.given(inf)
        case BestOf(items=items, at_most=at_most):
            ends = [spread(inner) for inner in items]
            return capped(max(end[0] for end in ends), at_most), capped(max(end[1] for end in ends), at_most)
        case SumOf(items=items, minus=minus, at_most=at_most):
            ends, less = [spread(inner) for inner in items], [spread(inner) for inner in minus]
            least = sum(end[0] for end in ends) - sum(end[1] for end in less)
            most = sum(end[1] for end in ends) - sum(end[0] for end in less)
            return capped(least, at_most), capped(most, at_most)
    raise TypeError(type(item).__name__)
