"""How a value is held between the application and the rules, and the limits of what the rules may see.

date, number   (low, high): ordinal days, or integers scaled by the fact's precision; None is blank
moment         (low, high): seconds on the clock of the policy's zone (see `policy.moments`); None is blank
boolean        True, False, or None
evidence       True (given), False (stated as none), None
code           the code; a tuple of the codes it may be; an `Other` outside an open vocabulary; `NOTHING`; None
text           the text without surrounding space, or None
codes, texts   a tuple, or None
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from service.policy.facts import Fact, FactGroup

# The rules decide integers below 2^53; a blank number spans the whole line between these.
LOWEST, HIGHEST = -(2**52), 2**52

Interval = tuple[int, int]
# Reads a value from a frame; and finds the reader of a fact.
Reader = Callable[[Any], Any]
Readers = Callable[[Fact | FactGroup], Reader]
EVERYTHING: Interval = (LOWEST, HIGHEST)
ONE = Fraction(1)


class Other(str):
    """A code outside its open vocabulary, as it was given."""

    __slots__ = ()


class Nothing(str):
    """A code that states there is none: no value of its vocabulary, below all of them."""

    __slots__ = ()


NOTHING = Nothing()


def precise(value: Any) -> bool:
    """Whether a value leaves nothing open."""
    if value is None:
        return False
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
        return bool(value[0] == value[1])
    return not (isinstance(value, tuple) and len(value) != 1)


def certain(read: Reader) -> Reader:
    """The reader of a code or text that is blank where the code is one of several."""

    def known(frame: Any) -> Any:
        value = read(frame)
        return None if isinstance(value, tuple) else value

    return known


def spread(fact: Fact) -> Interval:
    """What a blank number lies between: its declared range, else the whole line."""
    return LOWEST if fact.at_least is None else fact.at_least, HIGHEST if fact.at_most is None else fact.at_most


def clamp(low: int, high: int) -> Interval:
    """An interval kept inside what the rules may see; beyond it nothing is told apart."""
    return min(max(low, LOWEST), HIGHEST), max(min(high, HIGHEST), LOWEST)


def difference(value: Interval, other: Interval, times: Fraction = ONE, offset: int = 0) -> Interval:
    """`value - times * other - offset` in whole numbers, all multiplied by the denominator of `times`.

    An end at the limits of the rules is open: what is computed with it is open too. `times` is not negative.
    """
    (low, high), (start, end) = value, other
    p, q = times.numerator, times.denominator
    least = LOWEST if low <= LOWEST or (p and end >= HIGHEST) else q * low - p * end - q * offset
    most = HIGHEST if high >= HIGHEST or (p and start <= LOWEST) else q * high - p * start - q * offset
    return clamp(least, most)


def constant(value: Any) -> Reader:
    """The reader of one value, whatever the frame."""
    return lambda _frame: value
